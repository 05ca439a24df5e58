//! ECDSA private keys.
//!
//! The nonce is derived from the key and the message (RFC 6979), with random bytes of the operating
//! system mixed in (section 3.6): it does not depend on those being good, and a fault or a measurement
//! cannot be repeated under one nonce.

use std::sync::Arc;

use ecdsa::elliptic_curve::Generate as _;
use ecdsa::signature::hazmat::RandomizedPrehashSigner as _;
use ecdsa::{Signature, SigningKey};
use k256::Secp256k1;
use p256::NistP256;
use p384::NistP384;
use p521::NistP521;
use rand::rngs::SysRng;
use sha2::digest::Digest as _;
use zeroize::Zeroizing;

use super::{Arithmetic, on, verifying_of};
use crate::algorithm::registry::Signing;
use crate::algorithm::{Curve, Private, Secret, Sign, append};
use crate::error::{Error, ErrorKind};

/// Zeroized by the library when dropped.
struct Key<C: Arithmetic>(SigningKey<C>);

impl<C: Arithmetic> Sign for Key<C> {
    fn sign(&self, token: &mut Vec<u8>) -> Result<(), Error> {
        let signature: Signature<C> = self
            .0
            .sign_prehash_with_rng(&mut SysRng, &C::Digest::digest(&token))
            .map_err(|error| Error::caused(ErrorKind::SigningFailed, error))?;
        append(token, &signature.to_bytes());
        Ok(())
    }
}

/// A scalar as long as a coordinate.
pub(in crate::algorithm) fn signing(curve: Curve, scalar: Secret) -> Result<Signing, Error> {
    on!(curve, prepare(scalar))
}

fn prepare<C: Arithmetic>(scalar: Secret) -> Result<Signing, Error> {
    let refused = |what: String| Error::noted(ErrorKind::InvalidKey, what);
    let (name, length) = (C::CURVE.name(), C::CURVE.field_len());
    if scalar.len() != length {
        let found = scalar.len();
        return Err(refused(format!("a private key on {name} has {length} bytes, found {found}")));
    }
    let key = SigningKey::<C>::from_slice(&scalar)
        .map_err(|_| refused(format!("the private key is not from 1 to the order of {name} less one")))?;
    Ok(Signing {
        verifying: verifying_of(*key.verifying_key()),
        engine: Arc::new(Key(key)),
        private: Private::Ec { curve: C::CURVE, scalar },
    })
}

pub(in crate::algorithm) fn generate(curve: Curve) -> Result<Secret, Error> {
    on!(curve, scalar())
}

fn scalar<C: Arithmetic>() -> Result<Secret, Error> {
    let key = SigningKey::<C>::try_generate_from_rng(&mut SysRng)
        .map_err(|error| Error::caused(ErrorKind::RandomSource, error))?;
    let bytes = Zeroizing::new(key.to_bytes());
    Ok(Zeroizing::new(bytes.to_vec()))
}
