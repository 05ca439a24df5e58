#![doc = include_str!("../README.md")]

mod algorithm;
mod base64url;
mod compact;
mod error;
mod error_kind;
mod header;
mod json;
pub mod jwks_cache;
pub mod jws;
mod jwt;
mod keys;
mod pem;
mod secret;

pub use algorithm::Algorithm;
pub use error::{ClaimFailure, Error, ErrorKind, Redacted};
pub use jwks_cache::JwksCache;
pub use jwt::{Registered, Signer, Verified, Verifier, VerifierBuilder};
pub use keys::{KeySet, RotatingKeySet, SigningKey, VerifyingKey};
pub use secret::SecretString;
