//! JWK sets: what is taken, what is passed over, and what makes the whole refused.

use countersign_signed::{Algorithm, Error, ErrorKind, KeySet, SigningKey, VerifyingKey, jws};
use serde_json::{Value, json};

/// RFC 7517 appendix A.1, as it stands there.
const A1: &str = r#"{"keys":
  [
    {"kty":"EC",
     "crv":"P-256",
     "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
     "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
     "use":"enc",
     "kid":"1"},

    {"kty":"RSA",
     "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
     "e":"AQAB",
     "alg":"RS256",
     "kid":"2011-04-29"}
  ]
}"#;

const ED25519: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

fn ed25519() -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "x": ED25519})
}

/// That key with these members, which replace its own.
fn with(members: Value) -> Value {
    let mut key = ed25519();
    key.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    key
}

fn read(keys: impl IntoIterator<Item = Value>) -> Result<KeySet, Error> {
    KeySet::from_jwks(&json!({"keys": keys.into_iter().collect::<Vec<_>>()}).to_string())
}

fn refused(text: &str) -> (ErrorKind, String) {
    let error = KeySet::from_jwks(text).unwrap_err();
    (error.kind(), error.to_string())
}

#[test]
fn rfc_7517_appendix_a_1_gives_its_signing_key() {
    let keys = KeySet::from_jwks(A1).unwrap();
    assert_eq!(keys.len(), 1);
    let [skipped] = keys.skipped() else { panic!() };
    assert_eq!((skipped.index(), skipped.kid().unwrap().expose()), (0, "1"));
    assert_eq!(skipped.error().kind(), ErrorKind::InvalidKey);
    assert!(skipped.error().to_string().ends_with("`use` must be sig, found enc"));
    let published: Value = serde_json::from_str(&keys.to_jwks()).unwrap();
    assert_eq!(published["keys"][0]["kid"], "2011-04-29");
    assert_eq!(published["keys"].as_array().unwrap().len(), 1);
}

/// RFC 7517 section 5: implementations ignore what they do not understand.
#[test]
fn keys_that_cannot_be_used_are_passed_over_with_their_reason() {
    let private = SigningKey::generate(Algorithm::ES256).unwrap().to_jwk().unwrap().expose().to_owned();
    let rsa: Value = serde_json::from_str(A1).unwrap();
    let mut rsa = rsa["keys"][1].clone();
    rsa.as_object_mut().unwrap().remove("alg");
    let table = [
        (json!({"kty": "XYZ"}), ErrorKind::InvalidKey, "`kty` must be RSA, EC, OKP, AKP or oct"),
        (json!({}), ErrorKind::InvalidKey, "`kty` is missing"),
        (json!("key"), ErrorKind::InvalidKey, "not one JSON object"),
        (json!(null), ErrorKind::InvalidKey, "not one JSON object"),
        (json!([ed25519()]), ErrorKind::InvalidKey, "not one JSON object"),
        (
            json!({"kty": "oct", "alg": "HS256", "k": "A".repeat(43)}),
            ErrorKind::InvalidKey,
            "a secret is not",
        ),
        (with(json!({"crv": "X25519"})), ErrorKind::InvalidKey, "found X25519"),
        (
            with(json!({"alg": "ES256"})),
            ErrorKind::InvalidKey,
            "ES256 needs an EC key on P-256, found an Ed25519",
        ),
        (with(json!({"alg": "ECDH-ES"})), ErrorKind::UnsupportedAlgorithm, "not supported"),
        (with(json!({"use": "enc"})), ErrorKind::InvalidKey, "found enc"),
        (with(json!({"key_ops": ["sign"]})), ErrorKind::InvalidKey, "does not hold verify"),
        (with(json!({"x": "AA"})), ErrorKind::InvalidKey, "must have 32 bytes, found 1"),
        (with(json!({"kid": ""})), ErrorKind::InvalidKid, ""),
        (serde_json::from_str(&private).unwrap(), ErrorKind::InvalidKey, "the private member `d`"),
        (rsa, ErrorKind::InvalidKey, "it has no `alg`"),
    ];
    let keys = read(table.iter().map(|(key, ..)| key.clone()).chain([ed25519()])).unwrap();
    assert_eq!((keys.len(), keys.skipped().len()), (1, table.len()));
    for (at, (skipped, (_, kind, text))) in keys.skipped().iter().zip(&table).enumerate() {
        assert_eq!((skipped.index(), skipped.error().kind()), (at, *kind), "{text}");
        assert!(skipped.error().to_string().contains(text), "{} {text}", skipped.error());
    }
    // What was passed over verifies nothing.
    let secret = SigningKey::hs256(&[0; 32]).unwrap();
    let token = jws::sign(&secret, &jws::Header::without_type(), b"x").unwrap();
    assert_eq!(jws::verify(&keys, &token).unwrap_err().kind(), ErrorKind::UnknownKey);
}

