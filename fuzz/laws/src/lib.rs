//! What must hold for any input whatever: the bodies of the fuzz targets.
//!
//! Each module is a target, with one function `hold` that panics where a law is broken. They are a crate of the
//! workspace, apart from the targets, so that `cargo test` holds every seed to the same laws without a fuzzer.
//! What ours is compared with is serde_json, or is written again here in the slowest and plainest way: nothing
//! is taken from the crates under test.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a law says that it is broken by panicking"
)]

mod base64;
mod forge;
mod grammar;
pub mod header;
pub mod jwk;
mod keys;
mod node;
pub mod pem;
pub mod token;
pub mod write;
