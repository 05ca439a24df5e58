//! What the crate must hold, through its public face: a module for each matter.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by panicking"
)]

mod access_tokens;
mod algorithms;
mod attacks;
mod bad_jwks;
mod bad_keys;
mod cached;
mod claims;
mod common;
mod cookbook;
mod ecdsa;
mod engines;
mod external_signer;
mod failures;
mod field;
mod identified;
mod issuers;
mod issuing;
mod jwk;
mod jwks;
mod jwks_cache;
mod key_material;
mod keys;
mod laws;
mod ml_dsa;
mod openssl;
mod peers;
mod prepared;
mod private_sets;
mod rotation;
mod secrets;
mod skipped;
mod tenants;
mod times;
mod unverified;
mod vectors;
mod x5t;
