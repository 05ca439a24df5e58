//! One key for each algorithm, in the forms in which the contenders take it.
//!
//! A further algorithm is a variant here, and an arm where a peer or a bare primitive has a type of its own
//! for it.

use std::error::Error;

use countersign_signed::SigningKey;

/// Of 2048 bits: the key of RFC 7515 appendix A.2.
const RSA_PRIVATE: &str =
    include_str!("../../../crates/countersign-signed/tests/fixtures/rfc7515_a2_pkcs8.pem");

/// The secret under HS256, and the seed under Ed25519.
pub(crate) const SECRET: [u8; 32] = [7; 32];

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    HS256,
    EdDSA,
    RS256,
}

impl Algorithm {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::HS256 => "HS256",
            Self::EdDSA => "EdDSA",
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
        let secret = SigningKey::hs256(&SECRET)?;
        let ed25519 = SigningKey::ed25519(&SECRET)?;
        let ed25519_pem = ed25519.to_pkcs8_pem()?.expose().to_owned();
        Ok(vec![
            Self {
                algorithm: Algorithm::HS256,
                key: secret,
                private_pem: String::new(),
                public_pem: String::new(),
            },
            Self::pair(Algorithm::EdDSA, ed25519, ed25519_pem)?,
            Self::pair(Algorithm::RS256, SigningKey::rs256_from_pem(RSA_PRIVATE)?, RSA_PRIVATE.to_owned())?,
        ])
    }

    fn pair(algorithm: Algorithm, key: SigningKey, private_pem: String) -> Result<Self, Box<dyn Error>> {
        let public_pem = key.verifying_key().to_spki_pem()?;
        Ok(Self { algorithm, key: key.without_kid(), private_pem, public_pem })
    }
}
