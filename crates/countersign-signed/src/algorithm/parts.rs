//! What keys are made of, whatever format they come in and whatever algorithm they are for.
//!
//! The formats (DER, JWK, raw bytes) and the families of algorithms meet here and only here: a format
//! takes a key apart into these, a family judges them and makes a key of them. Nothing is judged yet but
//! the form.

use std::fmt;

#[cfg(feature = "sign")]
use zeroize::Zeroizing;

use super::Algorithm;

/// An elliptic curve over a prime field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
    Secp256k1,
}

impl Curve {
    pub(crate) const ALL: [Self; 4] = [Self::P256, Self::P384, Self::P521, Self::Secp256k1];

    /// The `crv` of a JWK (RFC 7518 section 6.2.1.1, RFC 8812 section 3.1).
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::Secp256k1 => "secp256k1",
        }
    }

    /// Bytes of a coordinate, and of a scalar.
    pub(crate) fn field_len(self) -> usize {
        match self {
            Self::P256 | Self::Secp256k1 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

/// What a key says that it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Secret,
    Rsa(Scheme),
    Ec(Curve),
    Ed25519,
    /// The algorithm is one of ML-DSA, whose keys are for one parameter set.
    MlDsa(Algorithm),
}

/// What an RSA key may be used for (RFC 4055 section 1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    Any,
    /// `id-RSASSA-PSS` without parameters.
    Pss,
    /// `id-RSASSA-PSS` with the parameters of this algorithm.
    PssAs(Algorithm),
}

/// As it stands in an error: an article and known words.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret => f.write_str("a secret"),
            Self::Rsa(Scheme::Any) => f.write_str("an RSA key"),
            Self::Rsa(Scheme::Pss) => f.write_str("an RSA key for PSS alone"),
            Self::Rsa(Scheme::PssAs(algorithm)) => write!(f, "an RSA key for {} alone", algorithm.name()),
            Self::Ec(curve) => write!(f, "an EC key on {}", curve.name()),
            Self::Ed25519 => f.write_str("an Ed25519 key"),
            Self::MlDsa(algorithm) => write!(f, "an {} key", algorithm.name()),
        }
    }
}

/// A public key, or the public half of a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Public {
    /// Integers without leading zeros.
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
        scheme: Scheme,
    },
    /// SEC 1 section 2.3.3: 2, 3 or 4, then one coordinate or both.
    Ec {
        curve: Curve,
        point: Vec<u8>,
    },
    Ed25519 {
        point: Vec<u8>,
    },
    MlDsa {
        algorithm: Algorithm,
        key: Vec<u8>,
    },
}

impl Public {
    pub(crate) fn kind(&self) -> Kind {
        match *self {
            Self::Rsa { scheme, .. } => Kind::Rsa(scheme),
            Self::Ec { curve, .. } => Kind::Ec(curve),
            Self::Ed25519 { .. } => Kind::Ed25519,
            Self::MlDsa { algorithm, .. } => Kind::MlDsa(algorithm),
        }
    }
}

/// Bytes that are overwritten with zeros when dropped.
#[cfg(feature = "sign")]
pub(crate) type Secret = Zeroizing<Vec<u8>>;

/// A private key or a secret, without the public half that may stand beside it.
#[cfg(feature = "sign")]
#[derive(Clone)]
pub(crate) enum Private {
    Secret(Secret),
    Rsa(RsaPrivate),
    /// Big-endian, as long as a coordinate.
    Ec {
        curve: Curve,
        scalar: Secret,
    },
    Ed25519 {
        seed: Secret,
    },
    MlDsa {
        algorithm: Algorithm,
        seed: Secret,
    },
}

/// Integers without leading zeros, named as in RFC 7518 section 6.3.
#[cfg(feature = "sign")]
#[derive(Clone)]
pub(crate) struct RsaPrivate {
    pub(crate) scheme: Scheme,
    pub(crate) n: Vec<u8>,
    pub(crate) e: Vec<u8>,
    pub(crate) d: Secret,
    /// All or none may be left out of a JWK.
    pub(crate) crt: Option<RsaCrt>,
}

#[cfg(feature = "sign")]
#[derive(Clone)]
pub(crate) struct RsaCrt {
    pub(crate) p: Secret,
    pub(crate) q: Secret,
    pub(crate) dp: Secret,
    pub(crate) dq: Secret,
    pub(crate) qi: Secret,
}

#[cfg(feature = "sign")]
impl Private {
    pub(crate) fn kind(&self) -> Kind {
        match *self {
            Self::Secret(_) => Kind::Secret,
            Self::Rsa(RsaPrivate { scheme, .. }) => Kind::Rsa(scheme),
            Self::Ec { curve, .. } => Kind::Ec(curve),
            Self::Ed25519 { .. } => Kind::Ed25519,
            Self::MlDsa { algorithm, .. } => Kind::MlDsa(algorithm),
        }
    }
}

/// What a format holds: the private key, and public keys that claim to belong to it.
#[cfg(feature = "sign")]
pub(crate) struct Pair {
    pub(crate) private: Private,
    pub(crate) claimed: Vec<Public>,
}
