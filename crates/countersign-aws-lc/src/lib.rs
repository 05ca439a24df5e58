#![doc = include_str!("../README.md")]

mod error;
#[cfg(feature = "sign")]
mod sign;
mod verify;

use countersign_signed::{KeySet, VerifyingKey};

pub use error::{Error, ErrorKind};

/// The same key, verifying with aws-lc: RSA, ECDSA, Ed25519 and ML-DSA.
///
/// Algorithm, `kid` and exports stay as they are; an engine that the key had before is dropped. HMAC keys are
/// returned unchanged: what `countersign-signed` does there is faster, and it shows nobody the secret of a
/// verifying key.
///
/// ```
/// use countersign_signed::{Algorithm, VerifyingKey};
///
/// // RFC 8037 appendix A.2.
/// let key = VerifyingKey::from_jwk(
///     r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
/// )?;
/// let key = countersign_aws_lc::verifying_key(key)?;
/// assert_eq!(key.algorithm(), Algorithm::EdDSA);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::KeyRejected`] if aws-lc does not take the key, [`ErrorKind::UnsupportedAlgorithm`] if this
/// crate does not know its algorithm. Neither happens to keys of today's algorithms, which have been judged
/// when they were made.
pub fn verifying_key(key: VerifyingKey) -> Result<VerifyingKey, Error> {
    Ok(match verify::engine(&key)? {
        Some(engine) => key.with_engine(engine),
        None => key,
    })
}

/// The same set, whose keys verify with aws-lc as those of [`verifying_key`] do.
///
/// All of them: those of ES256K and EdDSA too, with which aws-lc is the slower one.
///
/// A key that `verifying_key` would refuse stays in the set with the engine that it has: both engines give
/// the same answers, so that a set published by somebody else does not fail for the sake of speed.
///
/// ```
/// use countersign_signed::KeySet;
///
/// // Also what `JwksCacheBuilder::read_with` takes.
/// let read = |text: &str| KeySet::from_jwks(text).map(countersign_aws_lc::key_set);
///
/// let keys = read(
///     r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#,
/// )?;
/// assert_eq!(keys.len(), 1);
/// # Ok::<(), countersign_signed::Error>(())
/// ```
#[must_use]
pub fn key_set(keys: KeySet) -> KeySet {
    keys.with_engines(|key| verify::engine(key).ok().flatten())
}

/// The same key, signing with aws-lc. Its [verifying key](countersign_signed::SigningKey::verifying_key) is
/// the one that [`verifying_key`] gives.
///
/// Algorithm, `kid` and exports stay as they are, and so do HMAC keys altogether.
///
/// Security: aws-lc keeps the private key in a form of its own, which it overwrites with zeros when the last
/// clone of the returned key is dropped. For export the key keeps its private parts besides. The pure-Rust
/// engine's form is gone when no other clone of `key` is left.
///
/// ```
/// use countersign_signed::{Algorithm, KeySet, SigningKey, jws};
///
/// let key = countersign_aws_lc::signing_key(SigningKey::generate(Algorithm::ES256)?)?;
/// let token = jws::sign(&key, &jws::Header::new("example")?, b"payload")?;
/// assert_eq!(jws::verify(&KeySet::new([key.verifying_key()])?, &token)?.payload(), b"payload");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::PrivateKeyElsewhere`] for an
/// [external](countersign_signed::SigningKey::external) key; [`ErrorKind::KeyRejected`] if aws-lc does not take
/// the key; [`ErrorKind::UnsupportedAlgorithm`] if this crate does not know its algorithm. The key is not
/// given back then, so that nobody signs in pure Rust who meant to leave it.
#[cfg(feature = "sign")]
pub fn signing_key(key: countersign_signed::SigningKey) -> Result<countersign_signed::SigningKey, Error> {
    let (Some(signing), Some(verifying)) = (sign::engine(&key)?, verify::engine(&key.verifying_key())?)
    else {
        return Ok(key);
    };
    Ok(key.with_engine(signing).with_verify_engine(verifying))
}
