//! The crate from outside, as one program so that it links once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by panicking"
)]

mod keys;
mod properties;
mod support;
mod tokens;
mod vectors;
