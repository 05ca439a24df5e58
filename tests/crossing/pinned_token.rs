//! The pinned token, made and taken byte for byte.

use countersign::signed::{Algorithm, KeySet, Signer, SigningKey, Verifier, VerifyingKey, jws};
use time::macros::datetime;

const TOKEN: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJzb21lIjoicGF5bG9hZCJ9.\
                     Joh1R2dYzkRvDkqv3sygm5YyK8Gi4ShZqbhK2gxcs2U";

#[test]
fn the_pinned_token_is_made_and_taken() {
    let key = SigningKey::hmac_accepting_a_dangerously_short_secret(Algorithm::HS256, b"secret").unwrap();
    let claims = serde_json::json!({ "some": "payload" });
    assert_eq!(Signer::new(key.clone()).sign(&claims).unwrap(), TOKEN);

    let verifier = Verifier::builder(KeySet::new([key.verifying_key()]).unwrap())
        .without_required_expiry()
        .build()
        .unwrap();
    let verified = verifier.verify::<serde_json::Value>(TOKEN, datetime!(2026-11-01 12:00 UTC)).unwrap();
    assert_eq!(*verified.claims(), claims);
    let keys = KeySet::new([key.verifying_key()]).unwrap();
    assert_eq!(jws::verify(&keys, TOKEN).unwrap().payload(), br#"{"some":"payload"}"#);
}

#[test]
fn its_secret_is_too_short_for_the_ordinary_constructors() {
    assert!(SigningKey::hs256(b"secret").is_err());
    assert!(VerifyingKey::hs256(b"secret").is_err());
}
