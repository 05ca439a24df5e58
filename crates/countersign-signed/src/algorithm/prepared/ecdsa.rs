//! ECDSA with a table for each key: `[z/s]G + [r/s]Q` (FIPS 186-5 section 6.4.2) without a doubling.
//!
//! Accepts what the plain way accepts: both integers from 1 to the order less one, which parsing checks, and
//! an `x` that is `r` modulo the order. The point at infinity has no `x`; the library gives zero for it, which
//! no `r` is. Tables hold affine points, because a mixed addition costs less than one of two projective points.

use std::sync::{Arc, LazyLock};

use ecdsa::elliptic_curve::ops::Reduce;
use ecdsa::elliptic_curve::point::AffineCoordinates as _;
use ecdsa::elliptic_curve::{BatchNormalize, PrimeField as _};
use ecdsa::{Signature, VerifyingKey};
use p256::{AffinePoint, FieldBytes, NistP256, ProjectivePoint, Scalar};
use sha2::{Digest as _, Sha256};

use super::table::{Table, Windows};
use crate::engine::VerifyEngine;

/// Scalars are below the group order, which is below 2^256.
const BITS: u32 = 256;
/// 1360 points of 72 bytes: 96 KiB for each key.
const KEY_WINDOWS: Windows = Windows { bits: BITS, width: 6 };
/// 4097 points of 72 bytes: 288 KiB for the process.
const BASE_WINDOWS: Windows = Windows { bits: BITS, width: 8 };

/// Multiples of the base point G, a constant that all keys share; built with the first prepared key.
static BASE: LazyLock<Table<AffinePoint>> = LazyLock::new(|| table(ProjectivePoint::GENERATOR, BASE_WINDOWS));

/// Multiples of the key's point Q.
struct P256(Table<AffinePoint>);

impl VerifyEngine for P256 {
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.fits(message, signature).unwrap_or(false)
    }
}

impl P256 {
    fn fits(&self, message: &[u8], signature: &[u8]) -> Option<bool> {
        let (r, s) = Signature::<NistP256>::from_slice(signature).ok()?.split_scalars();
        let z = reduced(&Sha256::digest(message));
        let inverse = Option::<Scalar>::from(s.invert_vartime())?;
        let mut point = ProjectivePoint::IDENTITY;
        BASE.add_multiple(&mut point, &little_endian(&(z * inverse)))?;
        self.0.add_multiple(&mut point, &little_endian(&(*r * inverse)))?;
        Some(reduced(&point.to_affine().x()) == *r)
    }
}

fn reduced(bytes: &FieldBytes) -> Scalar {
    <Scalar as Reduce<FieldBytes>>::reduce(bytes)
}

fn little_endian(scalar: &Scalar) -> FieldBytes {
    let mut bytes = scalar.to_repr();
    bytes.reverse();
    bytes
}

/// `point` is a key's that has been judged.
pub(super) fn p256(point: &[u8]) -> Option<Arc<dyn VerifyEngine>> {
    let key = VerifyingKey::<NistP256>::from_sec1_bytes(point).ok()?;
    LazyLock::force(&BASE);
    Some(Arc::new(P256(table(ProjectivePoint::from(*key.as_affine()), KEY_WINDOWS))))
}

fn table(point: ProjectivePoint, windows: Windows) -> Table<AffinePoint> {
    Table::new(point, windows, |multiples| {
        <ProjectivePoint as BatchNormalize<[ProjectivePoint]>>::batch_normalize(&multiples)
    })
}
