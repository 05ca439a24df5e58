//! What answers while an engine is out of reach, and for how long.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

mod clock;
mod fail_open;
mod replica;
