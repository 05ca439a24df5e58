//! ECDSA on P-256, P-384, P-521 and secp256k1 (RFC 7518 section 3.4, RFC 8812 section 3).
//!
//! A signature is `r` and `s` side by side, each as long as the field, both from 1 to the order of the
//! curve less one; DER is not taken. Both halves of `s` are: who can change `s` into its negative changes
//! the token's text, and nothing that this project keys by that text.
//!
//! Points are judged once, when a key is made: on the curve, its coordinates below the prime, and not the
//! point at infinity. All four curves have cofactor 1, so no point of small order is left.

#[cfg(feature = "sign")]
mod signing;

use std::sync::Arc;

use ecdsa::elliptic_curve::sec1::{FromSec1Point, ModulusSize, ToSec1Point};
use ecdsa::elliptic_curve::subtle::CtOption;
use ecdsa::elliptic_curve::{CurveArithmetic, Scalar, ops::Invert};
use ecdsa::signature::hazmat::PrehashVerifier as _;
use ecdsa::{DigestAlgorithm, EcdsaCurve, Signature, VerifyingKey};
use k256::Secp256k1;
use p256::NistP256;
use p384::NistP384;
use p521::NistP521;
use sha2::digest::Digest as _;

use super::{Curve, Public, Verifying};
use crate::engine::VerifyEngine;
use crate::error::{Error, ErrorKind};

#[cfg(feature = "sign")]
pub(super) use signing::{generate, signing};

/// What is asked of a curve's arithmetic, under one name.
trait Arithmetic:
    EcdsaCurve
    + DigestAlgorithm
    + CurveArithmetic<
        AffinePoint: FromSec1Point<Self> + ToSec1Point<Self>,
        Scalar: Invert<Output = CtOption<Scalar<Self>>>,
    > + ecdsa::elliptic_curve::Curve<FieldBytesSize: ModulusSize>
{
    const CURVE: Curve;
}

impl Arithmetic for NistP256 {
    const CURVE: Curve = Curve::P256;
}

impl Arithmetic for NistP384 {
    const CURVE: Curve = Curve::P384;
}

impl Arithmetic for NistP521 {
    const CURVE: Curve = Curve::P521;
}

impl Arithmetic for Secp256k1 {
    const CURVE: Curve = Curve::Secp256k1;
}

/// Runs a function that is generic over the arithmetic with that of a curve.
macro_rules! on {
    ($curve:expr, $function:ident($($argument:expr),*)) => {
        match $curve {
            Curve::P256 => $function::<NistP256>($($argument),*),
            Curve::P384 => $function::<NistP384>($($argument),*),
            Curve::P521 => $function::<NistP521>($($argument),*),
            Curve::Secp256k1 => $function::<Secp256k1>($($argument),*),
        }
    };
}
#[cfg(feature = "sign")]
use on;

struct Key<C: Arithmetic>(VerifyingKey<C>);

impl<C: Arithmetic> VerifyEngine for Key<C> {
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        // The length, and both integers from 1 to n - 1.
        let Ok(signature) = Signature::<C>::from_slice(signature) else { return false };
        // Where the library takes low `s` only, as on secp256k1, the other half is brought there.
        let signature = if C::NORMALIZE_S { signature.normalize_s() } else { signature };
        self.0.verify_prehash(&C::Digest::digest(message), &signature).is_ok()
    }
}

/// A point in SEC 1 form, compressed or not.
pub(super) fn verifying(curve: Curve, point: &[u8]) -> Result<Verifying, Error> {
    on!(curve, prepare(point))
}

fn prepare<C: Arithmetic>(point: &[u8]) -> Result<Verifying, Error> {
    let refused = |what: &str| {
        let note = format!("the point is not {what} {}", C::CURVE.name());
        Error::noted(ErrorKind::InvalidKey, note)
    };
    // SEC 1 section 2.3.3. The library knows other forms too, which RFC 5480 section 2.2 does not.
    let coordinates = match point.first() {
        Some(2 | 3) => 1,
        Some(4) => 2,
        _ => return Err(refused("an encoded point of")),
    };
    let length = C::CURVE.field_len().saturating_mul(coordinates).saturating_add(1);
    if point.len() != length {
        return Err(refused("as long as one of"));
    }
    let key = VerifyingKey::<C>::from_sec1_bytes(point).map_err(|_| refused("on"))?;
    Ok(verifying_of(key))
}

fn verifying_of<C: Arithmetic>(key: VerifyingKey<C>) -> Verifying {
    let point = key.to_sec1_point(false).as_bytes().to_vec();
    Verifying {
        signature_len: C::CURVE.field_len().saturating_mul(2),
        public: Some(Public::Ec { curve: C::CURVE, point }),
        engine: Arc::new(Key(key)),
    }
}
