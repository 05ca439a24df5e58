//! Throw-away servers for tests and benches, each in a folder of its own under the system's temporary one, on
//! loopback, started from the programs that are installed.
//!
//! A server ends with the value that stands for it, and also if the process that started it is killed
//! ([`Process`]). What does not start is told by a panic, since nothing can be tested then.
#![allow(clippy::panic, clippy::expect_used, reason = "for tests, which say what they expect by panicking")]

mod folder;
mod pgbouncer;
mod postgres;
mod process;
mod redis;

use std::io::Write as _;

pub use folder::Folder;
pub use pgbouncer::PgBouncer;
pub use postgres::Postgres;
pub use process::{Process, as_nobody, free_port, is_root};
pub use redis::{Redis, RedisCluster, redis_is_installed, valkey_is_installed};

/// Whether servers are to be started: not if the variable `COUNTERSIGN_WITHOUT_SERVERS` is set, which
/// `cargo xtask test --without-servers` does.
#[must_use]
pub fn are_wanted() -> bool {
    std::env::var_os("COUNTERSIGN_WITHOUT_SERVERS").is_none()
}

/// The server, or `None` with a line that says that this test was left out and why, which `cargo xtask test` counts.
///
/// # Panics
/// On CI, which leaves no test out.
#[must_use]
pub fn or_skip<T>(why: &str, server: Option<T>) -> Option<T> {
    if server.is_none() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "left out on CI: {why}");
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        // Past the test runner, which would keep it to itself.
        std::io::stdout()
            .write_all(format!("\nskipped: {test}: {why}\n").as_bytes())
            .expect("somewhere to write to");
    }
    server
}
