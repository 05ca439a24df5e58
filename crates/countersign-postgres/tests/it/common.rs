//! Servers, schemas and runtimes for the tests.

use std::io::Write as _;
use std::str::FromStr as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use countersign_postgres::tokio_postgres::{Client, Config, NoTls};
use countersign_postgres::{Options, PostgresStore};
use countersign_test_servers::Postgres;
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::runtime::Runtime;

pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-01 12:00 UTC);

/// What the servers of all tests are started with: tests run side by side, with a pool each.
pub(crate) const SETTINGS: &[&str] = &[
    "max_connections=400",
    "shared_preload_libraries=pg_stat_statements",
    "pg_stat_statements.max=10000",
    "pg_stat_statements.track_utility=on",
];

/// The server that tests share which do it no harm; nothing, with a line that says so, where none is installed.
pub(crate) fn server() -> Option<&'static Postgres> {
    static SERVER: OnceLock<Option<Postgres>> = OnceLock::new();
    or_skip(SERVER.get_or_init(|| Postgres::start(SETTINGS)).as_ref())
}

/// A server for one test alone, which it may stop and kill.
pub(crate) fn own_server() -> Option<Postgres> {
    or_skip(Postgres::start(SETTINGS))
}

/// On CI a missing server is a failure.
pub(crate) fn or_skip<T>(server: Option<T>) -> Option<T> {
    if server.is_none() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "PostgreSQL is missing");
        // Past the test runner, which would keep it to itself; `cargo xtask test` counts these lines.
        let name = std::thread::current().name().unwrap_or_default().to_owned();
        std::io::stdout().write_all(format!("\nskipped: {name}: no PostgreSQL\n").as_bytes()).unwrap();
    }
    server
}

pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap()
}

pub(crate) fn config(server: &Postgres) -> Config {
    Config::from_str(&server.connection_string()).unwrap()
}

/// A name that no other store has.
pub(crate) fn fresh_schema() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    format!("test {}", NUMBER.fetch_add(1, Ordering::Relaxed))
}

pub(crate) fn options() -> Options {
    Options::new().schema(fresh_schema()).pool_size(16)
}

pub(crate) async fn open(server: &Postgres, options: &Options) -> PostgresStore {
    PostgresStore::connect_without_tls(config(server), options).await.unwrap()
}

/// A store in a schema of its own.
pub(crate) async fn fresh(server: &Postgres) -> PostgresStore {
    open(server, &options()).await
}

/// A connection beside the store's own.
pub(crate) async fn beside(server: &Postgres) -> Client {
    let (client, connection) = config(server).connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Waits until something is so, and fails if it is not within ten seconds.
pub(crate) async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..2000 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("never so: {what}");
}
