//! Prepared keys accept what plain keys accept.
//!
//! `COUNTERSIGN_PREPARED` sets how many signatures each algorithm is tried with.

use countersign_signed::engine::VerifyEngine;
use countersign_signed::{Algorithm, ErrorKind, KeySet, SigningKey, VerifyingKey, jws};
use proptest::test_runner::{Config, TestRunner};

use crate::common::{base64, set, unbase64};

/// Signatures that each key makes, so that keys vary too.
const SIGNATURES_PER_KEY: u32 = 50;

fn signatures() -> u32 {
    std::env::var("COUNTERSIGN_PREPARED").map_or(500, |count| count.parse().unwrap())
}

/// The verdict of a plain and of a prepared key, which must be one.
#[track_caller]
fn verdict(ways: &[KeySet; 2], token: &str) -> Result<(), ErrorKind> {
    let [plain, prepared] =
        ways.each_ref().map(|keys| jws::verify(keys, token).map(drop).map_err(|error| error.kind()));
    assert_eq!(plain, prepared, "plain, prepared: {token}");
    plain
}

fn both(key: &SigningKey) -> [KeySet; 2] {
    let key = key.verifying_key();
    [set([key.clone()]), set([key.prepared()])]
}

/// The token with one bit of its decoded payload or signature changed.
fn with_changed_bit(token: &str, bit: usize) -> String {
    let mut parts = token.splitn(3, '.');
    let (header, rest) = (parts.next().unwrap(), [parts.next().unwrap(), parts.next().unwrap()]);
    let mut bytes = rest.map(unbase64);
    let payload_len = bytes[0].len();
    let at = (bit / 8) % (payload_len + bytes[1].len());
    let byte = if at < payload_len { &mut bytes[0][at] } else { &mut bytes[1][at - payload_len] };
    *byte ^= 1 << (bit % 8);
    format!("{header}.{}.{}", base64(&bytes[0]), base64(&bytes[1]))
}

/// Each signature of random payloads is accepted by both ways, and with any bit changed refused by both.
fn has_one_verdict(key: impl Fn() -> SigningKey, signatures: u32) {
    for _ in 0..signatures.div_ceil(SIGNATURES_PER_KEY) {
        let key = key();
        let ways = both(&key);
        let cases = SIGNATURES_PER_KEY.min(signatures);
        let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
        let inputs = (proptest::collection::vec(proptest::num::u8::ANY, 1..200), proptest::num::usize::ANY);
        let tried = runner.run(&inputs, |(payload, bit)| {
            let token = jws::sign(&key, &jws::Header::without_type(), &payload).unwrap();
            assert_eq!(verdict(&ways, &token), Ok(()));
            assert_eq!(verdict(&ways, &with_changed_bit(&token, bit)), Err(ErrorKind::InvalidSignature));
            Ok(())
        });
        tried.unwrap();
    }
}

#[test]
fn prepared_ed25519_has_the_verdict_of_plain() {
    has_one_verdict(|| SigningKey::generate(Algorithm::EdDSA).unwrap(), signatures());
}

#[test]
fn prepared_p256_has_the_verdict_of_plain() {
    has_one_verdict(|| SigningKey::generate(Algorithm::ES256).unwrap(), signatures());
}

/// RSA signs slowly: one key, and a tenth of the signatures.
#[test]
fn prepared_rsa_has_the_verdict_of_plain() {
    for algorithm in [Algorithm::RS256, Algorithm::PS256, Algorithm::PS384, Algorithm::PS512] {
        let key = SigningKey::generate(algorithm).unwrap();
        has_one_verdict(|| key.clone(), signatures() / 10);
    }
}

/// Claims that every signature is right.
struct Agrees;

impl VerifyEngine for Agrees {
    fn verify(&self, _: &[u8], _: &[u8]) -> bool {
        true
    }
}

#[test]
fn prepared_key_is_the_same_key() {
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap().verifying_key();
    let prepared = key.clone().with_kid("k").unwrap().prepared().prepared();
    assert_eq!((prepared.algorithm(), prepared.kid()), (Algorithm::EdDSA, Some("k")));
    assert_eq!(prepared.thumbprint(), key.thumbprint());
    assert_eq!(prepared.to_bytes().unwrap(), key.to_bytes().unwrap());
}

#[test]
fn preparing_keeps_the_callers_engine() {
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap().verifying_key().without_kid();
    let forged = format!("{}.eA.{}", base64(r#"{"alg":"EdDSA"}"#), base64([0; 64]));
    let engine = key.clone().with_engine(Agrees).prepared();
    assert!(jws::verify(&set([engine]), &forged).is_ok());
    let replaced = key.prepared().with_engine(Agrees);
    assert!(jws::verify(&set([replaced]), &forged).is_ok());
}

#[test]
fn preparing_a_secret_changes_nothing() {
    let key = SigningKey::hs256(&[7; 32]).unwrap();
    let token = jws::sign(&key, &jws::Header::without_type(), b"x").unwrap();
    let prepared: VerifyingKey = key.verifying_key().prepared();
    assert!(jws::verify(&set([prepared]), &token).is_ok());
}
