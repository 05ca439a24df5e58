//! Ed25519 with a table for each key: `R = [S]B - [k]A` (RFC 8032 section 5.1.7) without a doubling.
//!
//! Accepts what the plain way accepts: the key is canonical and not of small order, which
//! `algorithm::ed25519` has checked; `S` is below the group order; and `R` is compared as bytes with the
//! canonical encoding of the point that it must be. No cofactor is multiplied in.

use std::sync::{Arc, LazyLock};

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::traits::Identity as _;
use curve25519_dalek::{EdwardsPoint, Scalar};
use ed25519_dalek::VerifyingKey;
use sha2::{Digest as _, Sha512};

use super::table::{Table, Windows};
use crate::engine::VerifyEngine;

/// Scalars are below the group order, which is below 2^253 (RFC 8032 section 5.1).
const BITS: u32 = 253;
/// 1346 points of 160 bytes: 210 KiB for each key.
const KEY_WINDOWS: Windows = Windows { bits: BITS, width: 6 };
/// 4000 points of 160 bytes: 625 KiB for the process.
const BASE_WINDOWS: Windows = Windows { bits: BITS, width: 8 };

/// Multiples of the base point B, a constant that all keys share; built with the first prepared key.
static BASE: LazyLock<Table<EdwardsPoint>> = LazyLock::new(|| table(ED25519_BASEPOINT_POINT, BASE_WINDOWS));

struct Key {
    encoded: [u8; 32],
    /// Multiples of -A.
    negated: Table<EdwardsPoint>,
}

impl VerifyEngine for Key {
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.expected_r(message, signature).is_some_and(|(expected, found)| expected == found)
    }
}

impl Key {
    /// The encoding of `R` that fits the rest of the signature, and the one that the signature has.
    fn expected_r(&self, message: &[u8], signature: &[u8]) -> Option<([u8; 32], [u8; 32])> {
        let (r, s) = signature.split_first_chunk::<32>()?;
        let s = Option::<Scalar>::from(Scalar::from_canonical_bytes(s.try_into().ok()?))?;
        let hash = Sha512::new().chain_update(r).chain_update(self.encoded).chain_update(message).finalize();
        let k = Scalar::from_bytes_mod_order_wide(&hash.into());
        let mut point = EdwardsPoint::identity();
        BASE.add_multiple(&mut point, s.as_bytes())?;
        self.negated.add_multiple(&mut point, k.as_bytes())?;
        Some((point.compress().to_bytes(), *r))
    }
}

/// `point` is a key's that has been judged.
pub(super) fn engine(point: &[u8]) -> Option<Arc<dyn VerifyEngine>> {
    let key = VerifyingKey::from_bytes(point.try_into().ok()?).ok()?;
    LazyLock::force(&BASE);
    let negated = table(-key.to_edwards(), KEY_WINDOWS);
    Some(Arc::new(Key { encoded: key.to_bytes(), negated }))
}

fn table(point: EdwardsPoint, windows: Windows) -> Table<EdwardsPoint> {
    Table::new(point, windows, |multiples| multiples)
}
