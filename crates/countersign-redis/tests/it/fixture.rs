//! Servers, runtimes and stores for tests.

use std::sync::atomic::{AtomicU32, Ordering};

use countersign_redis::{RedisOptions, RedisStore};
use countersign_test_servers::{Redis, or_skip, redis_is_installed};
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::runtime::Runtime;

pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-01 12:00 UTC);
pub(crate) const ISSUER: &str = "https://issuer.example";

/// Whether a test can run: there is a server to start. In CI there has to be one.
pub(crate) fn can_run() -> bool {
    or_skip("no redis-server", redis_is_installed().then_some(())).is_some()
}

/// A runtime of several threads, as the suites need.
pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// Options with a prefix that no other store has, so that each store is a fresh one.
pub(crate) fn fresh() -> RedisOptions {
    RedisOptions::new().prefix(format!("test-{}", NUMBER.fetch_add(1, Ordering::Relaxed)))
}

pub(crate) async fn connect(server: &Redis, options: RedisOptions) -> RedisStore {
    RedisStore::connect(&server.url(), options).await.unwrap()
}
