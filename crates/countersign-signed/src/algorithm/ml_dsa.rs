//! ML-DSA (FIPS 204, RFC 9964), whose signatures a quantum computer should not forge either.
//!
//! The private key is its seed of 32 bytes, expanded once. The context is empty (RFC 9964 section 3), and
//! signing is deterministic (FIPS 204 section 3.4), because the library offers nothing else in public.
//! Every public key of the right length is one.

use std::sync::Arc;

use ml_dsa::{EncodedVerifyingKey, MlDsa44, MlDsa65, MlDsa87, MlDsaParams, Signature, VerifyingKey};
#[cfg(feature = "sign")]
use ml_dsa::{Keypair as _, Seed, Signer as _, SigningKey};

use super::{Algorithm, Public, Verifying};
#[cfg(feature = "sign")]
use super::{Private, Secret, Sign, append, registry::Signing};
use crate::engine::VerifyEngine;
use crate::error::{Error, ErrorKind};

/// A parameter set (FIPS 204 section 4).
trait Parameters: MlDsaParams + Send + Sync + 'static {
    const ALGORITHM: Algorithm;
    /// Bytes of a public key.
    const PUBLIC_LEN: usize;
    /// Bytes.
    const SIGNATURE_LEN: usize;
}

impl Parameters for MlDsa44 {
    const ALGORITHM: Algorithm = Algorithm::MLDSA44;
    const PUBLIC_LEN: usize = 1312;
    const SIGNATURE_LEN: usize = 2420;
}

impl Parameters for MlDsa65 {
    const ALGORITHM: Algorithm = Algorithm::MLDSA65;
    const PUBLIC_LEN: usize = 1952;
    const SIGNATURE_LEN: usize = 3309;
}

impl Parameters for MlDsa87 {
    const ALGORITHM: Algorithm = Algorithm::MLDSA87;
    const PUBLIC_LEN: usize = 2592;
    const SIGNATURE_LEN: usize = 4627;
}

struct Key<P: Parameters>(VerifyingKey<P>);

impl<P: Parameters> VerifyEngine for Key<P> {
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::<P>::try_from(signature)
            .is_ok_and(|signature| self.0.verify_with_context(message, &[], &signature))
    }
}

pub(super) fn verifying(algorithm: Algorithm, key: &[u8]) -> Result<Verifying, Error> {
    match algorithm {
        Algorithm::MLDSA44 => prepare::<MlDsa44>(key),
        Algorithm::MLDSA65 => prepare::<MlDsa65>(key),
        _ => prepare::<MlDsa87>(key),
    }
}

fn prepare<P: Parameters>(key: &[u8]) -> Result<Verifying, Error> {
    let encoded = EncodedVerifyingKey::<P>::try_from(key)
        .map_err(|_| wrong_length::<P>("public", P::PUBLIC_LEN, key.len()))?;
    Ok(verifying_of(VerifyingKey::<P>::decode(&encoded), key.to_vec()))
}

fn verifying_of<P: Parameters>(key: VerifyingKey<P>, encoded: Vec<u8>) -> Verifying {
    Verifying {
        signature_len: P::SIGNATURE_LEN,
        public: Some(Public::MlDsa { algorithm: P::ALGORITHM, key: encoded }),
        engine: Arc::new(Key(key)),
    }
}

fn wrong_length<P: Parameters>(half: &str, expected: usize, found: usize) -> Error {
    let name = P::ALGORITHM.name();
    let note = format!("a {half} key of {name} has {expected} bytes, found {found}");
    Error::noted(ErrorKind::InvalidKey, note)
}

/// Zeroized by the library when dropped.
#[cfg(feature = "sign")]
struct PrivateKey<P: Parameters>(SigningKey<P>);

#[cfg(feature = "sign")]
impl<P: Parameters> Sign for PrivateKey<P> {
    fn sign(&self, token: &mut Vec<u8>) -> Result<(), Error> {
        let signature =
            self.0.try_sign(token).map_err(|error| Error::caused(ErrorKind::SigningFailed, error))?;
        append(token, &signature.encode());
        Ok(())
    }
}

#[cfg(feature = "sign")]
pub(super) fn signing(algorithm: Algorithm, seed: Secret) -> Result<Signing, Error> {
    match algorithm {
        Algorithm::MLDSA44 => expand::<MlDsa44>(seed),
        Algorithm::MLDSA65 => expand::<MlDsa65>(seed),
        _ => expand::<MlDsa87>(seed),
    }
}

#[cfg(feature = "sign")]
fn expand<P: Parameters>(seed: Secret) -> Result<Signing, Error> {
    let bytes = zeroize::Zeroizing::new(
        Seed::try_from(seed.as_slice()).map_err(|_| wrong_length::<P>("private", 32, seed.len()))?,
    );
    let key = SigningKey::<P>::from_seed(&bytes);
    let verifying = key.verifying_key();
    let encoded = verifying.encode().to_vec();
    Ok(Signing {
        verifying: verifying_of(verifying, encoded),
        engine: Arc::new(PrivateKey(key)),
        private: Private::MlDsa { algorithm: P::ALGORITHM, seed },
    })
}
