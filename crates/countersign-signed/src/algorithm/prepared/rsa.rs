//! RSASSA-PKCS1-v1_5 with the exponent 65537: 16 squarings and a multiplication in Montgomery form (RFC 8017 section
//! 8.2.2).
//!
//! The Montgomery parameters are computed once per key and take 1 KiB for 2048 bits. Moduli of 256, 384 and 512 bytes
//! are prepared; other sizes and other exponents stay plain.

use std::marker::PhantomData;
use std::sync::Arc;

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Limb, Odd, U2048, U3072, U4096, Uint};
use sha2::digest::Digest;
use sha2::digest::const_oid::AssociatedOid;

use crate::engine::VerifyEngine;

struct Prepared<D, const LIMBS: usize> {
    params: FixedMontyParams<LIMBS>,
    hash: PhantomData<fn() -> D>,
}

/// An engine for this modulus, which has been judged, and the exponent 65537; nothing for sizes that are not prepared.
pub(in crate::algorithm) fn pkcs1v15<D: Digest + AssociatedOid + 'static>(
    n: &[u8],
) -> Option<Arc<dyn VerifyEngine>> {
    sized::<D, { U2048::LIMBS }>(n)
        .or_else(|| sized::<D, { U3072::LIMBS }>(n))
        .or_else(|| sized::<D, { U4096::LIMBS }>(n))
}

fn sized<D: Digest + AssociatedOid + 'static, const LIMBS: usize>(n: &[u8]) -> Option<Arc<dyn VerifyEngine>> {
    let modulus = Option::<Odd<_>>::from(Odd::new(integer::<LIMBS>(n)?))?;
    let params = FixedMontyParams::new_vartime(modulus);
    Some(Arc::new(Prepared::<D, LIMBS> { params, hash: PhantomData }))
}

fn integer<const LIMBS: usize>(bytes: &[u8]) -> Option<Uint<LIMBS>> {
    (bytes.len() == Limb::BYTES.saturating_mul(LIMBS)).then(|| Uint::from_be_slice(bytes))
}

impl<D: Digest + AssociatedOid + 'static, const LIMBS: usize> VerifyEngine for Prepared<D, LIMBS> {
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let Some(signature_integer) = integer::<LIMBS>(signature) else { return false };
        if signature_integer >= *self.params.modulus().as_ref() {
            return false;
        }
        let root = FixedMontyForm::new(&signature_integer, &self.params);
        let raised = (0..16).fold(root, |power, _| power.square()).mul(&root).retrieve();
        // The one right encoding, compared whole: no parser that could skip bytes.
        encoding::<D>(message, signature.len())
            .and_then(|right| integer::<LIMBS>(&right))
            .is_some_and(|right| raised == right)
    }
}

/// EMSA-PKCS1-v1_5 (RFC 8017 section 9.2): `00 01 FF.. 00`, then the DER of `DigestInfo`, `length` bytes in all.
fn encoding<D: Digest + AssociatedOid>(message: &[u8], length: usize) -> Option<Vec<u8>> {
    let (oid, hash) = (D::OID.as_bytes(), D::digest(message));
    let (oid_len, hash_len) = (u8::try_from(oid.len()).ok()?, u8::try_from(hash.len()).ok()?);
    let algorithm_len = oid_len.checked_add(4)?;
    let info_len = algorithm_len.checked_add(hash_len)?.checked_add(4)?;
    let info_head = [0x30, info_len, 0x30, algorithm_len, 6, oid_len];
    let tail_len = usize::from(info_len).checked_add(2)?;
    let padding = length.checked_sub(tail_len)?.checked_sub(3)?;
    let mut encoded = Vec::with_capacity(length);
    encoded.extend([0, 1]);
    encoded.resize(padding.checked_add(2)?, 0xFF);
    encoded.push(0);
    encoded.extend(info_head);
    encoded.extend(oid);
    encoded.extend([5, 0, 4, hash_len]);
    encoded.extend(hash);
    Some(encoded)
}
