//! Throw-away servers for tests and benches, each in a folder of its own under the system's temporary one, on
//! loopback, started from the programs that are installed.
//!
//! A server ends with the value that stands for it, and also if the process that started it is killed
//! ([`Process`]). What does not start is told by a panic, since nothing can be tested then.
#![allow(clippy::panic, clippy::expect_used, reason = "for tests, which say what they expect by panicking")]

mod folder;
mod postgres;
mod process;
mod redis;

pub use folder::Folder;
pub use postgres::Postgres;
pub use process::{Process, as_nobody, free_port, is_root};
pub use redis::{Redis, RedisCluster, redis_is_installed};
