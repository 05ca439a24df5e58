//! What signers write: header members, claims of the builder, and what they refuse to sign.
//!
//! Expected tokens are made by the tests' own HMAC and base64url, from JSON that stands here in full.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by panicking"
)]

mod common;

#[path = "issuing/claims.rs"]
mod claims;
#[path = "issuing/header.rs"]
mod header;
