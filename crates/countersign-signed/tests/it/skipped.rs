//! Keys of a set that cannot be used: which they are, why, and what helps.

use countersign_signed::{Algorithm, ErrorKind, JwksCache, KeySet, SigningKey, SkippedKey, Verifier};
use serde_json::{Value, json};

use crate::common::{NOW, at};

fn ed25519(kid: &str) -> (SigningKey, Value) {
    let key = SigningKey::ed25519(&[7; 32]).unwrap().with_kid(kid).unwrap();
    let jwk = serde_json::from_str(&key.verifying_key().to_jwk().unwrap()).unwrap();
    (key, jwk)
}

fn with(mut key: Value, members: Value) -> Value {
    key.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    key
}

/// Entra's RSA key without `alg`.
fn without_alg() -> Value {
    let set: Value = serde_json::from_str(include_str!("../cases/noalg.jwks")).unwrap();
    set["keys"][0].clone()
}

fn set(keys: impl IntoIterator<Item = Value>) -> String {
    json!({"keys": keys.into_iter().collect::<Vec<_>>()}).to_string()
}

#[test]
fn line_about_a_skipped_key_says_which_and_why() {
    let (_, usable) = ed25519("a");
    let missing_alg = "the key is not valid: it has no `alg`, and its `kty` allows several: name the one that its \
                       issuer signs with (`from_jwks_assuming` for a set, `from_jwk_as` for a key)";
    let table = [
        (without_alg(), format!("keys[0] (kid \"k1\", kty RSA, no alg): {missing_alg}")),
        (with(without_alg(), json!({"alg": null})), format!("keys[1] (kid \"k1\", kty RSA, no alg): {missing_alg}")),
        (
            json!({"kty": "RSA", "alg": "RSA-OAEP-256", "use": "enc", "kid": "e", "n": "AQAB", "e": "AQAB"}),
            "keys[2] (kid \"e\", kty RSA, alg RSA-OAEP-256): the key is not valid: `use` must be sig, found enc"
                .to_owned(),
        ),
        (
            with(usable.clone(), json!({"kid": "line\nfeed \"q\"", "alg": "XX1"})),
            "keys[3] (kid \"line\\nfeed \\\"q\\\"\", kty OKP, alg unknown): the algorithm is not supported".to_owned(),
        ),
        (
            with(usable.clone(), json!({"kid": "k".repeat(200), "crv": "X25519"})),
            format!(
                "keys[4] (kid \"{}...\", kty OKP, alg EdDSA): the key is not valid: \
                 the `crv` of an OKP key must be Ed25519, found X25519",
                "k".repeat(80)
            ),
        ),
        (
            json!({"kty": "XYZ", "kid": 7}),
            "keys[5] (no kid, kty unknown, no alg): the key is not valid: `kty` must be RSA, EC, OKP, AKP or oct"
                .to_owned(),
        ),
        (json!(1), "keys[6] (no kid, kty unknown, no alg): the key is not valid: it is not one JSON object".to_owned()),
    ];
    let keys = KeySet::from_jwks(&set(table.iter().map(|(key, _)| key.clone()).chain([usable]))).unwrap();
    assert_eq!(keys.skipped().len(), table.len());
    for (skipped, (_, expected)) in keys.skipped().iter().zip(&table) {
        assert_eq!(&skipped.to_string(), expected);
        assert!(!skipped.to_string().contains('\n'));
    }
    let first = &keys.skipped()[0];
    assert_eq!((first.kty(), first.alg(), first.kid().unwrap().expose()), (Some("RSA"), None, "k1"));
    assert_eq!((keys.skipped()[2].alg(), keys.skipped()[5].kty()), (Some("RSA-OAEP-256"), None));
    let needing: Vec<bool> = keys.skipped().iter().map(SkippedKey::needs_algorithm).collect();
    assert_eq!(needing, [true, true, false, false, false, false, false]);
}

