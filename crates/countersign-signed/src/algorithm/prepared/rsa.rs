//! RSA with the exponent 65537, which nearly all keys have: 16 squarings and one multiplication in
//! Montgomery form, which is prepared for each key. The plain way takes every exponent up to 2^33 - 1.
//!
//! Accepts what the plain way accepts (RFC 8017 sections 8.1.2 and 8.2.2): a signature below the modulus,
//! and for PKCS#1 v1.5 the one encoding of the hash, compared whole, so that nothing is parsed.

mod pss;

use std::marker::PhantomData;
use std::sync::Arc;

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd};
use sha2::digest::const_oid::AssociatedOid;
use sha2::digest::{Digest, Output};
use sha2::{Sha256, Sha384, Sha512};

use crate::algorithm::Algorithm;
use crate::engine::VerifyEngine;
use pss::Pss;

/// 65537, big-endian.
const EXPONENT: [u8; 3] = [1, 0, 1];

/// The prepared modulus.
struct Modulus {
    params: BoxedMontyParams,
    /// Bytes.
    len: usize,
}

impl Modulus {
    fn new(n: &[u8]) -> Option<Self> {
        let bits = u32::try_from(n.len()).ok()?.checked_mul(8)?;
        let n_odd = Option::<Odd<_>>::from(Odd::new(BoxedUint::from_be_slice(n, bits).ok()?))?;
        Some(Self { params: BoxedMontyParams::new_vartime(n_odd), len: n.len() })
    }

    /// What was signed: the signature to the power of 65537, as long as the modulus (RFC 8017 section 5.2.2).
    fn opened(&self, signature: &[u8]) -> Option<Vec<u8>> {
        if signature.len() != self.len {
            return None;
        }
        let modulus = self.params.modulus().as_ref();
        let integer = BoxedUint::from_be_slice(signature, modulus.bits_precision()).ok()?;
        if integer >= *modulus {
            return None;
        }
        let base = BoxedMontyForm::new(integer, &self.params);
        let mut power = base.square();
        for _ in 1..16 {
            power = power.square();
        }
        let bytes = power.mul(&base).retrieve().to_be_bytes();
        // Whole limbs; the bytes before the modulus's length are zero, because the power is below it.
        let start = bytes.len().checked_sub(self.len)?;
        bytes.get(start..).map(<[u8]>::to_vec)
    }
}

struct Pkcs1v15<D> {
    modulus: Modulus,
    /// Everything that stands before the hash (RFC 8017 section 9.2).
    frame: Vec<u8>,
    digest: PhantomData<fn() -> D>,
}

impl<D: Digest + AssociatedOid> Pkcs1v15<D> {
    fn new(modulus: Modulus) -> Option<Self> {
        let frame = frame(D::OID.as_bytes(), <D as Digest>::output_size(), modulus.len)?;
        Some(Self { modulus, frame, digest: PhantomData })
    }
}

impl<D: Digest + 'static> VerifyEngine for Pkcs1v15<D> {
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let Some(opened) = self.modulus.opened(signature) else { return false };
        let hash: Output<D> = D::digest(message);
        opened.strip_prefix(self.frame.as_slice()) == Some(hash.as_slice())
    }
}

/// `00 01 FF .. FF 00`, then the DER of DigestInfo up to the hash, whose parameters are NULL.
fn frame(oid: &[u8], hash_len: usize, len: usize) -> Option<Vec<u8>> {
    let byte = |len: usize| u8::try_from(len).ok();
    let inner = oid.len().checked_add(4)?;
    let outer = inner.checked_add(4)?.checked_add(hash_len)?;
    let mut info = vec![0x30, byte(outer)?, 0x30, byte(inner)?, 0x06, byte(oid.len())?];
    info.extend_from_slice(oid);
    info.extend_from_slice(&[0x05, 0x00, 0x04, byte(hash_len)?]);
    let padding = len.checked_sub(info.len())?.checked_sub(hash_len)?.checked_sub(3)?;
    let mut frame = vec![0, 1];
    frame.resize(padding.checked_add(2)?, 0xFF);
    frame.push(0);
    frame.append(&mut info);
    Some(frame)
}

fn pkcs1v15<D: Digest + AssociatedOid + 'static>(modulus: Modulus) -> Option<Arc<dyn VerifyEngine>> {
    Some(Arc::new(Pkcs1v15::<D>::new(modulus)?))
}

fn pss<D: Digest + 'static>(modulus: Modulus) -> Option<Arc<dyn VerifyEngine>> {
    Some(Arc::new(Pss::<D>::new(modulus)))
}

/// Nothing for other exponents. `n` and `e` are a key's that has been judged.
pub(super) fn engine(algorithm: Algorithm, n: &[u8], e: &[u8]) -> Option<Arc<dyn VerifyEngine>> {
    if e != EXPONENT {
        return None;
    }
    let modulus = Modulus::new(n)?;
    match algorithm {
        Algorithm::RS256 => pkcs1v15::<Sha256>(modulus),
        Algorithm::RS384 => pkcs1v15::<Sha384>(modulus),
        Algorithm::RS512 => pkcs1v15::<Sha512>(modulus),
        Algorithm::PS256 => pss::<Sha256>(modulus),
        Algorithm::PS384 => pss::<Sha384>(modulus),
        Algorithm::PS512 => pss::<Sha512>(modulus),
        _ => None,
    }
}
