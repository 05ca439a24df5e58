//! The signature algorithms (RFC 7518 section 3.1, RFC 8037 section 3.1, RFC 8812 section 3.2, RFC 9864,
//! RFC 9964).
//!
//! A closed set: a header's `alg` either names one of these, exactly and in this case, or the token is
//! refused. There is no value for `none`, so none can be asked for. A family of algorithms is a file or
//! folder here, which takes the parts of a key and gives engines; `registry` alone knows all families,
//! and which of them this build has.

#[cfg(feature = "ecdsa")]
mod ecdsa;
#[cfg(feature = "ed25519")]
mod ed25519;
#[cfg(feature = "hmac")]
mod hmac;
#[cfg(feature = "ml-dsa")]
mod ml_dsa;
mod parts;
mod prepared;
mod registry;
#[cfg(feature = "rsa")]
mod rsa;

pub(crate) use parts::{Curve, Kind, Public, Scheme};
#[cfg(feature = "sign")]
pub(crate) use parts::{Pair, Private, RsaCrt, RsaPrivate, Secret};
pub(crate) use prepared::engine as prepared;
#[cfg(feature = "sign")]
pub(crate) use registry::{Sign, append, generate, generate_rsa, signing};
pub(crate) use registry::{Verifying, secret, verifying};

use crate::error::{Error, ErrorKind};

/// A signature algorithm. A key has exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC with SHA-256: one secret signs and verifies. RFC 7518 section 3.2.
    HS256,
    /// HMAC with SHA-384. RFC 7518 section 3.2.
    HS384,
    /// HMAC with SHA-512. RFC 7518 section 3.2.
    HS512,
    /// RSASSA-PKCS1-v1_5 with SHA-256. RFC 7518 section 3.3.
    RS256,
    /// RSASSA-PKCS1-v1_5 with SHA-384. RFC 7518 section 3.3.
    RS384,
    /// RSASSA-PKCS1-v1_5 with SHA-512. RFC 7518 section 3.3.
    RS512,
    /// RSASSA-PSS with SHA-256, and a salt as long as the hash. RFC 7518 section 3.5.
    PS256,
    /// RSASSA-PSS with SHA-384, and a salt as long as the hash. RFC 7518 section 3.5.
    PS384,
    /// RSASSA-PSS with SHA-512, and a salt as long as the hash. RFC 7518 section 3.5.
    PS512,
    /// ECDSA on P-256 with SHA-256. RFC 7518 section 3.4.
    ES256,
    /// ECDSA on P-384 with SHA-384. RFC 7518 section 3.4.
    ES384,
    /// ECDSA on P-521 with SHA-512. RFC 7518 section 3.4.
    ES512,
    /// ECDSA on secp256k1 with SHA-256. RFC 8812 section 3.2.
    ES256K,
    /// Ed25519. RFC 8037 section 3.1; tokens that name it `Ed25519` (RFC 9864 section 2.2) are taken too.
    EdDSA,
    /// ML-DSA-44 (FIPS 204), of the smallest parameters. RFC 9964.
    MLDSA44,
    /// ML-DSA-65 (FIPS 204). RFC 9964.
    MLDSA65,
    /// ML-DSA-87 (FIPS 204), of the largest parameters. RFC 9964.
    MLDSA87,
}

impl Algorithm {
    /// All of them, whether this build has them or not.
    pub const ALL: &[Self] = &[
        Self::HS256,
        Self::HS384,
        Self::HS512,
        Self::RS256,
        Self::RS384,
        Self::RS512,
        Self::PS256,
        Self::PS384,
        Self::PS512,
        Self::ES256,
        Self::ES384,
        Self::ES512,
        Self::ES256K,
        Self::EdDSA,
        Self::MLDSA44,
        Self::MLDSA65,
        Self::MLDSA87,
    ];

