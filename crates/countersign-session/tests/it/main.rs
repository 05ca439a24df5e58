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
#[cfg(feature = "tracing")]
mod capture;
mod causes;
mod crashes;
mod failing;
mod failing_stores;
mod issuers;
mod issuing;
mod key_limits;
mod kinds;
mod laws;
mod limiting;
#[cfg(feature = "tracing")]
mod logs;
mod modes;
#[cfg(feature = "tracing")]
mod observing;
mod purging;
mod races;
mod refreshing;
mod revoking;
mod rotating_keys;
mod sessions;
mod support;
