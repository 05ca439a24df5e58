mod conformance;
mod store;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use countersign_sqlx::sqlx::PgPool;
use countersign_sqlx::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use countersign_sqlx::{PostgresOptions, PostgresStore};
use countersign_test_servers::{Postgres, or_skip};
use tokio::runtime::Runtime;

const SETTINGS: &[&str] = &["max_connections=400"];

/// The server that tests share which do it no harm.
pub(crate) fn server() -> Option<&'static Postgres> {
    static SERVER: OnceLock<Option<Postgres>> = OnceLock::new();
    or_skip("no PostgreSQL", SERVER.get_or_init(|| Postgres::start(SETTINGS)).as_ref())
}

pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap()
}

/// A pool to a server, whose connection string is of words such as `host=127.0.0.1 port=1234 user=postgres`.
pub(crate) async fn pool(server: &Postgres) -> PgPool {
    let text = server.connection_string();
    let mut options = PgConnectOptions::new();
    for (name, value) in text.split_whitespace().filter_map(|word| word.split_once('=')) {
        options = match name {
            "host" => options.host(value),
            "port" => options.port(value.parse().unwrap()),
            "user" => options.username(value),
            "password" => options.password(value),
            "dbname" => options.database(value),
            _ => options,
        };
    }
    PgPoolOptions::new().max_connections(16).connect_with(options).await.unwrap()
}

/// A store in a schema of its own.
pub(crate) async fn fresh(pool: &PgPool) -> PostgresStore {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let schema = format!("test \"{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let options = PostgresOptions::new().schema(schema);
    let store = PostgresStore::with_options(pool.clone(), &options).unwrap();
    store.migrate().await.unwrap();
    store
}
