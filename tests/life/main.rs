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

use engine::{Engine, Memory, PostgreSql, Redb, RedisServer};

/// So many histories, or as many times more or less as the variable `COUNTERSIGN_HISTORIES` has them for an engine
/// without a server, whose usual number is 10,000.
fn histories_agree_with_the_model(engine: &dyn Engine, usual: u32) {
    let wanted = std::env::var("COUNTERSIGN_HISTORIES").ok().and_then(|number| number.parse::<u32>().ok());
    let histories = wanted.map_or(usual, |wanted| (wanted / (10_000 / usual)).max(1));
    history::run(engine, histories);
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

#[test]
fn histories_on_postgresql_agree_with_the_model() {
    if let Some(engine) = PostgreSql::start() {
        histories_agree_with_the_model(&engine, 500);
    }
}

#[test]
fn races_on_postgresql() {
    if let Some(engine) = PostgreSql::start() {
        races::run(&engine);
    }
}

#[test]
fn histories_on_redis_agree_with_the_model() {
    if let Some(engine) = RedisServer::start() {
        histories_agree_with_the_model(&engine, 500);
    }
}

#[test]
fn races_on_redis() {
    if let Some(engine) = RedisServer::start() {
        races::run(&engine);
    }
}

#[test]
fn races_on_a_redis_cluster() {
    if let Some(engine) = RedisServer::start_cluster() {
        races::run(&engine);
    }
}
