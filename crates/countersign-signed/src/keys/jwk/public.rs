//! The public members of each kind of key (RFC 7518 section 6, RFC 8037 section 2, RFC 9964 section 3).

use super::members::{Jwk, invalid};
use crate::algorithm::{Kind, Public, Scheme};
use crate::base64url::encode;
use crate::error::Error;

pub(super) fn read(jwk: &Jwk<'_>, kind: Kind) -> Result<Public, Error> {
    match kind {
        Kind::Rsa(_) => Ok(Public::Rsa {
            n: jwk.integer("n")?.to_vec(),
            e: jwk.integer("e")?.to_vec(),
            scheme: Scheme::Any,
        }),
        Kind::Ec(curve) => {
            let mut point = vec![4];
            for coordinate in ["x", "y"] {
                point.extend_from_slice(&jwk.sized(coordinate, curve.field_len())?);
            }
            Ok(Public::Ec { curve, point })
        }
        Kind::Ed25519 => Ok(Public::Ed25519 { point: jwk.sized("x", 32)?.to_vec() }),
        Kind::MlDsa(algorithm) => Ok(Public::MlDsa { algorithm, key: jwk.bytes("pub")?.to_vec() }),
        Kind::Secret => Err(invalid("expected a public key, found a secret")),
    }
}

/// The members that identify a key, in the order of their names.
pub(super) fn members(public: &Public) -> Vec<(&'static str, String)> {
    match public {
        Public::Rsa { n, e, .. } => vec![("e", encode(e)), ("kty", "RSA".into()), ("n", encode(n))],
        Public::Ec { curve, point } => {
            // Uncompressed, as `algorithm::ecdsa` leaves it.
            let coordinates = point.get(1..).unwrap_or_default();
            let (x, y) = coordinates.split_at_checked(curve.field_len()).unwrap_or_default();
            vec![("crv", curve.name().into()), ("kty", "EC".into()), ("x", encode(x)), ("y", encode(y))]
        }
        Public::Ed25519 { point } => {
            vec![("crv", "Ed25519".into()), ("kty", "OKP".into()), ("x", encode(point))]
        }
        Public::MlDsa { algorithm, key } => {
            vec![("alg", algorithm.name().into()), ("kty", "AKP".into()), ("pub", encode(key))]
        }
    }
}

/// What an RFC 7638 thumbprint is the hash of (section 3.2; RFC 8037 section 2, RFC 9964 section 6).
pub(in crate::keys) fn thumbprint_input(public: &Public) -> String {
    // None of the values has a character that JSON escapes.
    let members = members(public).into_iter().map(|(name, value)| format!(r#""{name}":"{value}""#));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}