#[test]
fn set_without_a_usable_key_says_why_for_each() {
    let error = KeySet::from_jwks(include_str!("../cases/noalg.jwks")).unwrap_err();
    assert_eq!((error.kind(), error.skipped().len()), (ErrorKind::InvalidKeySet, 1));
    assert!(error.skipped()[0].needs_algorithm());
    assert_eq!(
        error.to_string(),
        format!("the key set is not valid: none of its keys can be used: {}", error.skipped()[0])
    );
    assert!(!format!("{error:?}").contains("k1"), "`Debug` hides the `kid`: {error:?}");
    // The first ones are shown, and all are there.
    let many = KeySet::from_jwks(&set((0..9).map(|_| json!({"kty": "XYZ"})))).unwrap_err();
    assert_eq!(many.skipped().len(), 9);
    assert!(many.to_string().contains("keys[2] ") && !many.to_string().contains("keys[3] "), "{many}");
    assert!(many.to_string().ends_with("; and 6 more"), "{many}");
    // Other errors have none.
    assert!(KeySet::from_jwks("{}").unwrap_err().skipped().is_empty());
    let empty = KeySet::from_jwks(r#"{"keys": []}"#).unwrap_err();
    assert!(empty.to_string().ends_with("its array `keys` is empty"), "{empty}");
}

#[test]
fn cache_says_which_keys_it_skipped_and_takes_them_with_the_algorithm_named() {
    let (_, usable) = ed25519("a");
    let body = set([usable, without_alg()]);
    let cache = JwksCache::builder("https://idp.example").build().unwrap();
    assert!(cache.current(at(NOW)).is_none());
    let keys = cache.poll(at(NOW)).unwrap().complete(body.as_bytes(), None, at(NOW)).unwrap();
    assert_eq!((keys.len(), keys.skipped()[0].index()), (1, 1));
    assert_eq!((cache.status(at(NOW)).keys, cache.status(at(NOW)).skipped), (1, 1));
    assert_eq!(cache.current(at(NOW)).unwrap().skipped()[0].index(), 1);
    // A set without a usable key is an error that holds them.
    let cache = JwksCache::builder("https://idp.example").build().unwrap();
    let none = include_str!("../cases/noalg.jwks");
    let error = cache.poll(at(NOW)).unwrap().complete(none.as_bytes(), None, at(NOW)).unwrap_err();
    assert_eq!(error.skipped().len(), 1);
    // The way out.
    let at_once = at(1_796_500_000);
    let cache = JwksCache::builder("https://idp.example").assume_algorithm(Algorithm::RS256).build().unwrap();
    let keys = cache.poll(at_once).unwrap().complete(none.as_bytes(), None, at_once).unwrap();
    assert_eq!((keys.len(), keys.skipped().len()), (1, 0));
    let verifier = cache.verifier().audience("api").build().unwrap();
    verifier.verify::<Value>(include_str!("../cases/ok.jwt").trim(), at_once).unwrap();
    let wrong = JwksCache::builder("https://idp.example").assume_algorithm(Algorithm::ES256).build();
    assert_eq!(wrong.unwrap_err().kind(), ErrorKind::InvalidConfiguration);
}

/// The operator of a service sees the token that is refused, and not the set that was read hours ago.
#[test]
fn token_of_a_skipped_key_is_refused_with_the_reason() {
    let (_, usable) = ed25519("a");
    let keys = KeySet::from_jwks(&set([usable, without_alg()])).unwrap();
    let verifier = Verifier::builder(keys).issuer("https://idp.example").audience("api").build().unwrap();
    let token = include_str!("../cases/ok.jwt").trim();
    let error = verifier.verify::<Value>(token, at(NOW)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownKey);
    assert!(
        error
            .to_string()
            .starts_with("no key fits the token: its key is in the set and is not used: keys[1] (kid \"k1\""),
        "{error}"
    );
}
