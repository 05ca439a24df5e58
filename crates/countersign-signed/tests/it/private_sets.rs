//! Key sets of one's own, from a private source: they may hold secrets. Sets of others never do.

use countersign_signed::{Algorithm, ErrorKind, JwksCache, KeySet, SigningKey, SkippedKey, jws};
use serde_json::{Value, json};

use crate::common::refused::check;
use crate::common::{NOW, at, base64};

fn secret(kid: &str, byte: u8) -> Value {
    json!({"kty": "oct", "alg": "HS256", "kid": kid, "k": base64([byte; 32])})
}

fn text(keys: impl IntoIterator<Item = Value>) -> String {
    json!({"keys": keys.into_iter().collect::<Vec<_>>()}).to_string()
}

fn signed(kid: Option<&str>, byte: u8) -> String {
    let key = SigningKey::hs256(&[byte; 32]).unwrap();
    let key = if let Some(kid) = kid { key.with_kid(kid).unwrap() } else { key };
    jws::sign(&key, &jws::Header::without_type(), b"x").unwrap()
}

#[test]
fn rotation_of_secrets_is_verified_by_kid() {
    let keys = KeySet::from_private_jwks(&text([secret("a", 1), secret("b", 2), secret("c", 3)])).unwrap();
    assert_eq!((keys.len(), keys.skipped().len()), (3, 0));
    let verdict = |token: &str| jws::verify(&keys, token).map(drop).map_err(|error| error.kind());
    assert_eq!(verdict(&signed(Some("a"), 1)), Ok(()));
    assert_eq!(verdict(&signed(Some("c"), 3)), Ok(()));
    assert_eq!(verdict(&signed(Some("a"), 2)), Err(ErrorKind::InvalidSignature));
    assert_eq!(verdict(&signed(Some("d"), 1)), Err(ErrorKind::UnknownKey));
    assert_eq!(verdict(&signed(None, 1)), Err(ErrorKind::AmbiguousKey));
    // They are never published.
    assert_eq!(keys.to_jwks(), r#"{"keys":[]}"#);
    assert!(!format!("{keys:?}").contains("AQEB"));
}

#[test]
fn same_secret_twice_is_one_key_and_two_under_one_kid_are_an_error() {
    let read = |keys: [Value; 2]| KeySet::from_private_jwks(&text(keys));
    assert_eq!(read([secret("a", 1), secret("a", 1)]).unwrap().len(), 1);
    assert_eq!(read([secret("a", 1), secret("b", 1)]).unwrap().len(), 2);
    let error = read([secret("a", 1), secret("a", 2)]).err();
    check("two secrets", error, ErrorKind::InvalidKeySet, "two different keys for HS256 have one `kid`");
}

#[test]
fn secret_that_cannot_be_used_is_skipped_with_its_reason() {
    let mut without_alg = secret("b", 2);
    without_alg.as_object_mut().unwrap().remove("alg");
    let short = json!({"kty": "oct", "alg": "HS512", "kid": "c", "k": base64([3; 32])});
    let pem = include_str!("../fixtures/openssl/rsa_spki.pem");
    let pem = json!({"kty": "oct", "alg": "HS256", "kid": "d", "k": base64(pem)});
    let set = text([secret("a", 1), without_alg.clone(), short, pem]);
    let keys = KeySet::from_private_jwks(&set).unwrap();
    let kinds: Vec<ErrorKind> = keys.skipped().iter().map(|skipped| skipped.error().kind()).collect();
    assert_eq!(kinds, [ErrorKind::InvalidKey, ErrorKind::SecretTooShort, ErrorKind::SecretIsAKey]);
    let needing: Vec<bool> = keys.skipped().iter().map(SkippedKey::needs_algorithm).collect();
    assert_eq!(needing, [true, false, false]);
    let keys = KeySet::from_private_jwks_assuming(&set, Algorithm::HS256).unwrap();
    assert_eq!((keys.len(), keys.skipped().len()), (2, 2));
    jws::verify(&keys, &signed(Some("b"), 2)).unwrap();
    // RSA is for none of HMAC.
    assert!(KeySet::from_private_jwks_assuming(&text([without_alg]), Algorithm::RS256).is_err());
}

#[test]
fn private_key_gives_its_public_half() {
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let jwk: Value = serde_json::from_str(key.to_jwk().unwrap().expose()).unwrap();
    let set = text([jwk, secret("a", 1)]);
    let keys = KeySet::from_private_jwks(&set).unwrap();
    assert_eq!((keys.len(), keys.skipped().len()), (2, 0));
    let token = jws::sign(&key, &jws::Header::without_type(), b"x").unwrap();
    jws::verify(&keys, &token).unwrap();
    assert!(!keys.to_jwks().contains(r#""d""#));
    // From elsewhere, neither is taken.
    let error = KeySet::from_jwks(&set).unwrap_err();
    let reasons: Vec<String> = error.skipped().iter().map(ToString::to_string).collect();
    assert!(reasons[0].ends_with("expected a public key, found the private member `d`"), "{reasons:?}");
    assert!(reasons[1].contains("a secret is not taken from a set of public keys"), "{reasons:?}");
}

#[test]
fn secret_is_never_taken_from_an_address() {
    let public = SigningKey::ed25519(&[7; 32]).unwrap().verifying_key().to_jwk().unwrap();
    let public: Value = serde_json::from_str(&public).unwrap();
    let set = text([secret("a", 1), public]);
    let cache = JwksCache::builder("https://login.example").build().unwrap();
    let keys = cache.poll(at(NOW)).unwrap().complete(set.as_bytes(), None, at(NOW)).unwrap();
    assert_eq!(keys.len(), 1);
    let reason = keys.skipped()[0].to_string();
    assert_eq!(
        reason,
        "keys[0] (kid \"a\", kty oct, alg HS256): the key is not valid: a secret is not taken from a set of public \
         keys: read a set of your own with `from_private_jwks`"
    );
    // Not by a reader of the caller's either.
    let cache =
        JwksCache::builder("https://login.example").read_with(KeySet::from_private_jwks).build().unwrap();
    let outcome = cache.poll(at(NOW)).unwrap().complete(set.as_bytes(), None, at(NOW));
    check("a careless reader", outcome.err(), ErrorKind::InvalidKeySet, "a secret is not taken");
    assert!(cache.current(at(NOW)).is_none());
}
