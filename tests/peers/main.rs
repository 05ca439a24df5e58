//! Tokens that go to and fro between here and other implementations. `cargo xtask test` runs these; they
//! need python3 and, once, a package index to install PyJWT from.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by panicking"
)]

mod pyjwt;
mod python;
mod secrets;
