#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(feature = "sign"),
    allow(dead_code, reason = "helpers that only signing needs; a build with it shows what is dead")
)]

mod algorithm;
mod base64url;
mod compact;
mod der;
pub mod engine;
mod error;
mod error_kind;
mod header;
mod json;
pub mod jwks_cache;
pub mod jws;
mod jwt;
mod keys;
mod pem;
#[cfg(feature = "sign")]
mod secret;
mod unverified;

pub use algorithm::Algorithm;
#[cfg(feature = "sign")]
pub use countersign_random::{SecretBytes, SecretString};
pub use der::KeyFormat;
#[cfg(feature = "sign")]
pub use der::ecdsa_signature_from_der;
pub use error::{ClaimFailure, Error, ErrorKind, Redacted, SkippedKey};
pub use jwks_cache::JwksCache;
pub use jwt::{
    AccessTokenClaims, CachedVerifier, ClaimsBuffer, Identified, Issuers, Kid, RegisteredClaims, TokenName,
    Verified, Verifier, VerifierBuilder,
};
#[cfg(feature = "sign")]
pub use jwt::{AsyncSign, Claims, ClaimsBuilder, ExternalSigner, Signer, UnsignedToken};
#[cfg(feature = "sign")]
pub use keys::SigningKey;
pub use keys::{KeySet, RotatingKeySet, VerifyingKey};
pub use unverified::{Inspection, Oddity, Part, UnverifiedToken};