#[test]
fn an_rsa_key_without_alg_takes_the_one_that_is_assumed() {
    let text = A1.replace(r#""alg":"RS256","#, "");
    assert_eq!(refused(&text).0, ErrorKind::InvalidKeySet);
    for algorithm in [Algorithm::RS512, Algorithm::PS256] {
        let keys = KeySet::from_jwks_assuming(&text, algorithm).unwrap();
        assert!(keys.to_jwks().contains(&format!(r#""alg":"{}""#, algorithm.name())));
        // One that is there counts.
        let keys = KeySet::from_jwks_assuming(A1, algorithm).unwrap();
        assert!(keys.to_jwks().contains(r#""alg":"RS256""#));
    }
    for algorithm in [Algorithm::HS256, Algorithm::ES256, Algorithm::EdDSA] {
        let refused = KeySet::from_jwks_assuming(&text, algorithm).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidConfiguration);
    }
}

#[test]
fn a_text_that_is_no_set_is_refused() {
    let no_set = |text: &str| assert_eq!(refused(text).0, ErrorKind::InvalidKeySet, "{text:.60}");
    for text in
        ["", "null", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":null}"#, r#"{"keys":[]}"#, r#"{"keys":[1]}"#]
    {
        no_set(text);
    }
    no_set(&format!("{A1} x"));
    no_set(&format!("{}{A1}", " ".repeat(262_144)));
    assert_eq!(refused(r#"{"keys":[],"keys":[]}"#).0, ErrorKind::DuplicateMember);
    let twice = A1.replace(r#""kid":"1""#, r#""kid":"1","kid":"2""#);
    assert_eq!(refused(&twice).0, ErrorKind::DuplicateMember);
}

#[test]
fn a_set_has_at_most_100_keys_and_no_two_of_one_name() {
    let named = |number: usize| with(json!({"kid": number.to_string()}));
    assert_eq!(read((0..100).map(named)).unwrap().len(), 100);
    assert_eq!(read((0..101).map(named)).unwrap_err().kind(), ErrorKind::InvalidKeySet);
    // Those that are passed over count too.
    let unusable = (0..100).map(|_| json!({"kty": "XYZ"}));
    assert_eq!(read(unusable.chain([ed25519()])).unwrap_err().kind(), ErrorKind::InvalidKeySet);
    let another = SigningKey::ed25519(&[7; 32]).unwrap().with_kid("1").unwrap().verifying_key();
    let another = serde_json::from_str(&another.to_jwk().unwrap()).unwrap();
    assert_eq!(read([named(1), another]).unwrap_err().kind(), ErrorKind::InvalidKeySet);
    // The second is passed over before anything is compared.
    assert_eq!(read([named(1), with(json!({"kid": "1", "use": "enc"}))]).unwrap().len(), 1);
}

#[test]
fn what_is_published_is_public_and_comes_back() {
    let key =
        |algorithm, kid| SigningKey::generate(algorithm).unwrap().with_kid(kid).unwrap().verifying_key();
    let secret = VerifyingKey::hs256(&[7; 32]).unwrap().with_kid("secret").unwrap();
    let keys = [key(Algorithm::ES256, "a\"b"), key(Algorithm::EdDSA, "c"), secret.clone()];
    let text = KeySet::new(keys).unwrap().to_jwks();
    assert!(!text.contains("secret") && !text.contains("oct"));
    let again = KeySet::from_jwks(&text).unwrap();
    assert_eq!((again.len(), again.to_jwks(), again.skipped().len()), (2, text, 0));
    assert_eq!(KeySet::new([secret]).unwrap().to_jwks(), r#"{"keys":[]}"#);
}
