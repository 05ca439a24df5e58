//! `countersign verify` of one token.

use crate::program::{Folder, command, ended, feed, run, run_with};
use crate::vectors::{
    ED25519_JWS, ED25519_KEY, ED25519_PAYLOAD, HS256_CLAIMS, HS256_KEY, HS256_TOKEN, SECRET,
};

const THEN: &str = "2011-03-22T18:42:59-00:00";

#[test]
fn the_token_of_rfc_7515_verifies_and_its_claims_are_printed_as_they_stand() {
    let folder = Folder::new();
    let key = folder.file("key", HS256_KEY);
    let verify = ["verify", "--key", &key, "--iss", "joe", "--at", THEN];
    assert_eq!(run(&[&verify[..], &[HS256_TOKEN]].concat()).line(), HS256_CLAIMS);
    for input in [HS256_TOKEN.to_owned(), format!("{HS256_TOKEN}\n"), format!("{HS256_TOKEN}\r\n")] {
        assert_eq!(run_with(&verify, input.as_bytes()).line(), HS256_CLAIMS);
        assert_eq!(run_with(&[&verify[..], &["-"]].concat(), input.as_bytes()).line(), HS256_CLAIMS);
    }
    let mut command = command(&["verify", "--key", "env:THE_KEY", "--iss", "joe", "--at", THEN, HS256_TOKEN]);
    assert_eq!(ended(feed(command.env("THE_KEY", HS256_KEY), b"")).line(), HS256_CLAIMS);
}

#[test]
fn a_refusal_is_status_1_and_one_line_that_begins_with_its_code() {
    let folder = Folder::new();
    let key = folder.file("key", HS256_KEY);
    let forged = format!("{}A", &HS256_TOKEN[..HS256_TOKEN.len() - 1]);
    let other_tail = format!("{}l", &HS256_TOKEN[..HS256_TOKEN.len() - 1]);
    let no_alg = "eyJhbGciOiJub25lIn0.e30.";
    for (arguments, token, code) in [
        (&["--iss", "joe"][..], HS256_TOKEN, "expired"),
        (&["--iss", "joe", "--at", "2011-03-22T18:43:00Z", "--leeway", "1"], &forged, "invalid-signature"),
        (&["--iss", "joe", "--at", "@1300819380"], HS256_TOKEN, "expired"),
        (&["--iss", "joe", "--at", "@1300819380"], &other_tail, "malformed-token"),
        (&["--at", THEN], HS256_TOKEN, "unexpected-claim"),
        (&["--iss", "jane", "--at", THEN], HS256_TOKEN, "unexpected-claim"),
        (&["--iss", "joe", "--aud", "a", "--at", THEN], HS256_TOKEN, "missing-claim"),
        (&["--iss", "joe", "--typ", "at+jwt", "--at", THEN], HS256_TOKEN, "unexpected-type"),
        (&[], no_alg, "unsupported-algorithm"),
        (&[], "a.b.c.d.e", "encrypted-token"),
        (&[], "", "malformed-token"),
        (&[], "{}", "json-serialization"),
    ] {
        let ended = run_with(&[&["verify", "--key", &key], arguments].concat(), token.as_bytes());
        let seen = (ended.status, ended.code(), ended.out.as_str(), ended.err.lines().count());
        assert_eq!(seen, (1, code, "", 1), "{arguments:?}: {}", ended.err);
        assert!(!ended.err.contains("joe"), "{}", ended.err);
    }
    let within = ["verify", "--key", &key, "--iss", "joe", "--at", "@1300819381", "--leeway", "2"];
    assert_eq!(run_with(&within, HS256_TOKEN.as_bytes()).line(), HS256_CLAIMS);
    let not_text = run_with(&["verify", "--key", &key], b"\xff.\xfe.");
    assert_eq!((not_text.status, not_text.code()), (1, "malformed-token"));
    let long = run_with(&["verify", "--key", &key], &vec![b'a'; 1 << 20]);
    assert_eq!((long.status, long.code()), (1, "token-too-long"));
}

