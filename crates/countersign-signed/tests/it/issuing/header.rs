//! Header members of the caller's own.

use std::collections::BTreeMap;

use countersign_signed::{
    Algorithm, CachedVerifier, Error, ErrorKind, Issuers, Signer, SigningKey, VerifierBuilder, VerifyingKey,
    jws,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::common::{NOW, SECRET, at, base64, builder, hmac_set, hostile, set};

/// Every name that says something to a verifier which must not come from a caller.
const REFUSED: [&str; 14] =
    ["alg", "kid", "typ", "cty", "crit", "b64", "jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256", "enc", "zip"];

fn key() -> SigningKey {
    SigningKey::hs256(SECRET).unwrap()
}

fn signer() -> Signer {
    Signer::new(key())
}

fn header_of(token: &str) -> String {
    String::from_utf8(crate::common::unbase64(token.split('.').next().unwrap())).unwrap()
}

fn refused<T: std::fmt::Debug>(result: Result<T, Error>, why: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfiguration, "{error}");
    assert!(error.to_string().contains(why), "{error}");
}

#[test]
fn members_of_ones_own_stand_behind_the_usual_ones_in_the_order_given() {
    let payload = r#"{"exp":1800000300}"#;
    let signer = Signer::new(key().with_kid("k").unwrap())
        .header_member("zone", "eu")
        .unwrap()
        .header_member("a", json!({"n": [1, null]}))
        .unwrap()
        // The type stays in front, though it is set last.
        .token_type("at+jwt")
        .unwrap();
    let expected =
        hostile(r#"{"typ":"at+jwt","alg":"HS256","kid":"k","zone":"eu","a":{"n":[1,null]}}"#, payload);
    assert_eq!(signer.sign(&json!({"exp": 1_800_000_300})).unwrap(), expected);
}

#[test]
fn names_and_values_are_escaped_as_json_has_it() {
    let token = signer().header_member("a\"b\\\n", "c\"\u{1}é").unwrap().sign(&json!({})).unwrap();
    assert_eq!(
        header_of(&token),
        "{\"typ\":\"JWT\",\"alg\":\"HS256\",\"a\\\"b\\\\\\u000a\":\"c\\\"\\u0001é\"}"
    );
}

#[test]
fn a_token_with_members_verifies_and_gives_them_back() {
    let token = signer().header_member("tenant", 7).unwrap().sign(&json!({"exp": NOW + 1})).unwrap();
    builder().build().unwrap().verify::<Value>(&token, at(NOW)).unwrap();
    assert_eq!(jws::verify(&hmac_set(), &token).unwrap().member("tenant").as_deref(), Some("7"));
}

#[test]
fn a_jws_has_them_too() {
    let header = jws::Header::new("example").unwrap().member("n", 1).unwrap().cty("text/plain").unwrap();
    let token = jws::sign(&key(), &header, b"hello").unwrap();
    assert_eq!(token, hostile(r#"{"typ":"example","cty":"text/plain","alg":"HS256","n":1}"#, "hello"));
    let bare = jws::Header::without_type().member("n", 1).unwrap();
    assert_eq!(jws::sign(&key(), &bare, b"").unwrap(), hostile(r#"{"alg":"HS256","n":1}"#, ""));
}

#[test]
fn names_with_a_meaning_to_verifiers_are_refused() {
    for name in REFUSED {
        refused(signer().header_member(name, "x"), "");
        refused(jws::Header::without_type().member(name, "x"), "");
    }
    refused(signer().header_member("", 1), "no name");
    // Names differ by case (RFC 7515 section 4), so these mean nothing to anybody.
    for name in ["Alg", "KID", "x5t#s256", " alg"] {
        signer().header_member(name, "x").unwrap();
    }
}

#[test]
fn a_member_cannot_be_there_twice_at_any_depth() {
    refused(signer().header_member("n", 1).unwrap().header_member("n", 2), "twice");

    /// A map whose keys are not what makes it a map.
    struct Twice;
    impl Serialize for Twice {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map([("m", 1), ("m", 2)])
        }
    }
    refused(signer().header_member("n", Twice), "twice");
    refused(signer().header_member("n", [Twice]), "twice");
}

#[test]
fn a_value_that_is_no_json_is_refused_and_not_quoted() {
    let keys_are_lists = BTreeMap::from([(vec!["CANARY"], 1)]);
    refused(signer().header_member("n", keys_are_lists), "");
    struct Failing;
    impl Serialize for Failing {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("CANARY"))
        }
    }
    let error = signer().header_member("n", Failing).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("CANARY"));
    assert!(error.detail().unwrap().expose().contains("CANARY"));
}

#[test]
fn a_header_is_nested_no_deeper_than_a_verifier_reads() {
    let nested = |levels| (0..levels).fold(json!(1), |inner, _| json!([inner]));
    // The header itself is the first of 32 levels.
    let token = signer().header_member("n", nested(31)).unwrap().sign(&json!({})).unwrap();
    jws::verify(&hmac_set(), &token).unwrap();
    refused(signer().header_member("n", nested(32)), "32 deep");
}

#[test]
fn a_header_is_no_longer_than_a_verifier_reads() {
    // {"typ":"JWT","alg":"HS256","n":"..."}: 33 bytes and the value; 3072 bytes are 4096 characters.
    let fitting = signer().header_member("n", "x".repeat(3072 - 34)).unwrap();
    let token = fitting.sign(&json!({})).unwrap();
    assert_eq!(header_of(&token).len(), 3072);
    jws::verify(&hmac_set(), &token).unwrap();
    refused(signer().header_member("n", "x".repeat(3072 - 33)), "the header has 4098 characters");
    // What fits with one type does not with a longer one.
    refused(fitting.token_type("JOSE"), "4096");

    // A JWS knows its key last.
    let header = jws::Header::without_type().member("n", "x".repeat(3072 - 22)).unwrap();
    assert_eq!(header_of(&jws::sign(&key(), &header, b"").unwrap()).len(), 3072);
    refused(jws::sign(&key().with_kid("k").unwrap(), &header, b""), "4096");
    let header = jws::Header::without_type().member("n", "x".repeat(3072)).unwrap();
    refused(jws::sign(&key(), &header, b""), "4096");
}

#[test]
fn header_limit_is_raised_on_both_sides() {
    let long = signer().max_header_length(9000).unwrap().header_member("n", "x".repeat(6000)).unwrap();
    let token = long.sign(&json!({"exp": NOW + 1})).unwrap();
    let header = token.find('.').unwrap();
    let kind = |builder: VerifierBuilder| {
        let refused = builder.build().unwrap().verify::<Value>(&token, at(NOW)).err();
        refused.map(|error| error.kind())
    };
    assert_eq!(kind(builder()), Some(ErrorKind::TokenTooLong));
    assert_eq!(kind(builder().max_header_length(header - 1)), Some(ErrorKind::TokenTooLong));
    assert_eq!(kind(builder().max_header_length(header)), None);
    // The token's own limit still counts.
    let short = builder().max_header_length(header).max_token_length(header);
    assert_eq!(kind(short), Some(ErrorKind::TokenTooLong));
    let issuers = |longest| {
        let verifier = |iss| builder().issuer(iss).max_header_length(longest).build().unwrap();
        Issuers::new([verifier("me"), builder().issuer("you").build().unwrap()]).unwrap()
    };
    let token = long.sign(&json!({"iss": "me", "exp": NOW + 1})).unwrap();
    assert!(issuers(header).verify::<Value>(&token, at(NOW)).is_ok());
    let refused = issuers(4096).verify::<Value>(&token, at(NOW)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::TokenTooLong);
    let cached = CachedVerifier::new(builder().issuer("me").max_header_length(header).build().unwrap(), 9);
    let kept = cached.verify::<Value, Error>(&token, at(NOW), |verified| Ok(verified.into_claims()));
    assert!(kept.is_ok());
    assert_eq!(jws::verify(&hmac_set(), &token).unwrap_err().kind(), ErrorKind::TokenTooLong);
    assert!(jws::verify_up_to(&hmac_set(), &token, 16_384, header).is_ok());
    let refused = jws::verify_up_to(&hmac_set(), &token, 16_384, header - 1);
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::TokenTooLong);
    for limit in [0, 1_048_577, usize::MAX] {
        let refused = builder().max_header_length(limit).build().unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidConfiguration);
        assert!(signer().max_header_length(limit).is_err());
    }
}

