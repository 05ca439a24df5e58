//! The life of tokens on every engine: random histories against a small model, and races.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test says what it expects by panicking"
)]

mod engine;
mod history;
mod model;
mod outcomes;
mod races;
mod service;

use engine::{Engine, Memory, Redb};

/// So many histories, unless the variable `COUNTERSIGN_HISTORIES` says how many.
fn histories(usual: u32) -> u32 {
    std::env::var("COUNTERSIGN_HISTORIES").ok().and_then(|number| number.parse().ok()).unwrap_or(usual)
}

fn histories_agree_with_the_model(engine: &dyn Engine, usual: u32) {
    history::run(engine, histories(usual));
}

#[test]
fn histories_in_memory_agree_with_the_model() {
    histories_agree_with_the_model(&Memory::default(), 10_000);
}

#[test]
fn histories_on_redb_agree_with_the_model() {
    histories_agree_with_the_model(&Redb::default(), 10_000);
}

#[test]
fn races_in_memory() {
    races::run(&Memory::default());
}

#[test]
fn races_on_redb() {
    races::run(&Redb::default());
}
