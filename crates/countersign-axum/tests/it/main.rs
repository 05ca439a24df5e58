//! The layer, the extractors and the routes, over the stores in memory and a clock that the tests move.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by panicking"
)]

mod api_keys;
mod browser;
mod extractors;
mod grid;
mod grpc;
mod hanging_up;
mod laws;
mod layer;
mod limits;
mod openapi;
mod questions;
mod sessions;
mod support;
mod tokens;
