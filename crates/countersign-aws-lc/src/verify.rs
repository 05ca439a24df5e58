//! Verifying with aws-lc.
//!
//! A key is parsed once, here, from what `countersign-signed` has judged and exports: the bare point or key,
//! and SubjectPublicKeyInfo for RSA. What is left to do for each token is aws-lc's, and is as strict as the
//! pure-Rust engines are:
//!
//! - RSA: the signature is as long as the modulus and smaller than it (RFC 8017 section 8.2.2), and the salt
//!   of PSS is as long as the hash, which is what the algorithms without a salt length of their own mean.
//! - ECDSA: `r` and `s` side by side in their exact length, both from 1 to the order less one; both halves
//!   of `s`, on secp256k1 too.
//! - Ed25519: S below the group order, and R compared as bytes (RFC 8032 section 5.1.7), so that a spelling
//!   of R other than the canonical one does not fit.
//! - ML-DSA: pure, with an empty context (RFC 9964 section 3).
//!
//! Nothing is allocated here for a token; aws-lc allocates and frees a context of its own for each.

use aws_lc_rs::signature::{self, ParsedPublicKey, VerificationAlgorithm};
use countersign_signed::engine::VerifyEngine;
use countersign_signed::{Algorithm, KeyFormat, VerifyingKey};

use crate::error::{Error, ErrorKind};

/// A public key in aws-lc's form, with its algorithm.
pub(crate) struct Engine(ParsedPublicKey);

impl VerifyEngine for Engine {
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.verify_sig(message, signature).is_ok()
    }
}

/// The engine for a key; nothing for HMAC.
pub(crate) fn engine(key: &VerifyingKey) -> Result<Option<Engine>, Error> {
    let algorithm: &'static dyn VerificationAlgorithm = match key.algorithm() {
        Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => return Ok(None),
        Algorithm::RS256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::RS384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::RS512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        Algorithm::PS256 => &signature::RSA_PSS_2048_8192_SHA256,
        Algorithm::PS384 => &signature::RSA_PSS_2048_8192_SHA384,
        Algorithm::PS512 => &signature::RSA_PSS_2048_8192_SHA512,
        Algorithm::ES256 => &signature::ECDSA_P256_SHA256_FIXED,
        Algorithm::ES384 => &signature::ECDSA_P384_SHA384_FIXED,
        Algorithm::ES512 => &signature::ECDSA_P521_SHA512_FIXED,
        Algorithm::ES256K => &signature::ECDSA_P256K1_SHA256_FIXED,
        Algorithm::EdDSA => &signature::ED25519,
        Algorithm::MLDSA44 => &signature::ML_DSA_44,
        Algorithm::MLDSA65 => &signature::ML_DSA_65,
        Algorithm::MLDSA87 => &signature::ML_DSA_87,
        _ => return Err(Error::new(ErrorKind::UnsupportedAlgorithm)),
    };
    // Only RSA has no form that is the key alone.
    let public = key.to_bytes().or_else(|_| key.to_der(KeyFormat::Spki));
    let public = public.map_err(|error| Error::caused(ErrorKind::KeyRejected, error))?;
    let parsed = ParsedPublicKey::new(algorithm, public)
        .map_err(|error| Error::caused(ErrorKind::KeyRejected, error))?;
    Ok(Some(Engine(parsed)))
}
