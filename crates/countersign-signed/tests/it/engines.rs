//! Other implementations of the primitive: what a key keeps, and what it holds them to.

use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::{base64, set};
use countersign_signed::engine::{SignEngine, VerifyEngine};
use countersign_signed::{Algorithm, ErrorKind, KeyFormat, SigningKey, VerifyingKey, jws};

type Failure = Box<dyn std::error::Error + Send + Sync>;

struct Signs(fn(&[u8]) -> Result<Vec<u8>, Failure>);

impl SignEngine for Signs {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Failure> {
        (self.0)(message)
    }
}

/// Finds everything right, and counts what it is asked.
#[derive(Clone, Default)]
struct Agrees(Arc<AtomicUsize>);

impl VerifyEngine for Agrees {
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        assert_eq!((message, signature.len()), (&b"eyJhbGciOiJFZERTQSJ9.eA"[..], 64));
        self.0.fetch_add(1, Ordering::Relaxed);
        true
    }
}

const NO_TYPE: fn() -> jws::Header = jws::Header::without_type;

fn public() -> VerifyingKey {
    SigningKey::ed25519(&[7; 32]).unwrap().verifying_key()
}

#[test]
fn a_verifying_engine_replaces_the_primitive_and_nothing_else() {
    let engine = Agrees::default();
    let key = public().with_engine(engine.clone());
    assert_eq!((key.algorithm(), key.kid()), (public().algorithm(), public().kid()));
    assert_eq!(key.to_pem(KeyFormat::Spki).unwrap(), public().to_pem(KeyFormat::Spki).unwrap());
    assert_eq!(key.to_jwk().unwrap(), public().to_jwk().unwrap());
    let keys = set([key.with_kid("k").unwrap()]);
    let token = |alg: &str, signature: &[u8]| {
        format!("{}.{}.{}", base64(format!(r#"{{"alg":"{alg}"}}"#)), base64("x"), base64(signature))
    };
    assert_eq!(jws::verify(&keys, &token("EdDSA", &[1; 64])).unwrap().kid(), Some("k"));
    assert_eq!(engine.0.load(Ordering::Relaxed), 1);
    // It is asked neither about another length nor about another algorithm.
    for length in [0, 63, 65] {
        let refused = jws::verify(&keys, &token("EdDSA", &vec![1; length])).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidSignature);
    }
    assert_eq!(jws::verify(&keys, &token("ES256", &[1; 64])).unwrap_err().kind(), ErrorKind::UnknownKey);
    assert_eq!(engine.0.load(Ordering::Relaxed), 1);
}

#[test]
fn a_signing_engine_gets_the_signing_input_and_must_keep_the_length() {
    let right = SigningKey::ed25519(&[7; 32]).unwrap().without_kid();
    let key = right.clone().with_engine(Signs(|message| {
        assert_eq!(message, b"eyJhbGciOiJFZERTQSJ9.eA");
        Ok(vec![1; 64])
    }));
    let token = jws::sign(&key, &NO_TYPE(), b"x").unwrap();
    assert_eq!(token, format!("eyJhbGciOiJFZERTQSJ9.eA.{}", base64([1; 64])));
    // The key's own public half still verifies what is right alone, and the private parts are still there.
    assert!(jws::verify(&set([key.verifying_key()]), &token).is_err());
    assert_eq!(key.to_bytes().unwrap().expose(), [7; 32]);
    for wrong in [|_: &[u8]| Ok(vec![1; 63]), |_: &[u8]| Ok(vec![1; 65]), |_: &[u8]| Ok(vec![])] {
        let failed = jws::sign(&right.clone().with_engine(Signs(wrong)), &NO_TYPE(), b"x").unwrap_err();
        assert_eq!(failed.kind(), ErrorKind::SigningFailed);
        assert!(failed.to_string().ends_with("bytes, not 64"), "{failed}");
    }
}

#[test]
fn an_engines_error_is_the_source_of_ours() {
    let key = SigningKey::external(public(), Signs(|_| Err("the module is offline".into())));
    let failed = jws::sign(&key, &NO_TYPE(), b"x").unwrap_err();
    assert_eq!((failed.kind(), failed.to_string()), (ErrorKind::SigningFailed, "signing failed".to_owned()));
    assert_eq!(failed.source().unwrap().to_string(), "the module is offline");
}

#[test]
fn a_key_outside_has_the_public_half_and_gives_nothing_private() {
    for public in [
        public(),
        SigningKey::generate(Algorithm::ES256).unwrap().verifying_key(),
        VerifyingKey::hs256(&[7; 32]).unwrap().with_kid("k").unwrap(),
    ] {
        let key = SigningKey::external(public.clone(), Signs(|_| Ok(vec![])));
        assert_eq!((key.algorithm(), key.kid()), (public.algorithm(), public.kid()));
        assert_eq!(key.verifying_key().to_jwk().ok(), public.to_jwk().ok());
        assert_eq!(key.to_jwk().unwrap_err().kind(), ErrorKind::NotExportable);
        assert_eq!(key.to_bytes().unwrap_err().kind(), ErrorKind::NotExportable);
        for format in [KeyFormat::Pkcs8, KeyFormat::Sec1, KeyFormat::Pkcs1, KeyFormat::Spki] {
            assert_eq!(key.to_pem(format).unwrap_err().kind(), ErrorKind::NotExportable);
            assert_eq!(key.to_der(format).unwrap_err().kind(), ErrorKind::NotExportable);
        }
    }
}
