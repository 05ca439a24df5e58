//! Tokens that name their key by the thumbprint of its certificate, as those of AD FS do.
//!
//! The keys are HMAC secrets here, because tests sign any header with those. The choice is the same for all.

use countersign_signed::{ErrorKind, KeySet, jws};
use serde_json::{Value, json};

use crate::common::{base64, mac};

/// The key of this number, with these members beside its own.
fn key(number: u8, members: Value) -> Value {
    let mut key = json!({"kty": "oct", "alg": "HS256", "kid": number.to_string(), "k": base64([number; 32])});
    key.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    key
}

fn set(keys: impl IntoIterator<Item = Value>) -> KeySet {
    let keys: Vec<Value> = keys.into_iter().collect();
    KeySet::from_private_jwks(&json!({"keys": keys}).to_string()).unwrap()
}

/// The outcome for a token that the key of this number signed, with these members in its header.
fn verdict(keys: &KeySet, number: u8, members: Value) -> Result<(), ErrorKind> {
    let mut header = json!({"alg": "HS256"});
    header.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    let token = mac(&[number; 32], &format!("{}.{}", base64(header.to_string()), base64("{}")));
    jws::verify(keys, &token).map(drop).map_err(|error| error.kind())
}

#[test]
fn key_with_the_tokens_x5t_is_taken_and_no_other_is_tried() {
    use ErrorKind::{AmbiguousKey, InvalidSignature, UnknownKey};
    let keys = set([
        key(1, json!({"x5t": "one", "x5t#S256": "one-256"})),
        key(2, json!({"x5t": "two", "x5t#S256": "two-256"})),
        key(3, json!({"x5t": "three"})),
    ]);
    let table = [
        (1, json!({"x5t": "one"}), Ok(())),
        (2, json!({"x5t": "two"}), Ok(())),
        (3, json!({"x5t": "three"}), Ok(())),
        (2, json!({"x5t#S256": "two-256"}), Ok(())),
        (2, json!({"x5t": "two", "x5t#S256": "two-256"}), Ok(())),
        // The key says nothing about the second one.
        (3, json!({"x5t": "three", "x5t#S256": "three-256"}), Ok(())),
        (2, json!({"x5t": "one"}), Err(InvalidSignature)),
        // Named by two certificates, one of them of another key.
        (1, json!({"x5t": "one", "x5t#S256": "two-256"}), Err(UnknownKey)),
        (1, json!({"x5t": "four"}), Err(UnknownKey)),
        (1, json!({"x5t": "ONE"}), Err(UnknownKey)),
        (1, json!({"x5t#S256": "one"}), Err(UnknownKey)),
        // Beside a `kid`, a thumbprint has no effect.
        (1, json!({"kid": "1", "x5t": "two"}), Ok(())),
        (2, json!({"kid": "1", "x5t": "two"}), Err(InvalidSignature)),
        (1, json!({"kid": "9", "x5t": "one"}), Err(UnknownKey)),
        // No thumbprint at all.
        (1, json!({}), Err(AmbiguousKey)),
        (1, json!({"x5t": ""}), Err(AmbiguousKey)),
        (1, json!({"x5t": null}), Err(AmbiguousKey)),
        (1, json!({"x5t": ["one"]}), Err(AmbiguousKey)),
        (1, json!({"x5t": "o".repeat(257)}), Err(AmbiguousKey)),
        (1, json!({"x5t#S257": "one-256"}), Err(AmbiguousKey)),
        (1, json!({"x5t": "one", "alg": "HS384"}), Err(UnknownKey)),
    ];
    for (number, members, expected) in table {
        assert_eq!(verdict(&keys, number, members.clone()), expected, "{number} {members}");
    }
}

#[test]
fn token_whose_x5t_no_key_has_is_for_the_only_key() {
    let table = [
        (set([key(1, json!({}))]), Ok(())),
        (set([key(1, json!({"x5t": 7}))]), Ok(())),
        (set([key(1, json!({"x5t": "renewed"}))]), Ok(())),
        (set([key(1, json!({})), key(2, json!({}))]), Err(ErrorKind::AmbiguousKey)),
        (set([key(1, json!({"x5t": "other"})), key(2, json!({}))]), Err(ErrorKind::AmbiguousKey)),
    ];
    for (at, (keys, expected)) in table.into_iter().enumerate() {
        assert_eq!(verdict(&keys, 1, json!({"x5t": "one"})), expected, "{at}");
    }
}

#[test]
fn two_keys_of_one_x5t_are_ambiguous() {
    let keys = set([key(1, json!({"x5t": "one"})), key(2, json!({"x5t": "one"}))]);
    assert_eq!(verdict(&keys, 1, json!({"x5t": "one"})), Err(ErrorKind::AmbiguousKey));
    assert_eq!(verdict(&keys, 1, json!({"x5t": "one", "kid": "1"})), Ok(()));
}

/// What brings or points to a key stays without effect.
#[test]
fn x5c_and_its_like_choose_nothing() {
    let keys =
        set([key(1, json!({"x5c": ["AAAA"]})), key(2, json!({"x5c": ["BBBB"], "x5u": "https://x.example"}))]);
    for members in
        [json!({"x5c": ["AAAA"]}), json!({"x5u": "https://x.example"}), json!({"jwk": key(1, json!({}))})]
    {
        assert_eq!(verdict(&keys, 1, members), Err(ErrorKind::AmbiguousKey));
    }
}
