//! That aws-lc's engines keep to what is demanded of engines, and that nothing else of a key changes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by panicking"
)]

mod common;
mod engines;
mod hostile;
#[path = "../../../countersign-signed/tests/it/common/vectors.rs"]
mod published;
mod secrets;
mod vectors;
