//! What holds of keys whatever their form: they differ, have a `kid` of a bounded length, and can be shared.

use countersign_signed::{Algorithm, Error, ErrorKind, KeySet, Signer, SigningKey, Verifier, VerifyingKey};
use serde_json::json;

use crate::common::{SECRET, kind, set};

#[test]
fn generated_keys_work_and_differ() {
    for algorithm in [Algorithm::HS256, Algorithm::EdDSA] {
        let generate = || SigningKey::generate(algorithm);
        let (one, other) = (generate().unwrap().without_kid(), generate().unwrap().without_kid());
        let verifier = |key: &SigningKey| {
            let keys = set([key.verifying_key()]);
            Verifier::builder(keys).without_required_expiry().build().unwrap()
        };
        let token = Signer::new(one.clone()).sign(&json!({})).unwrap();
        assert_eq!(kind(&verifier(&one), &token), None);
        assert_eq!(kind(&verifier(&other), &token), Some(ErrorKind::InvalidSignature));
    }
}

#[test]
fn everything_that_lives_long_can_be_shared_between_threads() {
    fn shared<T: Clone + Send + Sync + 'static>() {}
    shared::<SigningKey>();
    shared::<VerifyingKey>();
    shared::<KeySet>();
    shared::<Signer>();
    shared::<Verifier>();
    fn sent<T: std::error::Error + Send + Sync + 'static>() {}
    sent::<Error>();
}

#[test]
fn a_kid_has_1_to_256_bytes() {
    let key = SigningKey::hs256(SECRET).unwrap();
    for kid in ["", &"k".repeat(257), &"é".repeat(129)] {
        assert_eq!(key.clone().with_kid(kid).unwrap_err().kind(), ErrorKind::InvalidKid);
        assert_eq!(key.verifying_key().with_kid(kid).unwrap_err().kind(), ErrorKind::InvalidKid);
    }
    assert_eq!(key.with_kid(&"k".repeat(256)).unwrap().verifying_key().kid().unwrap().len(), 256);
}
