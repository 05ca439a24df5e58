//! ECDSA: `[z/s]G + [r/s]Q` by mixed additions from a table of the generator G and one of the key's point Q (FIPS
//! 186-5 section 6.4.2).
//!
//! A prepared key of P-256 takes about 97 KiB. The table of G, about 300 KiB, is built with the first prepared key of
//! a curve and serves all its keys.

use ecdsa::elliptic_curve::group::{Curve as _, Group as _};
use ecdsa::elliptic_curve::ops::{Invert as _, Reduce};
use ecdsa::elliptic_curve::point::AffineCoordinates as _;
use ecdsa::elliptic_curve::{
    AffinePoint, BatchNormalize, CurveArithmetic, FieldBytes, PrimeField as _, ProjectivePoint, Scalar,
};
use ecdsa::{DigestAlgorithm, EcdsaCurve, Signature};
use sha2::digest::Digest as _;

use super::windows::{Term, Windows, multiples};
use crate::engine::VerifyEngine;

const KEY_WIDTH: u32 = 6;
const GENERATOR_WIDTH: u32 = 8;

/// A curve with a table of its generator, one for the process. The order of the curve, its prime and its hash are
/// equally long, so that neither the hash nor a coordinate is cut before it is reduced.
pub(in crate::algorithm) trait Prepare: EcdsaCurve
    + DigestAlgorithm
    + CurveArithmetic<ProjectivePoint: BatchNormalize<[ProjectivePoint<Self>], Output = Vec<AffinePoint<Self>>>>
{
    fn generator() -> &'static Windows<AffinePoint<Self>>;
}

macro_rules! prepare {
    ($($curve:ty),*) => {$(
        impl Prepare for $curve {
            fn generator() -> &'static Windows<AffinePoint<Self>> {
                static TABLE: std::sync::LazyLock<Windows<AffinePoint<$curve>>> =
                    std::sync::LazyLock::new(|| {
                        table::<$curve>(ProjectivePoint::<$curve>::generator(), GENERATOR_WIDTH)
                    });
                &TABLE
            }
        }
    )*};
}

prepare!(p256::NistP256, p384::NistP384, k256::Secp256k1);

fn table<C: Prepare>(point: ProjectivePoint<C>, width: u32) -> Windows<AffinePoint<C>> {
    let multiples = multiples(point, width, Scalar::<C>::NUM_BITS);
    Windows::new(width, <ProjectivePoint<C> as BatchNormalize<[_]>>::batch_normalize(multiples.as_slice()))
}

pub(in crate::algorithm) struct Prepared<C: Prepare> {
    key: Windows<AffinePoint<C>>,
    generator: &'static Windows<AffinePoint<C>>,
}

impl<C: Prepare> Prepared<C> {
    /// The point is on the curve and not the one at infinity.
    pub(in crate::algorithm) fn new(point: &AffinePoint<C>) -> Self {
        Self { key: table::<C>((*point).into(), KEY_WIDTH), generator: C::generator() }
    }
}

impl<C: Prepare> VerifyEngine for Prepared<C> {
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        // The length, and both integers from 1 to n - 1.
        let Ok(signature) = Signature::<C>::from_slice(signature) else { return false };
        let Some(z) = reduced::<C>(&C::Digest::digest(message)) else { return false };
        let (r, s) = signature.split_scalars();
        let inverse = *s.invert_vartime();
        let sum = add::<C>(ProjectivePoint::<C>::identity(), self.generator, z * inverse);
        let sum = add::<C>(sum, &self.key, *r * inverse);
        // The point at infinity has no x, and the library would give one.
        if bool::from(sum.is_identity()) {
            return false;
        }
        reduced::<C>(&sum.to_affine().x()).is_some_and(|x| x == *r)
    }
}

/// A big-endian integer modulo the order; nothing if it is not as long as the order.
fn reduced<C: Prepare>(bytes: &[u8]) -> Option<Scalar<C>> {
    let bytes = FieldBytes::<C>::try_from(bytes).ok()?;
    Some(<Scalar<C> as Reduce<FieldBytes<C>>>::reduce(&bytes))
}

fn add<C: Prepare>(
    sum: ProjectivePoint<C>,
    table: &Windows<AffinePoint<C>>,
    scalar: Scalar<C>,
) -> ProjectivePoint<C> {
    let mut bytes = scalar.to_repr();
    bytes.reverse();
    table.terms(&bytes).fold(sum, |sum, term| match term {
        Term::Plus(point) => sum + point,
        Term::Minus(point) => sum - point,
    })
}