#[test]
fn the_longest_kid_fits_however_it_is_written() {
    let key = SigningKey::hs256(SECRET).unwrap().with_kid(&"\u{1}".repeat(256)).unwrap();
    let keys = set([VerifyingKey::hs256(SECRET).unwrap().with_kid(&"\u{1}".repeat(256)).unwrap()]);
    let token = Signer::new(key.clone()).token_type(&"t".repeat(255)).unwrap().sign(&json!({})).unwrap();
    jws::verify(&keys, &token).unwrap();
    let header = jws::Header::new(&"t".repeat(255)).unwrap().cty(&"c".repeat(255)).unwrap();
    jws::verify(&keys, &jws::sign(&key, &header, b"").unwrap()).unwrap();
}

#[test]
fn a_refused_member_leaves_no_trace() {
    let signer = signer();
    assert!(signer.clone().header_member("n", "x".repeat(5000)).is_err());
    let token = signer.sign(&json!({})).unwrap();
    assert_eq!(token.split('.').next().unwrap(), base64(r#"{"typ":"JWT","alg":"HS256"}"#));
}

#[test]
fn members_do_not_change_what_a_key_says() {
    let key = SigningKey::ed25519(&[1; 32]).unwrap().with_rfc_9864_name().without_kid();
    assert_eq!(key.algorithm(), Algorithm::EdDSA);
    let token = Signer::new(key).header_member("n", 1).unwrap().sign(&json!({})).unwrap();
    assert_eq!(header_of(&token), r#"{"typ":"JWT","alg":"Ed25519","n":1}"#);
}
