//! Signing with aws-lc.
//!
//! A private key is given over once, from a copy that is wiped at the end of the call; aws-lc checks that its
//! public half belongs to it, and wipes its own form when it frees it. Its private operations are constant
//! in time: RSA is not open to `RUSTSEC-2023-0071`. ECDSA takes a nonce of aws-lc's generator, mixed with key
//! and message, and ML-DSA is hedged with random bytes (FIPS 204 section 3.4), so that both give another
//! signature each time; those of Ed25519 and RSASSA-PKCS1-v1_5 are the same as everybody's.

use std::error::Error as StdError;

use aws_lc_rs::error::KeyRejected;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, PqdsaKeyPair, PqdsaSigningAlgorithm,
    RsaEncoding, RsaKeyPair,
};
use countersign_signed::engine::SignEngine;
use countersign_signed::{Algorithm, KeyFormat, SigningKey};

use crate::error::{Error, ErrorKind};

/// A private key in aws-lc's form.
pub(crate) enum Engine {
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    MlDsa(PqdsaKeyPair),
}

impl SignEngine for Engine {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Box<dyn StdError + Send + Sync>> {
        // aws-lc has a generator of its own and does not look at this one.
        let unused = SystemRandom::new();
        match self {
            Self::Rsa(key, encoding) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(*encoding, &unused, message, &mut signature)?;
                Ok(signature)
            }
            Self::Ecdsa(key) => Ok(key.sign(&unused, message)?.as_ref().to_vec()),
            Self::Ed25519(key) => Ok(key.try_sign(message)?.as_ref().to_vec()),
            Self::MlDsa(key) => {
                let mut signature = vec![0; key.algorithm().signature_len()];
                key.sign(message, &mut signature)?;
                Ok(signature)
            }
        }
    }
}

/// The engine for a key; nothing for HMAC.
pub(crate) fn engine(key: &SigningKey) -> Result<Option<Engine>, Error> {
    let engine = match key.algorithm() {
        Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => return Ok(None),
        Algorithm::RS256 => rsa(key, &signature::RSA_PKCS1_SHA256),
        Algorithm::RS384 => rsa(key, &signature::RSA_PKCS1_SHA384),
        Algorithm::RS512 => rsa(key, &signature::RSA_PKCS1_SHA512),
        Algorithm::PS256 => rsa(key, &signature::RSA_PSS_SHA256),
        Algorithm::PS384 => rsa(key, &signature::RSA_PSS_SHA384),
        Algorithm::PS512 => rsa(key, &signature::RSA_PSS_SHA512),
        Algorithm::ES256 => ecdsa(key, &signature::ECDSA_P256_SHA256_FIXED_SIGNING),
        Algorithm::ES384 => ecdsa(key, &signature::ECDSA_P384_SHA384_FIXED_SIGNING),
        Algorithm::ES512 => ecdsa(key, &signature::ECDSA_P521_SHA512_FIXED_SIGNING),
        Algorithm::ES256K => ecdsa(key, &signature::ECDSA_P256K1_SHA256_FIXED_SIGNING),
        Algorithm::EdDSA => ed25519(key),
        Algorithm::MLDSA44 => ml_dsa(key, &signature::ML_DSA_44_SIGNING),
        Algorithm::MLDSA65 => ml_dsa(key, &signature::ML_DSA_65_SIGNING),
        Algorithm::MLDSA87 => ml_dsa(key, &signature::ML_DSA_87_SIGNING),
        _ => Err(Error::new(ErrorKind::UnsupportedAlgorithm)),
    };
    engine.map(Some)
}

fn rsa(key: &SigningKey, encoding: &'static dyn RsaEncoding) -> Result<Engine, Error> {
    let private = key.to_der(KeyFormat::Pkcs8).map_err(elsewhere)?;
    let key = RsaKeyPair::from_pkcs8(private.expose()).map_err(rejected)?;
    Ok(Engine::Rsa(key, encoding))
}

fn ecdsa(key: &SigningKey, algorithm: &'static EcdsaSigningAlgorithm) -> Result<Engine, Error> {
    let scalar = key.to_bytes().map_err(elsewhere)?;
    let point = key.verifying_key().to_bytes().map_err(elsewhere)?;
    let key = EcdsaKeyPair::from_private_key_and_public_key(algorithm, scalar.expose(), &point);
    key.map(Engine::Ecdsa).map_err(rejected)
}

fn ed25519(key: &SigningKey) -> Result<Engine, Error> {
    let seed = key.to_bytes().map_err(elsewhere)?;
    let public = key.verifying_key().to_bytes().map_err(elsewhere)?;
    let key = Ed25519KeyPair::from_seed_and_public_key(seed.expose(), &public);
    key.map(Engine::Ed25519).map_err(rejected)
}

fn ml_dsa(key: &SigningKey, algorithm: &'static PqdsaSigningAlgorithm) -> Result<Engine, Error> {
    let seed = key.to_bytes().map_err(elsewhere)?;
    PqdsaKeyPair::from_seed(algorithm, seed.expose()).map(Engine::MlDsa).map_err(rejected)
}

/// The only reason for which a private key of these kinds cannot be exported.
fn elsewhere(error: countersign_signed::Error) -> Error {
    Error::caused(ErrorKind::PrivateKeyElsewhere, error)
}

fn rejected(error: KeyRejected) -> Error {
    Error::caused(ErrorKind::KeyRejected, error)
}
