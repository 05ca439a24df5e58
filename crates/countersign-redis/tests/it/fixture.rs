//! Servers, runtimes and stores for tests.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use countersign_redis::{RedisOptions, RedisStore};
use countersign_test_servers::{Redis, or_skip, redis_is_installed, valkey_is_installed};
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::runtime::Runtime;

pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-01 12:00 UTC);
pub(crate) const ISSUER: &str = "https://issuer.example";

/// Whether a test can run: there is a server to start. In CI there has to be one.
pub(crate) fn can_run() -> bool {
    or_skip("no redis-server", redis_is_installed().then_some(())).is_some()
}

/// The same for Valkey.
pub(crate) fn can_run_valkey() -> bool {
    or_skip("no valkey-server", valkey_is_installed().then_some(())).is_some()
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

/// A connection on the way from a replica to its primary that can be made to swallow what the primary sends.
pub(crate) struct Link {
    pub(crate) port: u16,
    pub(crate) is_cut: Arc<AtomicBool>,
}

impl Link {
    /// Takes one connection.
    pub(crate) fn to(primary: &Redis) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, is_cut) = (listener.local_addr().unwrap().port(), Arc::new(AtomicBool::new(false)));
        let (to, flag) = (primary.port(), Arc::clone(&is_cut));
        std::thread::spawn(move || {
            let (replica, _) = listener.accept().unwrap();
            let primary = TcpStream::connect(("127.0.0.1", to)).unwrap();
            let (from_replica, to_primary) = (replica.try_clone().unwrap(), primary.try_clone().unwrap());
            std::thread::spawn(move || carry(from_replica, to_primary, &AtomicBool::new(false)));
            carry(primary, replica, &flag);
        });
        Self { port, is_cut }
    }
}

/// Until one of the two ends is gone.
fn carry(mut from: TcpStream, mut to: TcpStream, is_cut: &AtomicBool) {
    let mut bytes = [0; 65536];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        if !is_cut.load(Ordering::SeqCst) && to.write_all(bytes.get(..count).unwrap()).is_err() {
            return;
        }
    }
}
