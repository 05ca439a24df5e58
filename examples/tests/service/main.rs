//! The example service, started as a process and called through raw connections, so that a request can be
//! as malformed as it likes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by panicking"
)]

mod bad_input;
mod grid;
mod process;
mod restart;
#[cfg(target_os = "linux")]
mod siege;
