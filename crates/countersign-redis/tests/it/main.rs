//! The stores on throw-away servers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what it expects by panicking"
)]

mod cluster;
mod conformance;
mod faults;
mod fixture;
mod records;
mod replica;
mod traffic;
