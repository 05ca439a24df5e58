//! One key for each algorithm, in the forms in which the contenders take it.
//!
//! A further algorithm is a variant here, and an arm where a peer or a bare primitive has a type of its own
//! for it.

use std::error::Error;

use countersign_signed::{KeyFormat, SigningKey};

/// Of 2048 bits: the key of RFC 7515 appendix A.2.
const RSA_PRIVATE: &str =
    include_str!("../../../crates/countersign-signed/tests/fixtures/rfc7515_a2_pkcs8.pem");

/// The secret under HS256, the seed under Ed25519, and the scalar under P-256.
pub(crate) const SECRET: [u8; 32] = [7; 32];

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    HS256,
    EdDSA,
    ES256,
    RS256,
}

impl Algorithm {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::HS256 => "HS256",
            Self::EdDSA => "EdDSA",
            Self::ES256 => "ES256",
            Self::RS256 => "RS256",
        }
    }
}

/// A key.
pub(crate) struct Material {
    pub(crate) algorithm: Algorithm,
    /// Without `kid`, so that all headers are alike.
    pub(crate) key: SigningKey,
    /// PKCS#8; empty for a secret.
    pub(crate) private_pem: String,
    /// SubjectPublicKeyInfo; empty for a secret.
    pub(crate) public_pem: String,
}

impl Material {
    pub(crate) fn all() -> Result<Vec<Self>, Box<dyn Error>> {
        let secret = Self {
            algorithm: Algorithm::HS256,
            key: SigningKey::hs256(&SECRET)?,
            private_pem: String::new(),
            public_pem: String::new(),
        };
        Ok(vec![
            secret,
            Self::pair(Algorithm::EdDSA, SigningKey::ed25519(&SECRET)?)?,
            Self::pair(
                Algorithm::ES256,
                SigningKey::from_bytes(countersign_signed::Algorithm::ES256, &SECRET)?,
            )?,
            Self::pair(
                Algorithm::RS256,
                SigningKey::from_pem(countersign_signed::Algorithm::RS256, RSA_PRIVATE)?,
            )?,
        ])
    }

    fn pair(algorithm: Algorithm, key: SigningKey) -> Result<Self, Box<dyn Error>> {
        let private_pem = key.to_pem(KeyFormat::Pkcs8)?.expose().to_owned();
        let public_pem = key.verifying_key().to_pem(KeyFormat::Spki)?;
        Ok(Self { algorithm, key: key.without_kid(), private_pem, public_pem })
    }
}
