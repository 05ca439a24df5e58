//! The engine against servers that are started for it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

mod common;
mod conformance;
