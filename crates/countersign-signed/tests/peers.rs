//! Cases on which other libraries differ from one another, and what this one does with each.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by panicking"
)]

mod common;

use std::time::{Duration, Instant};

use common::{HEADER, NOW, builder, claims, hostile, kind, refusal, verifier};
use countersign_signed::ErrorKind::{
    DuplicateMember, InvalidClaim, InvalidJson, MalformedToken, MissingClaim, NotYetValid, SecretTooShort,
    TokenTooLong, UnsupportedHeader,
};
use countersign_signed::{Algorithm, ErrorKind, SigningKey, VerifyingKey};

/// A name, claims, and the refusal with the claim that it names.
type Case<'a> = (&'a str, String, Option<(ErrorKind, &'a str)>);

#[test]
fn claims_are_judged_as_the_table_says() {
    let exp = NOW + 300;
    let table: &[Case<'_>] = &[
        ("as it should be", claims(""), None),
        ("aud absent", format!(r#"{{"iss":"me","exp":{exp}}}"#), Some((MissingClaim, "aud"))),
        ("iss absent", format!(r#"{{"aud":"api","exp":{exp}}}"#), Some((MissingClaim, "iss"))),
        ("aud a number", format!(r#"{{"iss":"me","exp":{exp},"aud":5}}"#), Some((InvalidClaim, "aud"))),
        ("aud an object", format!(r#"{{"iss":"me","exp":{exp},"aud":{{}}}}"#), Some((InvalidClaim, "aud"))),
        ("aud a bool", format!(r#"{{"iss":"me","exp":{exp},"aud":true}}"#), Some((InvalidClaim, "aud"))),
        ("aud null", format!(r#"{{"iss":"me","exp":{exp},"aud":null}}"#), Some((InvalidClaim, "aud"))),
        ("aud mixed", format!(r#"{{"iss":"me","exp":{exp},"aud":["api",5]}}"#), Some((InvalidClaim, "aud"))),
        ("aud empty", format!(r#"{{"iss":"me","exp":{exp},"aud":[]}}"#), Some((InvalidClaim, "aud"))),
        ("aud among others", format!(r#"{{"iss":"me","exp":{exp},"aud":["web","api"]}}"#), None),
        ("iss an array", format!(r#"{{"iss":["me"],"exp":{exp},"aud":"api"}}"#), Some((InvalidClaim, "iss"))),
        ("exp a string", format!(r#"{{"iss":"me","aud":"api","exp":"{exp}"}}"#), Some((InvalidClaim, "exp"))),
        ("exp 1e30", r#"{"iss":"me","aud":"api","exp":1e30}"#.into(), Some((InvalidClaim, "exp"))),
        (
            "exp 2^63",
            r#"{"iss":"me","aud":"api","exp":9223372036854775808}"#.into(),
            Some((InvalidClaim, "exp")),
        ),
        ("exp 1e400", r#"{"iss":"me","aud":"api","exp":1e400}"#.into(), Some((InvalidClaim, "exp"))),
        ("exp absent", r#"{"iss":"me","aud":"api"}"#.into(), Some((MissingClaim, "exp"))),
        ("nbf to come", claims(&format!(r#","nbf":{}"#, NOW + 1)), Some((NotYetValid, "nbf"))),
        ("nbf now", claims(&format!(r#","nbf":{NOW}"#)), None),
    ];
    for (case, claims, expected) in table {
        let expected = expected.map(|(kind, claim)| (kind, Some(claim.to_owned())));
        assert_eq!(refusal(&verifier(), &hostile(HEADER, claims)), expected, "{case}");
    }
}

#[test]
fn an_absent_exp_is_taken_once_waived_and_a_malformed_one_is_not() {
    let waived = builder().issuer("me").audience("api").without_required_expiry().build().unwrap();
    assert_eq!(kind(&waived, &hostile(HEADER, r#"{"iss":"me","aud":"api"}"#)), None);
    for exp in ["\"1800000300\"", "null", "-1", "1e400"] {
        let token = hostile(HEADER, format!(r#"{{"iss":"me","aud":"api","exp":{exp}}}"#));
        assert_eq!(refusal(&waived, &token), Some((InvalidClaim, Some("exp".to_owned()))), "{exp}");
    }
    let past = hostile(HEADER, format!(r#"{{"iss":"me","aud":"api","exp":{NOW}}}"#));
    assert_eq!(kind(&waived, &past), Some(ErrorKind::Expired));
}

#[test]
fn headers_and_duplicates_are_judged_as_the_table_says() {
    let crit = |value: &str| hostile(format!(r#"{{"alg":"HS256","crit":{value}}}"#), claims(""));
    let header = |more: &str| hostile(format!(r#"{{"alg":"HS256","kid":"a"{more}}}"#), claims(""));
    let table = [
        ("crit x", crit(r#"["x"]"#), UnsupportedHeader),
        ("crit empty", crit("[]"), UnsupportedHeader),
        ("crit null", crit("null"), UnsupportedHeader),
        (
            "b64 with crit",
            hostile(r#"{"alg":"HS256","b64":false,"crit":["b64"]}"#, claims("")),
            UnsupportedHeader,
        ),
        ("b64 without", hostile(r#"{"alg":"HS256","b64":false}"#, claims("")), UnsupportedHeader),
        ("role twice", hostile(HEADER, claims(r#","role":"user","role":"admin""#)), DuplicateMember),
        ("exp twice", hostile(HEADER, claims(r#","exp":9999999999"#)), DuplicateMember),
        ("aud twice", hostile(HEADER, claims(r#","aud":"api""#)), DuplicateMember),
        ("iss twice", hostile(HEADER, claims(r#","iss":"me""#)), DuplicateMember),
        ("sub twice", hostile(HEADER, claims(r#","sub":"a","sub":"b""#)), DuplicateMember),
        ("alg twice", header(r#","alg":"HS256""#), DuplicateMember),
        ("kid twice", header(r#","kid":"a""#), DuplicateMember),
        ("unknown twice", header(r#","x":1,"x":2"#), DuplicateMember),
        ("claims an array", hostile(HEADER, r#"["iss","me"]"#), InvalidJson),
        (
            "header nested 100,000 deep",
            hostile(format!(r#"{{"alg":"HS256","x":{}"#, "[".repeat(100_000)), claims("")),
            TokenTooLong,
        ),
        (
            "header nested 1,000 deep",
            hostile(
                format!(r#"{{"alg":"HS256","x":{}1{}}}"#, "[".repeat(1000), "]".repeat(1000)),
                claims(""),
            ),
            InvalidJson,
        ),
    ];
    for (case, token, expected) in table {
        assert_eq!(kind(&verifier(), &token), Some(expected), "{case}");
    }
}

#[test]
fn spellings_are_judged_as_the_table_says() {
    let token = hostile(HEADER, claims(""));
    assert_eq!(kind(&verifier(), &token), None);
    // 32 bytes are 43 characters, of which the last carries two bits that must be zero: the same
    // signature has three more spellings.
    let last = token.chars().last().unwrap();
    let alphabet: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['-', '_']).collect();
    let place = alphabet.iter().position(|&character| character == last).unwrap();
    assert_eq!(place % 4, 0);
    for bits in 1..4 {
        let mut respelled = token.clone();
        respelled.pop();
        respelled.push(alphabet[place + bits]);
        assert_eq!(kind(&verifier(), &respelled), Some(MalformedToken), "trailing bits {bits}");
    }
    for (case, respelled) in [
        ("padding", format!("{token}=")),
        ("newline", format!("{token}\n")),
        ("carriage return", format!("{token}\r\n")),
        ("leading space", format!(" {token}")),
        ("inner newline", token.replacen('.', ".\n", 1)),
    ] {
        assert!(kind(&verifier(), &respelled).is_some(), "{case}");
    }
}

#[test]
fn short_secrets_need_the_named_escape_and_empty_ones_have_none() {
    for secret in [&b"s"[..], &[7; 12], &[7; 31]] {
        assert_eq!(SigningKey::hs256(secret).unwrap_err().kind(), SecretTooShort);
        assert_eq!(VerifyingKey::hs256(secret).unwrap_err().kind(), SecretTooShort);
        assert!(SigningKey::hmac_accepting_a_dangerously_short_secret(Algorithm::HS256, secret).is_ok());
        assert!(VerifyingKey::hmac_accepting_a_dangerously_short_secret(Algorithm::HS256, secret).is_ok());
    }
    let empty = SigningKey::hmac_accepting_a_dangerously_short_secret(Algorithm::HS256, b"").unwrap_err();
    assert_eq!(empty.kind(), SecretTooShort);
    let empty = VerifyingKey::hmac_accepting_a_dangerously_short_secret(Algorithm::HS256, b"").unwrap_err();
    assert_eq!(empty.kind(), SecretTooShort);
}

#[test]
fn ten_megabytes_of_junk_are_refused_by_their_length() {
    let verifier = verifier();
    for junk in ["A".repeat(10_000_000), ".".repeat(10_000_000), "e30.e30.".repeat(1_250_000)] {
        // The best of several, so that the test does not measure the machine's other work.
        let refuse = |_| {
            let start = Instant::now();
            assert_eq!(kind(&verifier, &junk), Some(TokenTooLong));
            start.elapsed()
        };
        let best = (0..20).map(refuse).min().unwrap();
        assert!(best < Duration::from_micros(50), "{best:?}");
    }
}
