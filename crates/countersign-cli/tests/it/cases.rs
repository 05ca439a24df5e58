//! Key sets, keys and tokens as issuers and tools in the field make them, and more inputs of the same kinds.
//!
//! The tokens of `tests/cases` are good until 2026-12-29, and are judged as of a day before.

use serde_json::{Value, json};

use crate::program::{Ended, Folder, run, run_with};

const CLAIMS: &str =
    r#"{"iss":"https://idp.example","aud":"api","sub":"u1","iat":1795993751,"exp":1798585761}"#;

fn path(name: &str) -> String {
    format!("{}/tests/cases/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn text(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap()
}

fn verify(keys: &str, token: &str, more: &[&str]) -> Ended {
    let usual = ["verify", "--at", "2026-12-05T00:00:00Z", "--iss", "https://idp.example", "--aud", "api"];
    run_with(&[&usual[..], &["--jwks", keys], more, &["-"]].concat(), token.as_bytes())
}

/// What a row expects.
enum Outcome {
    /// The token verifies, and nothing is said on standard error.
    Verifies,
    /// Status, code, and words of the one line on standard error.
    Fails(i32, &'static str, &'static [&'static str]),
}

use Outcome::{Fails, Verifies};

fn judge(name: &str, ended: &Ended, expected: &Outcome) {
    match expected {
        Verifies => {
            let seen = (ended.status, ended.out.as_str(), ended.err.as_str());
            assert_eq!(seen, (0, format!("{CLAIMS}\n").as_str(), ""), "{name}");
        }
        Fails(status, code, words) => {
            let seen = (ended.status, ended.code(), ended.out.as_str(), ended.err.lines().count());
            assert_eq!(seen, (*status, *code, "", 1), "{name}: {}", ended.err);
            for word in *words {
                assert!(ended.err.contains(word), "{name}: no {word:?} in {}", ended.err);
            }
        }
    }
}

const NO_ALG: Outcome = Fails(2, "invalid-key-set", &["\"k1\"", "RSA", "`alg`", "--alg RS256"]);
const TOO_LONG: Outcome = Fails(1, "token-too-long", &["--max-header-length"]);
const NOT_TEXT: Outcome = Fails(1, "invalid-claim", &["`sub`"]);
const UNKNOWN: Outcome = Fails(1, "unknown-key", &[]);
const AMBIGUOUS: Outcome = Fails(1, "ambiguous-key", &[]);

#[test]
fn every_file_has_the_outcome_that_it_should_have() {
    let rows: &[(&str, &str, &[&str], Outcome)] = &[
        ("ok.jwks", "ok.jwt", &[], Verifies),
        ("noalg.jwks", "ok.jwt", &[], NO_ALG),
        ("noalg.jwks", "ok.jwt", &["--alg", "RS256"], Verifies),
        ("noalg.jwks", "ok.jwt", &["--alg", "PS256"], UNKNOWN),
        ("null-d.jwks", "ok.jwt", &[], Verifies),
        ("lead0.jwks", "ok.jwt", &[], Verifies),
        ("dup-same.jwks", "ok.jwt", &[], Verifies),
        ("adfs1.jwks", "x5t.jwt", &[], Verifies),
        ("adfs2.jwks", "x5t.jwt", &[], Verifies),
        ("ok.jwks", "x5c.jwt", &[], TOO_LONG),
        ("ok.jwks", "x5c.jwt", &["--max-header-length", "8000"], Verifies),
        ("ok.jwks", "kidnull.jwt", &[], Verifies),
        ("ok.jwks", "subnum.jwt", &[], NOT_TEXT),
    ];
    for (keys, token, more, expected) in rows {
        judge(&format!("{keys} {token} {more:?}"), &verify(&path(keys), &text(token), more), expected);
    }
}

/// The keys of a file.
fn keys(name: &str) -> Vec<Value> {
    let set: Value = serde_json::from_str(&text(name)).unwrap();
    set["keys"].as_array().unwrap().clone()
}

fn with(key: &Value, name: &str, value: impl Into<Value>) -> Value {
    let mut key = key.clone();
    key[name] = value.into();
    key
}

fn set(keys: &[&Value]) -> String {
    json!({ "keys": keys }).to_string()
}

#[test]
fn more_key_sets_of_the_same_kinds() {
    let folder = Folder::new();
    let (ok, lead0) = (&keys("ok.jwks")[0], &keys("lead0.jwks")[0]);
    let adfs = keys("adfs2.jwks");
    let twin = with(&adfs[1], "kid", "k1");
    let [one, two] = [0, 1].map(|number| with(&adfs[number], "x5t", "AAAAAAAA"));
    let short = &ok["n"].as_str().unwrap()[..172];
    let secret =
        json!({"kty": "oct", "kid": "k1", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ", "alg": "HS256"});
    let unusable = |words| Fails(2, "invalid-key-set", words);

    let mut rows: Vec<(&str, String, &str, &[&str], Outcome)> = vec![
        ("alg is null", set(&[&with(ok, "alg", Value::Null)]), "ok.jwt", &[], NO_ALG),
        ("alg is null", set(&[&with(ok, "alg", Value::Null)]), "ok.jwt", &["--alg", "RS256"], Verifies),
        // Without `kid` it is the only key for a token that names none.
        ("kid is null", set(&[&with(ok, "kid", Value::Null)]), "kidnull.jwt", &[], Verifies),
        ("private", set(&[&with(ok, "d", "AQAB")]), "ok.jwt", &[], unusable(&["`d`"])),
        ("encryption", set(&[&with(ok, "use", "enc")]), "ok.jwt", &[], unusable(&["`use`"])),
        ("a leading zero in e", set(&[&with(ok, "e", "AAEAAQ")]), "ok.jwt", &[], Verifies),
        ("a byte order mark", format!("\u{feff}{}", text("ok.jwks")), "ok.jwt", &[], Verifies),
        ("the same key, with a leading zero", set(&[ok, lead0]), "ok.jwt", &[], Verifies),
        ("two keys of one name", set(&[ok, &twin]), "ok.jwt", &[], unusable(&["`kid`"])),
        ("two keys, and the token names none", set(&[ok, &adfs[1]]), "kidnull.jwt", &[], AMBIGUOUS),
        ("two keys, and an x5t of neither", set(&[&one, &two]), "x5t.jwt", &[], UNKNOWN),
        ("a short key", set(&[&with(ok, "n", short)]), "ok.jwt", &[], unusable(&["2048"])),
        ("a secret", set(&[&secret]), "ok.jwt", &[], unusable(&["\"k1\"", "oct", "--key"])),
        ("no keys", set(&[]), "ok.jwt", &[], unusable(&["empty"])),
    ];
    for name in ["d", "p", "k", "oth", "use", "key_ops", "x5c", "x5t", "x5u"] {
        rows.push((name, set(&[&with(ok, name, Value::Null)]), "ok.jwt", &[], Verifies));
    }
    for (name, keys, token, more, expected) in &rows {
        let file = folder.file("keys", keys);
        judge(name, &verify(&file, &text(token), more), expected);
    }
    assert_eq!(
        run(&["thumbprint", &path("lead0.jwks")]).line(),
        run(&["thumbprint", &path("ok.jwks")]).line()
    );
}

/// Whatever key or certificate a token brings along, the key is one of the set.
#[test]
fn a_key_in_the_header_is_never_trusted() {
    let folder = Folder::new();
    let key = folder.name("key");
    run(&["keygen", "--alg", "RS256", "--kid", "k1", "--out", &key]);
    let stranger = folder.file("stranger", run(&["jwks", &key]).out);
    let ended = verify(&stranger, &text("x5c.jwt"), &["--max-header-length", "8000"]);
    assert_eq!((ended.status, ended.code(), ended.out.as_str()), (1, "invalid-signature", ""));
}

#[test]
fn sign_refuses_what_verify_refuses_of_a_subject() {
    let folder = Folder::new();
    let key = folder.name("key");
    run(&["keygen", "--alg", "EdDSA", "--out", &key]);
    for claims in [r#"{"sub":1234,"exp":1900000000}"#, r#"{"sub":null,"exp":1900000000}"#] {
        let ended = run_with(&["sign", "--key", &key, "--claims", "-"], claims.as_bytes());
        assert_eq!((ended.status, ended.code(), ended.out.as_str()), (2, "claims-serialize", ""), "{claims}");
        assert!(ended.err.contains("`sub`"), "{}", ended.err);
    }
}

#[test]
fn keys_in_pem_are_read_with_what_tools_write_beside_them() {
    let folder = Folder::new();
    let (ring, ec) = (text("pem/ring16.pem"), text("pem/ec-params.pem"));
    let crlf = ec.replace('\n', "\r\n");
    for (name, pem, alg) in [
        ("ring before 0.17", ring.clone(), "EdDSA"),
        ("EC PARAMETERS", ec.clone(), "ES256"),
        ("Windows", crlf, "ES256"),
        ("a byte order mark", format!("\u{feff}{ring}"), "EdDSA"),
        ("text before it", format!("Private key of the service\nmade in 2026\n\n{ring}"), "EdDSA"),
    ] {
        let file = folder.file("pem", &pem);
        let token = run(&["sign", "--key", &file, "--alg", alg, "--expires-in", "5m"]).line();
        let set = folder.file("set", run(&["jwks", "--alg", alg, &file]).out);
        let verified = run(&["verify", "--jwks", &set, &token]);
        assert_eq!((verified.status, verified.err.as_str()), (0, ""), "{name}");
        run(&["verify", "--key", &file, "--alg", alg, &token]).line();
    }
    let public = folder.file("public", &ring);
    let public = run(&["jwks", "--alg", "EdDSA", &public]).line();
    assert!(public.contains("KBK8mbPmiSVsSEqTZmfVVRPsrl25ZFGOgRAiBtixpjA"), "{public}");
    for (name, pem, alg) in [
        ("two keys", format!("{ring}{ring}"), "EdDSA"),
        ("two keys after parameters", format!("{ec}{ec}"), "ES256"),
        (
            "parameters alone",
            ec.split_inclusive("-----END EC PARAMETERS-----\n").next().unwrap().to_owned(),
            "ES256",
        ),
        ("text after it", format!("{ring}more\n"), "EdDSA"),
    ] {
        let file = folder.file("pem", &pem);
        let ended = run(&["sign", "--key", &file, "--alg", alg, "--expires-in", "5m"]);
        assert_eq!((ended.status, ended.code(), ended.out.as_str()), (2, "invalid-key", ""), "{name}");
    }
}
