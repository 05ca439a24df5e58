//! The program itself, started as a shell would start it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by panicking"
)]

mod cases;
mod codes;
#[cfg(all(feature = "postgres-tls", feature = "redis-tls"))]
mod encrypted;
mod inspected;
mod jsonl;
mod made;
mod program;
mod signed;
#[cfg(all(feature = "postgres", feature = "redb", feature = "redis"))]
mod stores;
mod vectors;
mod verified;
