//! RSASSA-PSS over a prepared modulus (RFC 8017 section 9.1.2), with a salt as long as the hash and the same
//! hash in MGF1.

use std::marker::PhantomData;

use sha2::digest::{Digest, Output};

use super::Modulus;
use crate::engine::VerifyEngine;

pub(super) struct Pss<D> {
    modulus: Modulus,
    digest: PhantomData<fn() -> D>,
}

impl<D: Digest> Pss<D> {
    pub(super) fn new(modulus: Modulus) -> Self {
        Self { modulus, digest: PhantomData }
    }
}

impl<D: Digest + 'static> VerifyEngine for Pss<D> {
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let modulus_bits = self.modulus.params.modulus().as_ref().bit_width();
        self.modulus
            .opened(signature)
            .and_then(|opened| fits::<D>(message, &opened, modulus_bits.checked_sub(1)?))
            .unwrap_or(false)
    }
}

/// Whether the encoding of `bits` bits, with leading zeros as long as the modulus, fits the message.
/// Nothing where it is malformed.
fn fits<D: Digest>(message: &[u8], opened: &[u8], bits: u32) -> Option<bool> {
    let len = bits.div_ceil(8) as usize;
    // One byte shorter than the modulus where the modulus has 8k + 1 bits.
    let (leading, encoded) = opened.split_at_checked(opened.len().checked_sub(len)?)?;
    let hash_len = <D as Digest>::output_size();
    let (masked, end) = encoded.split_at_checked(len.checked_sub(hash_len)?.checked_sub(1)?)?;
    let (hash, trailer) = end.split_at_checked(hash_len)?;
    let unused = bits.next_multiple_of(8).checked_sub(bits)?;
    let used = 0xFF_u8.checked_shr(unused)?;
    if leading.iter().any(|byte| *byte != 0) || trailer != [0xBC] || masked.first()? & !used != 0 {
        return None;
    }
    let mut block = unmasked::<D>(masked, hash);
    *block.first_mut()? &= used;
    // Zeros, a one, and the salt.
    let (padding, salt) = block.split_at_checked(block.len().checked_sub(hash_len)?)?;
    let (separator, zeros) = padding.split_last()?;
    if *separator != 1 || zeros.iter().any(|byte| *byte != 0) {
        return None;
    }
    let message_hash = D::digest(message);
    let expected: Output<D> =
        D::new().chain_update([0; 8]).chain_update(message_hash).chain_update(salt).finalize();
    Some(expected.as_slice() == hash)
}

/// `masked` without the mask that MGF1 makes of `seed` (RFC 8017 appendix B.2.1).
fn unmasked<D: Digest>(masked: &[u8], seed: &[u8]) -> Vec<u8> {
    let mut block = masked.to_vec();
    for (counter, part) in (0_u32..).zip(block.chunks_mut(<D as Digest>::output_size())) {
        let mask = D::new().chain_update(seed).chain_update(counter.to_be_bytes()).finalize();
        part.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    }
    block
}
