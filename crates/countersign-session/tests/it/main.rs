//! The life of a token, over the stores in memory and a clock that the tests move.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by panicking"
)]

mod api_keys;
mod building;
mod failing_stores;
mod issuers;
mod kinds;
mod laws;
mod logs;
mod modes;
mod purging;
mod races;
mod refreshing;
mod revoking;
mod rotating_keys;
mod support;
