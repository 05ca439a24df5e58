//! What crosses crates and needs nothing but Rust.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by panicking"
)]

mod dependencies;
mod house;
mod pinned_token;
mod quickstart;
mod request;
