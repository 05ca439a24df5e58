//! Examples of several processes, started as processes and called.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test says what it expects by panicking, and what it has measured by printing"
)]

mod cable;
mod issuer;
mod nodes;
mod process;
