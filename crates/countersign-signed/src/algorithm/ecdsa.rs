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

#[cfg(feature = "sign")]
#[cfg(test)]
mod tests {
    use crate::{Algorithm, SigningKey, VerifyingKey, base64url};

    /// SP 800-186 section 3.2.1 and SEC 2 section 2.4.1.
    const ORDERS: [(Algorithm, &str); 4] = [
        (Algorithm::ES256, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
        (
            Algorithm::ES384,
            "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
        ),
        (
            Algorithm::ES512,
            "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa\
             51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
        ),
        (Algorithm::ES256K, "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"),
    ];

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    /// A key, a message, and its signature.
    fn signed(algorithm: Algorithm) -> (VerifyingKey, &'static [u8], Vec<u8>) {
        let (key, message) = (SigningKey::generate(algorithm).unwrap(), b"message");
        let mut token = message.to_vec();
        key.sign(&mut token).unwrap();
        let text = String::from_utf8(token[message.len() + 1..].to_vec()).unwrap();
        (key.verifying_key(), message, base64url::decode(text.as_bytes()).unwrap())
    }

    /// CVE-2022-21449.
    #[test]
    fn r_and_s_are_from_1_to_the_order_less_1() {
        for (algorithm, order) in ORDERS {
            let order = bytes(order);
            let (zero, highest) = (vec![0; order.len()], vec![0xFF; order.len()]);
            let (key, message, signature) = signed(algorithm);
            assert!(key.verify(message, &signature));
            let (r, s) = signature.split_at(order.len());
            for wrong in [&zero, &order, &highest] {
                for sides in [[wrong, s], [r, wrong], [wrong, wrong], [&zero, wrong]] {
                    assert!(!key.verify(message, &sides.concat()), "{algorithm:?} {sides:?}");
                }
            }
        }
    }

    /// X.690 sections 8.3 and 8.9: what most libraries for X.509 make.
    #[test]
    fn a_signature_in_der_is_refused() {
        let integer = |side: &[u8]| {
            let zeros = side.iter().take_while(|byte| **byte == 0).count();
            let sign = (side[zeros] >= 0x80).then_some(0);
            let magnitude: Vec<u8> = sign.into_iter().chain(side[zeros..].iter().copied()).collect();
            [&[2, u8::try_from(magnitude.len()).unwrap()], &magnitude[..]].concat()
        };
        let (key, message, signature) = signed(Algorithm::ES256);
        let (r, s) = signature.split_at(32);
        let sides = [integer(r), integer(s)].concat();
        let der = [&[0x30, u8::try_from(sides.len()).unwrap()], &sides[..]].concat();
        assert!(!key.verify(message, &der));
    }
}
