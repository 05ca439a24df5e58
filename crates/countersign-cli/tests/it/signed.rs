//! `countersign sign`.

use crate::program::{Folder, run, run_with};
use crate::vectors::{HS256_KEY, SECRET};

/// Header and claims of a token, decoded by `inspect`'s peer: the base64url of the test itself.
fn segments(token: &str) -> (String, String) {
    let decoded: Vec<_> = token.split('.').take(2).map(decode).collect();
    (decoded[0].clone(), decoded[1].clone())
}

fn decode(segment: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for character in segment.bytes() {
        bits = (bits << 6) | ALPHABET.iter().position(|a| *a == character).unwrap() as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    String::from_utf8(bytes).unwrap()
}

#[test]
fn options_are_claims_in_a_fixed_order() {
    let folder = Folder::new();
    let secret = folder.file("secret", SECRET);
    let token = run(&[
        "sign",
        "--secret-file",
        &secret,
        "--alg",
        "HS256",
        "--iss",
        "https://i.example",
        "--sub",
        "alice",
        "--aud",
        "a",
        "--aud",
        "b",
        "--expires-in",
        "15m",
        "--not-before",
        "+1m",
        "--jti=x1",
        "--claim",
        "n=7",
        "--claim",
        "name=alice b",
        "--claim",
        r#"roles=["r"]"#,
        "--header",
        "v=1",
        "--typ",
        "at+jwt",
        "--at",
        "2027-01-15T08:00:00Z",
    ])
    .line();
    let (header, claims) = segments(&token);
    assert_eq!(header, r#"{"typ":"at+jwt","alg":"HS256","v":1}"#);
    assert_eq!(
        claims,
        r#"{"iss":"https://i.example","sub":"alice","aud":["a","b"],"exp":1800000900,"nbf":1800000060,"iat":1800000000,"jti":"x1","n":7,"name":"alice b","roles":["r"]}"#
    );
}

#[test]
fn claims_of_a_file_stay_as_they_are() {
    let folder = Folder::new();
    let key = folder.file("key", HS256_KEY);
    let claims = r#"{"z":1.50,"exp":1800000900,"big":12345678901234567890123,"a":{"b":[]}}"#;
    let sign = ["sign", "--key", &key, "--claims", "-", "--at", "@1800000000"];
    let (_, signed) = segments(&run_with(&sign, claims.as_bytes()).line());
    assert_eq!(
        signed,
        r#"{"z":1.50,"exp":1800000900,"big":12345678901234567890123,"a":{"b":[]},"iat":1800000000}"#
    );
}

#[test]
fn a_random_jti_is_another_each_time() {
    let folder = Folder::new();
    let key = folder.file("key", HS256_KEY);
    let sign = ["sign", "--key", &key, "--no-exp", "--jti", "--at", "@1"];
    let (one, two) = (run(&sign).line(), run(&sign).line());
    assert_ne!(one, two);
    assert!(segments(&one).1.contains(r#""jti":""#));
}

#[test]
fn what_cannot_be_signed_is_refused_with_nothing_printed() {
    let folder = Folder::new();
    let key = folder.file("key", HS256_KEY);
    let secret = folder.file("secret", SECRET);
    let pem = run(&["keygen", "--alg", "ES256", "--pem"]).out;
    let pem = folder.file("pem", pem);
    let set = folder.file("set", format!(r#"{{"keys":[{HS256_KEY}]}}"#));
    let twice = folder.file("twice", r#"{"a":1,"a":2,"exp":1900000000}"#);
    let nested = folder.file("nested", r#"{"a":{"b":1,"b":2},"exp":1900000000}"#);
    let list = folder.file("list", "[]");
    let exp = folder.file("exp", r#"{"exp":1900000000}"#);
    for (arguments, code) in [
        (&["--key", &key][..], "usage"),
        (&["--key", &key, "--expires-in", "0"], "usage"),
        (&["--key", &key, "--expires-in", "1m", "--claims", &exp], "usage"),
        (&["--key", &key, "--no-exp", "--claim", "alone"], "usage"),
        (&["--key", &key, "--no-exp", "--iss", "a", "--claim", "iss=b"], "usage"),
        (&["--key", "-", "--no-exp", "--claims", "-"], "usage"),
        (&["--key", &key, "--claims", &twice], "claims-serialize"),
        (&["--key", &key, "--claims", &nested], "claims-serialize"),
        (&["--key", &key, "--no-exp", "--claims", &list], "claims-serialize"),
        (&["--key", &key, "--no-exp", "--header", "alg=none"], "invalid-configuration"),
        (&["--key", &key, "--no-exp", "--header", "jku=https://x.example"], "invalid-configuration"),
        (&["--key", &pem, "--no-exp"], "usage"),
        (&["--key", &pem, "--no-exp", "--alg", "ES384"], "invalid-key"),
        (&["--key", &key, "--no-exp", "--alg", "HS512"], "invalid-key"),
        (&["--key", &set, "--no-exp"], "usage"),
        (&["--secret-file", &secret, "--no-exp"], "usage"),
        (&["--secret-file", &secret, "--no-exp", "--alg", "ES256"], "usage"),
        (&["--secret-file", &secret, "--no-exp", "--alg", "HS384"], "secret-too-short"),
        (&["--secret-file", &pem, "--no-exp", "--alg", "HS256"], "secret-is-a-key"),
        (&["--no-exp"], "error"),
        (&["--key", &key, "--no-exp", "--expires-in", "1m"], "error"),
        (&["--key", &key, "--expires-in", "soon"], "error"),
    ] {
        let ended = run(&[&["sign"], arguments].concat());
        assert_eq!(
            (ended.status, ended.code(), ended.out.as_str()),
            (2, code, ""),
            "{arguments:?}: {}",
            ended.err
        );
        assert!(!ended.err.contains(SECRET) && !ended.err.contains("AyM1Sys"), "{}", ended.err);
    }
}

/// Each of these was signed once, and refused by every verifier.
#[test]
fn a_token_that_verify_would_refuse_is_not_signed_and_the_claim_is_named() {
    let folder = Folder::new();
    let key = folder.file("key", HS256_KEY);
    for (arguments, claim) in [
        (&["--no-exp", "--claim", "exp=1"][..], "exp"),
        (&["--no-exp", "--claim", "exp=1900000000"], "exp"),
        (&["--claim", "exp=1"], "exp"),
        (&["--claim", "exp=1.5"], "exp"),
        (&["--claim", "exp=-1"], "exp"),
        (&["--claim", r#"exp="1900000000""#], "exp"),
        (&["--claim", "exp=null"], "exp"),
        (&["--claim", "exp=soon"], "exp"),
        (&["--claim", "exp=1900000000000000"], "exp"),
        (&["--expires-in", "5m", "--not-before", "+10m"], "nbf"),
        (&["--expires-in", "5m", "--claim", "nbf=true"], "nbf"),
        (&["--expires-in", "5m", "--claim", "iat=[]"], "iat"),
        (&["--expires-in", "5m", "--claim", "sub=7"], "sub"),
        (&["--expires-in", "5m", "--claim", "sub=null"], "sub"),
        (&["--expires-in", "5m", "--claim", "iss={}"], "iss"),
        (&["--expires-in", "5m", "--claim", "aud=7"], "aud"),
        (&["--expires-in", "5m", "--claim", "aud=[1]"], "aud"),
        (&["--expires-in", "5m", "--claim", "jti=7"], "jti"),
    ] {
        let ended = run(&[&["sign", "--key", &key], arguments].concat());
        assert_eq!(
            (ended.status, ended.out.as_str(), ended.err.lines().count()),
            (2, "", 1),
            "{arguments:?}"
        );
        assert!(ended.err.contains(&format!("`{claim}`")), "{arguments:?}: {}", ended.err);
    }
    // In the past as a whole, to have a token that has expired.
    run(&["sign", "--key", &key, "--at=-2h", "--expires-in", "1h"]).line();
}
