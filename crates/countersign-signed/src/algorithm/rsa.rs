//! RSASSA-PKCS1-v1_5 and RSASSA-PSS (RFC 7518 sections 3.3 and 3.5, RFC 8017 section 8).
//!
//! Keys are judged once, when they are made: a modulus of 2048 to 8192 bits, which is odd, and an odd
//! exponent of 3 to 2^33 - 1. A modulus with the fingerprint of ROCA is refused. The salt of PSS is as long as the hash, and MGF1 uses the same hash, in
//! what is signed and in what is taken.
//!
//! A key that is restricted to PSS (`id-RSASSA-PSS`, RFC 4055) serves PS256, PS384 and PS512, as far as its
//! parameters allow, and nothing else. Once made it is a key of its one algorithm, and is exported as
//! every RSA key is, without the restriction: hardly any reader of keys knows that form.

mod roca;
#[cfg(feature = "sign")]
mod signing;

use std::sync::Arc;

use rsa::signature::hazmat::PrehashVerifier as _;
use rsa::traits::PublicKeyParts as _;
use rsa::{BoxedUint, PublicKey, pkcs1v15, pss};
use sha2::digest::const_oid::AssociatedOid;
use sha2::digest::{Digest, FixedOutputReset};
use sha2::{Sha256, Sha384, Sha512};

use super::{Algorithm, Public, Scheme, Verifying};
use crate::engine::VerifyEngine;
use crate::error::{Error, ErrorKind};

#[cfg(feature = "sign")]
pub(super) use signing::{generate, signing};

/// RFC 7518 section 3.3 sets the lower bound; the upper one bounds the work of a verification. Bits.
const BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// The largest exponent that is taken, 2^33 - 1, which bounds the work of a verification too.
const MAX_E: [u8; 5] = [1, 0xFF, 0xFF, 0xFF, 0xFF];

struct Pkcs1v15<D: Digest>(pkcs1v15::VerifyingKey<D>);

impl<D: Digest + Send + Sync + 'static> VerifyEngine for Pkcs1v15<D> {
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        // RFC 8017 section 8.2.2 step 1, as long as the modulus, is the library's first step.
        pkcs1v15::Signature::try_from(signature)
            .is_ok_and(|signature| self.0.verify_prehash(&D::digest(message), &signature).is_ok())
    }
}

struct Pss<D: Digest>(pss::VerifyingKey<D>);

impl<D: Digest + FixedOutputReset + Send + Sync + 'static> VerifyEngine for Pss<D> {
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        pss::Signature::try_from(signature)
            .is_ok_and(|signature| self.0.verify_prehash(&D::digest(message), &signature).is_ok())
    }
}

fn pkcs1v15<D: Digest + AssociatedOid + Send + Sync + 'static>(key: PublicKey) -> Arc<dyn VerifyEngine> {
    Arc::new(Pkcs1v15(pkcs1v15::VerifyingKey::<D>::new(key)))
}

fn pss<D: Digest + FixedOutputReset + Send + Sync + 'static>(key: PublicKey) -> Arc<dyn VerifyEngine> {
    Arc::new(Pss(pss::VerifyingKey::<D>::new(key)))
}

/// Integers without leading zeros.
pub(super) fn verifying(algorithm: Algorithm, n: &[u8], e: &[u8]) -> Result<Verifying, Error> {
    judge(n, e)?;
    let key = PublicKey::new(uint(n)?, uint(e)?).map_err(malformed)?;
    let signature_len = key.size();
    let engine = match algorithm {
        Algorithm::RS384 => pkcs1v15::<Sha384>(key),
        Algorithm::RS512 => pkcs1v15::<Sha512>(key),
        Algorithm::PS256 => pss::<Sha256>(key),
        Algorithm::PS384 => pss::<Sha384>(key),
        Algorithm::PS512 => pss::<Sha512>(key),
        Algorithm::RS256 => pkcs1v15::<Sha256>(key),
        _ => return Err(no_rsa_algorithm(algorithm)),
    };
    let public = Public::Rsa { n: n.to_vec(), e: e.to_vec(), scheme: Scheme::Any };
    Ok(Verifying { signature_len, public: Some(public), engine })
}

fn judge(n: &[u8], e: &[u8]) -> Result<(), Error> {
    let unused = n.first().map_or(0, |first| first.leading_zeros());
    let bits = n.len().saturating_mul(8).saturating_sub(unused as usize);
    if !BITS.contains(&bits) {
        let note = format!("an RSA modulus must have 2048 to 8192 bits, found {bits}");
        return Err(Error::noted(ErrorKind::InvalidKey, note));
    }
    if n.last().is_none_or(|last| last % 2 == 0) {
        return Err(Error::noted(ErrorKind::InvalidKey, "an RSA modulus must be odd"));
    }
    let odd = e.last().is_some_and(|last| last % 2 == 1);
    // Without leading zeros, the longer of two is the larger.
    let large = (e.len(), e) > (MAX_E.len(), &MAX_E);
    if !odd || e == [1] || large {
        return Err(Error::noted(
            ErrorKind::InvalidKey,
            "an RSA exponent must be odd, at least 3 and less than 2^33",
        ));
    }
    if roca::has_fingerprint(n) { Err(ErrorKind::VulnerableKey.into()) } else { Ok(()) }
}

/// `registry` gives no other algorithms to this module.
fn no_rsa_algorithm(algorithm: Algorithm) -> Error {
    Error::noted(ErrorKind::InvalidKey, format!("{} is not an algorithm of RSA keys", algorithm.name()))
}

fn uint(bytes: &[u8]) -> Result<BoxedUint, Error> {
    let bits = u32::try_from(bytes.len().saturating_mul(8)).map_err(malformed)?;
    BoxedUint::from_be_slice(bytes, bits).map_err(malformed)
}

fn malformed(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::caused(ErrorKind::InvalidKey, error)
}
