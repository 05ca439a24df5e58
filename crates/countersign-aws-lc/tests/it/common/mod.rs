//! What the tests share: keys of every algorithm, and both engines, to hold one against the other.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_signed::engine::{SignEngine, VerifyEngine};
use countersign_signed::{Algorithm, ErrorKind, KeySet, SigningKey, VerifyingKey, jws};

/// A key of its own for each algorithm, with the pure-Rust engine. Those of RSA are read, because making
/// them takes seconds.
pub(crate) static KEYS: LazyLock<Vec<SigningKey>> = LazyLock::new(|| {
    let rsa = include_str!("../../../../countersign-signed/tests/fixtures/rfc7515_a2_pkcs8.pem");
    let key = |&algorithm: &Algorithm| match algorithm.name().get(..2) {
        Some("RS" | "PS") => SigningKey::from_pem(algorithm, rsa).unwrap(),
        _ => SigningKey::generate(algorithm).unwrap(),
    };
    Algorithm::ALL.iter().map(key).collect()
});

/// Those that aws-lc is for.
pub(crate) fn asymmetric() -> impl Iterator<Item = &'static SigningKey> {
    KEYS.iter().filter(|key| !is_symmetric(key.algorithm()))
}

pub(crate) fn is_symmetric(algorithm: Algorithm) -> bool {
    algorithm.name().starts_with("HS")
}

/// The key with each engine, and the engine's name.
pub(crate) fn both(key: &SigningKey) -> [(&'static str, SigningKey); 2] {
    [("pure Rust", key.clone()), ("aws-lc", countersign_aws_lc::signing_key(key.clone()).unwrap())]
}

/// The same for a key that verifies.
pub(crate) fn both_verifying(key: &VerifyingKey) -> [(&'static str, VerifyingKey); 2] {
    [("pure Rust", key.clone()), ("aws-lc", countersign_aws_lc::verifying_key(key.clone()).unwrap())]
}

/// An engine that takes everything. A key that still has it has not been given another.
pub(crate) struct Credulous;

impl VerifyEngine for Credulous {
    fn verify(&self, _: &[u8], _: &[u8]) -> bool {
        true
    }
}

/// An engine that signs nothing.
pub(crate) struct Mute;

impl SignEngine for Mute {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
        Err("mute".into())
    }
}

pub(crate) fn base64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn unbase64(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

pub(crate) fn sign(key: &SigningKey, payload: &[u8]) -> String {
    jws::sign(key, &jws::Header::without_type(), payload).unwrap()
}

pub(crate) fn verifies(key: VerifyingKey, token: &str) -> bool {
    in_set(&KeySet::new([key]).unwrap(), token)
}

/// Whether the token verifies; nothing but its signature may be wrong.
pub(crate) fn in_set(keys: &KeySet, token: &str) -> bool {
    match jws::verify(keys, token) {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::InvalidSignature);
            false
        }
    }
}