#[test]
fn a_wrong_usage_or_an_unreadable_key_is_status_2() {
    let folder = Folder::new();
    let key = folder.file("key", HS256_KEY);
    let secret = folder.file("secret", SECRET);
    let short = folder.file("short", "short\n");
    let rsa = folder.file("pem", run(&["keygen", "--alg", "ES256", "--pem"]).out);
    let set = folder.file("set", format!(r#"{{"keys":[{ED25519_KEY}]}}"#));
    let oct_set = folder.file("oct", format!(r#"{{"keys":[{HS256_KEY}]}}"#));
    for (arguments, code) in [
        (&["--key", &folder.name("missing")][..], "unreadable"),
        (&["--key", &folder.name("")], "unreadable"),
        (&["--key", &rsa], "usage"),
        (&["--key", &rsa, "--alg", "RS256"], "invalid-key"),
        (&["--key", &rsa, "--alg", "HS256"], "invalid-key"),
        (&["--key", &key, "--alg", "HS384"], "invalid-key"),
        (&["--key", &set, "--alg", "ES256"], "invalid-key-set"),
        (&["--jwks", &oct_set], "invalid-key-set"),
        (&["--key", &key, "--jsonl", HS256_TOKEN], "usage"),
        (&["--key", &key, "--max-header-length", "0"], "invalid-configuration"),
        (&["--jwks", &key], "invalid-key-set"),
        (&["--secret-file", &secret], "usage"),
        (&["--secret-file", &short, "--alg", "HS256"], "secret-too-short"),
        (&["--secret-file", &rsa, "--alg", "HS256"], "secret-is-a-key"),
        (&["--key", &key, "--leeway", "2h"], "invalid-configuration"),
        (&["--key", &key, "--iss", ""], "invalid-configuration"),
        (&["--key", "-"], "usage"),
        (&[], "error"),
        (&["--key", &key, "--secret-file", &secret], "error"),
        (&["--key", &key, "--iss", "a", "--any-iss"], "error"),
        (&["--key", &key, "--jws", "--iss", "a"], "error"),
        (&["--key", &key, "--at", "yesterday"], "error"),
    ] {
        let ended = run_with(&[&["verify"], arguments].concat(), HS256_TOKEN.as_bytes());
        let seen = (ended.status, ended.code(), ended.out.as_str());
        assert_eq!(seen, (2, code, ""), "{arguments:?}: {}", ended.err);
        assert!(!ended.err.contains(SECRET) && !ended.err.contains("AyM1Sys"), "{}", ended.err);
    }
}

#[test]
fn a_jws_of_any_payload_is_printed_as_bytes() {
    let folder = Folder::new();
    let key = folder.file("key", ED25519_KEY);
    let ended = run(&["verify", "--jws", "--key", &key, ED25519_JWS]);
    assert_eq!((ended.status, ended.out.as_str(), ended.err.as_str()), (0, ED25519_PAYLOAD, ""));
    let as_token = run(&["verify", "--key", &key, ED25519_JWS]);
    assert_eq!((as_token.status, as_token.code()), (1, "invalid-json"));
    let forged = ED25519_JWS.replace("RXhh", "RXhi");
    let forged = run(&["verify", "--jws", "--key", &key, &forged]);
    assert_eq!((forged.status, forged.code(), forged.out.as_str()), (1, "invalid-signature", ""));
}

#[test]
fn what_is_made_here_verifies_here_in_every_algorithm() {
    let folder = Folder::new();
    let algs = [
        "HS256",
        "HS384",
        "HS512",
        "RS256",
        "RS384",
        "RS512",
        "PS256",
        "PS384",
        "PS512",
        "ES256",
        "ES384",
        "ES512",
        "ES256K",
        "EdDSA",
        "Ed25519",
        "ML-DSA-44",
        "ML-DSA-65",
        "ML-DSA-87",
    ];
    assert_eq!(algs.len(), countersign_signed::Algorithm::ALL.len() + 1, "Ed25519 has two names");
    for alg in algs {
        let key = folder.name(alg);
        run(&["keygen", "--alg", alg, "--out", &key]);
        let token = run(&["sign", "--key", &key, "--iss", "i", "--aud", "a", "--expires-in", "5m"]).line();
        let checked = ["--iss", "i", "--aud", "a", &token];
        let claims = run(&[&["verify", "--key", &key][..], &checked].concat()).line();
        assert!(claims.contains(r#""iss":"i""#), "{alg}");
        let late = run(&["verify", "--key", &key, "--at", "+5m", "--any-iss", "--any-aud", &token]);
        assert_eq!((late.status, late.code()), (1, "expired"), "{alg}");
        if alg.starts_with("HS") {
            continue;
        }
        let set = folder.file("set", run(&["jwks", &key]).out);
        assert_eq!(run(&[&["verify", "--jwks", &set][..], &checked].concat()).line(), claims, "{alg}");
        // The halves in PEM have no name, and serve a token that asks for one.
        let pem = folder.file("pem", run(&["keygen", "--alg", alg, "--pem"]).out);
        let named = ["sign", "--key", &pem, "--alg", alg, "--iss", "i", "--aud", "a", "--expires-in", "5m"];
        let token = run(&named).line();
        let checked = ["--iss", "i", "--aud", "a", &token];
        run(&[&["verify", "--key", &pem, "--alg", alg][..], &checked].concat()).line();
        let foreign = run(&[&["verify", "--key", &key, "--alg", alg][..], &checked].concat());
        assert_eq!((foreign.status, foreign.code()), (1, "unknown-key"), "{alg}");
    }
}

/// `kid` chooses among keys, and an unnamed key is alone.
#[test]
fn an_unnamed_key_serves_every_kid_and_a_named_one_its_own() {
    let folder = Folder::new();
    let named = folder.name("named");
    run(&["keygen", "--alg", "HS256", "--kid", "a", "--out", &named]);
    let token = run(&["sign", "--key", &named, "--expires-in", "5m"]).line();
    let text = std::fs::read_to_string(folder.path("named")).unwrap();
    let unnamed = folder.file("unnamed", text.replace(r#","kid":"a""#, ""));
    let other = folder.file("other", text.replace(r#""kid":"a""#, r#""kid":"b""#));
    for key in [&named, &unnamed] {
        run(&["verify", "--key", key, &token]).line();
    }
    let refused = run(&["verify", "--key", &other, &token]);
    assert_eq!((refused.status, refused.code()), (1, "unknown-key"));
    // The signature is judged all the same.
    let foreign = folder.name("foreign");
    run(&["keygen", "--alg", "HS256", "--out", &foreign]);
    let refused = run(&["verify", "--key", &foreign, &token]);
    assert_eq!((refused.status, refused.code()), (1, "invalid-signature"));
}

/// A slip that is easily made: what it gives away is said to nobody else, at least.
#[test]
fn a_key_in_the_place_of_a_file_is_not_repeated() {
    let api_key = run(&["api-key", "new", "--prefix", "acme"]).line();
    let pem = run(&["keygen", "--alg", "ES256", "--pem"]).line();
    for (arguments, secret, code) in [
        (&["api-key", "check", &api_key][..], api_key.as_str(), "unreadable"),
        (&["verify", "--key", HS256_KEY, "a.b.c"], "AyM1Sys", "unreadable"),
        (&["jwks", HS256_KEY], "AyM1Sys", "unreadable"),
        (&["api-key", "check", "-", &api_key], &api_key, "usage"),
        (&["stats", "postgres://user:hunter2@host/"], "hunter2", "usage"),
        (&["sign", "--key", &pem, "--alg", "ES256", "--no-exp"], &pem, "usage"),
        (&["sign", "--secret-file", SECRET, "--alg", "HS256", "--no-exp"], SECRET, "unreadable"),
        (&["verify", "--secret-file", SECRET, "--alg", "HS256", "a.b.c"], SECRET, "unreadable"),
    ] {
        let ended = run(arguments);
        assert_eq!((ended.status, ended.code(), ended.out.as_str()), (2, code, ""), "{}", ended.err);
        assert!(!ended.err.contains(secret), "{}", ended.err);
    }
}

#[test]
fn a_refusal_names_the_option_that_it_is_about() {
    let folder = Folder::new();
    let key = folder.file("key", HS256_KEY);
    let sign = |arguments: &[&str]| run(&[&["sign", "--key", &key], arguments].concat()).line();
    let full = sign(&["--iss", "i", "--aud", "a", "--expires-in", "5m"]);
    let typed = sign(&["--typ", "at+jwt", "--expires-in", "5m"]);
    // As a certificate chain makes it. No signer of ours makes such a token.
    let long = format!("{}{}", "A".repeat(5000), &full[full.find('.').unwrap()..]);
    for (arguments, token, named) in [
        (&[][..], full.as_str(), &["--iss", "--any-iss"][..]),
        (&["--any-iss"], &full, &["--aud", "--any-aud"]),
        (&["--iss", "other", "--any-aud"], &full, &["--iss"]),
        (&["--iss", "i", "--aud", "other"], &full, &["--aud"]),
        (&[], &sign(&["--no-exp"]), &["--no-exp"]),
        (&[], &typed, &["--typ"]),
        (&[], &long, &["--max-header-length"]),
        (&["--max-header-length", "8000"], &long, &["countersign inspect"]),
        (&[], "a.b.c", &["countersign inspect"]),
    ] {
        let ended = run(&[&["verify", "--key", &key], arguments, &[token]].concat());
        assert_eq!((ended.status, ended.err.lines().count()), (1, 1), "{arguments:?}: {}", ended.err);
        assert!(named.iter().all(|name| ended.err.contains(name)), "{arguments:?}: {}", ended.err);
    }
}

/// A rotation of secrets: the service verifies with both, and publishes neither.
#[test]
fn a_set_of_secrets_is_a_key_of_ones_own_and_never_a_set_of_others() {
    let folder = Folder::new();
    let keys: Vec<_> = ["old", "new"]
        .iter()
        .map(|kid| {
            let file = folder.name(kid);
            run(&["keygen", "--alg", "HS256", "--kid", kid, "--out", &file]);
            (std::fs::read_to_string(folder.path(kid)).unwrap(), file)
        })
        .collect();
    let own = folder.file("own", format!(r#"{{"keys":[{},{}]}}"#, keys[0].0, keys[1].0));
    for (_, key) in &keys {
        let token = run(&["sign", "--key", key, "--expires-in", "5m"]).line();
        run(&["verify", "--key", &own, &token]).line();
        let lines = run_with(&["verify", "--key", &own, "--jsonl", "-"], token.as_bytes());
        assert_eq!((lines.status, lines.err.as_str()), (0, ""), "{}", lines.out);

        let published = run(&["verify", "--jwks", &own, &token]);
        assert_eq!((published.status, published.code(), published.out.as_str()), (2, "invalid-key-set", ""));
        let said = &published.err;
        assert!(said.contains("oct") && said.contains("--key") && said.contains("\"new\""), "{said}");
    }
    assert_eq!(run(&["jwks", &own]).code(), "not-exportable");
}

#[test]
fn each_skipped_key_is_named_with_its_reason_and_what_helps() {
    let folder = Folder::new();
    let text = run(&["keygen", "--alg", "RS256", "--kid", "entra"]).line();
    let private = folder.file("private", &text);
    let public = run(&["jwks", &private]).line();
    let no_alg = public.replace(r#","alg":"RS256""#, "");
    assert_ne!(no_alg, public);
    let token = run(&["sign", "--key", &private, "--expires-in", "5m"]).line();

    let only = folder.file("only", &no_alg);
    let refused = run(&["verify", "--jwks", &only, &token]);
    assert_eq!((refused.status, refused.code(), refused.out.as_str()), (2, "invalid-key-set", ""));
    assert!(refused.err.contains("entra") && refused.err.contains("--alg RS256"), "{}", refused.err);
    run(&["verify", "--jwks", &only, "--alg", "RS256", &token]).line();

    // Beside a good key it is a warning, and the good key is used.
    let set = folder.file("set", no_alg.replace("]}", &format!(",{ED25519_KEY}]}}")));
    let ended = run(&["verify", "--jws", "--jwks", &set, ED25519_JWS]);
    assert_eq!((ended.status, ended.out.as_str()), (0, ED25519_PAYLOAD));
    assert!(ended.err.starts_with("warning: "), "{}", ended.err);
    assert!(ended.err.contains("entra") && ended.err.contains("--alg RS256"), "{}", ended.err);
}

#[test]
fn a_secret_file_that_ends_in_a_line_feed_gives_a_warning() {
    let folder = Folder::new();
    let plain = folder.file("plain", SECRET);
    let token = run(&["sign", "--secret-file", &plain, "--alg", "HS256", "--expires-in", "5m"]).line();
    for end in ["\n", "\r\n"] {
        let line = folder.file("line", format!("{SECRET}{end}"));
        let ended = run(&["verify", "--secret-file", &line, "--alg", "HS256", &token]);
        assert_eq!(ended.status, 0, "{}", ended.err);
        assert!(ended.err.starts_with("warning: --secret-file: "), "{}", ended.err);
        assert!(ended.err.contains("line feed") && ended.err.contains("head -c -1"), "{}", ended.err);
        assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
        assert!(!ended.err.contains(SECRET), "{}", ended.err);
    }
}
