//! Ed25519: `[S]B - [k]A` from a table of the base point B and one of the key's point A (RFC 8032 section 5.1.7).
//!
//! A prepared key takes 215 KiB. The table of B, 640 KiB, is built with the first prepared key and serves all.

use std::sync::LazyLock;

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::Identity as _;
use ed25519_dalek::VerifyingKey;
use sha2::{Digest as _, Sha512};

use super::windows::{Term, Windows, multiples};
use crate::engine::VerifyEngine;

/// The group order is below `2^253`.
const SCALAR_BITS: u32 = 253;
/// 43 additions for each signature.
const KEY_WIDTH: u32 = 6;
/// 32 additions for each signature.
const BASE_WIDTH: u32 = 8;

static BASE: LazyLock<Windows<EdwardsPoint>> = LazyLock::new(|| table(ED25519_BASEPOINT_POINT, BASE_WIDTH));

fn table(point: EdwardsPoint, width: u32) -> Windows<EdwardsPoint> {
    Windows::new(width, multiples(point, width, SCALAR_BITS))
}

pub(in crate::algorithm) struct Prepared {
    encoded: [u8; 32],
    negative: Windows<EdwardsPoint>,
    base: &'static Windows<EdwardsPoint>,
}

impl Prepared {
    /// The key has been judged: canonical, and not of small order.
    pub(in crate::algorithm) fn new(key: &VerifyingKey) -> Self {
        let negative = table(-key.to_edwards(), KEY_WIDTH);
        Self { encoded: key.to_bytes(), negative, base: &BASE }
    }
}

impl VerifyEngine for Prepared {
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let Some((r, s)) = signature.split_first_chunk::<32>() else { return false };
        let Ok(s) = <[u8; 32]>::try_from(s) else { return false };
        // Below the group order. Otherwise S + L would be a second signature of the message.
        let Some(s) = Option::<Scalar>::from(Scalar::from_canonical_bytes(s)) else { return false };
        let hash = Sha512::new().chain_update(r).chain_update(self.encoded).chain_update(message).finalize();
        let k = Scalar::from_bytes_mod_order_wide(&hash.into());
        let sum = add(EdwardsPoint::identity(), self.base, &s);
        let sum = add(sum, &self.negative, &k);
        // As bytes, so that only R's canonical encoding fits, and without the cofactor.
        sum.compress().as_bytes() == r
    }
}

fn add(sum: EdwardsPoint, table: &Windows<EdwardsPoint>, scalar: &Scalar) -> EdwardsPoint {
    table.terms(scalar.as_bytes()).fold(sum, |sum, term| match term {
        Term::Plus(point) => sum + point,
        Term::Minus(point) => sum - point,
    })
}
