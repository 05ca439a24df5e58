//! The stores on throw-away servers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what it expects by panicking"
)]
#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]

mod cluster;
mod conformance;
mod faults;
mod fixture;
mod records;
mod replica;
mod traffic;
