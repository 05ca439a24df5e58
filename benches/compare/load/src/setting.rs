//! What all servers of a comparison have in common: the key and the names.

use std::error::Error;

use countersign_signed::SigningKey;

pub(crate) const ISSUER: &str = "https://login.example.com";
pub(crate) const AUDIENCE: &str = "https://api.example.com";

/// The secret under HS256, and the seed under Ed25519.
pub(crate) const SECRET: [u8; 32] = [7; 32];

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting {
    HS256,
    EdDSA,
}

impl Setting {
    pub(crate) fn of(algorithm: &str) -> Result<Self, Box<dyn Error>> {
        match algorithm {
            "HS256" => Ok(Self::HS256),
            "EdDSA" => Ok(Self::EdDSA),
            _ => Err("HS256 or EdDSA".into()),
        }
    }

    pub(crate) fn key(self) -> Result<SigningKey, Box<dyn Error>> {
        let key = match self {
            Self::HS256 => SigningKey::hs256(&SECRET)?,
            Self::EdDSA => SigningKey::ed25519(&SECRET)?,
        };
        Ok(key.with_kid("2026-11")?)
    }
}