    /// The name that goes into the header's `alg`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::HS256 => "HS256",
            Self::HS384 => "HS384",
            Self::HS512 => "HS512",
            Self::RS256 => "RS256",
            Self::RS384 => "RS384",
            Self::RS512 => "RS512",
            Self::PS256 => "PS256",
            Self::PS384 => "PS384",
            Self::PS512 => "PS512",
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::ES512 => "ES512",
            Self::ES256K => "ES256K",
            Self::EdDSA => "EdDSA",
            Self::MLDSA44 => "ML-DSA-44",
            Self::MLDSA65 => "ML-DSA-65",
            Self::MLDSA87 => "ML-DSA-87",
        }
    }

    /// The algorithm of this name, which is compared exactly: case matters (RFC 7515 section 4.1.1).
    /// `Ed25519` (RFC 9864) is another name for [`EdDSA`](Self::EdDSA); Ed448, which `EdDSA` could also
    /// mean, is not here.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnsupportedAlgorithm`], also for `none`.
    pub fn from_name(name: &str) -> Result<Self, Error> {
        match name {
            "HS256" => Ok(Self::HS256),
            "HS384" => Ok(Self::HS384),
            "HS512" => Ok(Self::HS512),
            "RS256" => Ok(Self::RS256),
            "RS384" => Ok(Self::RS384),
            "RS512" => Ok(Self::RS512),
            "PS256" => Ok(Self::PS256),
            "PS384" => Ok(Self::PS384),
            "PS512" => Ok(Self::PS512),
            "ES256" => Ok(Self::ES256),
            "ES384" => Ok(Self::ES384),
            "ES512" => Ok(Self::ES512),
            "ES256K" => Ok(Self::ES256K),
            "EdDSA" | "Ed25519" => Ok(Self::EdDSA),
            "ML-DSA-44" => Ok(Self::MLDSA44),
            "ML-DSA-65" => Ok(Self::MLDSA65),
            "ML-DSA-87" => Ok(Self::MLDSA87),
            _ => Err(ErrorKind::UnsupportedAlgorithm.into()),
        }
    }

    /// Whether a key that says this of itself is one for this algorithm.
    pub(crate) fn takes(self, kind: Kind) -> bool {
        match kind {
            Kind::Rsa(Scheme::PssAs(only)) => self == only,
            Kind::Rsa(Scheme::Pss) => matches!(self, Self::PS256 | Self::PS384 | Self::PS512),
            _ => kind == self.kind(),
        }
    }

    /// The kind of key that it needs.
    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::HS256 | Self::HS384 | Self::HS512 => Kind::Secret,
            Self::RS256 | Self::RS384 | Self::RS512 | Self::PS256 | Self::PS384 | Self::PS512 => {
                Kind::Rsa(Scheme::Any)
            }
            Self::ES256 => Kind::Ec(Curve::P256),
            Self::ES384 => Kind::Ec(Curve::P384),
            Self::ES512 => Kind::Ec(Curve::P521),
            Self::ES256K => Kind::Ec(Curve::Secp256k1),
            Self::EdDSA => Kind::Ed25519,
            Self::MLDSA44 | Self::MLDSA65 | Self::MLDSA87 => Kind::MlDsa(self),
        }
    }

    /// Bytes of the hash beneath HMAC, which is also the least length of its secret (RFC 7518 section
    /// 3.2); nothing for the algorithms that have no secret.
    pub(crate) fn secret_len(self) -> Option<usize> {
        match self {
            Self::HS256 => Some(32),
            Self::HS384 => Some(48),
            Self::HS512 => Some(64),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_that_of_one_algorithm_exactly_or_of_none() {
        for &algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::from_name(algorithm.name()).unwrap(), algorithm);
        }
        assert_eq!(Algorithm::from_name("Ed25519").unwrap(), Algorithm::EdDSA);
        for name in [
            "none",
            "None",
            "nOnE",
            "NONE",
            "",
            "hs256",
            "HS256 ",
            "HS224",
            "RS1",
            "EDDSA",
            "Ed448",
            "ES256k",
            "ES224",
            "ed25519",
            "ML-DSA",
            "MLDSA44",
            "ml-dsa-44",
            "SLH-DSA-SHA2-128s",
        ] {
            assert_eq!(
                Algorithm::from_name(name).unwrap_err().kind(),
                ErrorKind::UnsupportedAlgorithm,
                "{name}"
            );
        }
    }
}
