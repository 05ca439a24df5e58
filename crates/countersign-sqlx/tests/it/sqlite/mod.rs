mod conformance;
mod store;

use std::time::Duration;

use countersign_sqlx::SqliteStore;
use countersign_sqlx::sqlx::SqlitePool;
use countersign_sqlx::sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap()
}

/// What an application opens a file with.
pub(crate) fn file(folder: &TempDir) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(folder.path().join("app.sqlite"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(5))
}

pub(crate) async fn pool(options: SqliteConnectOptions) -> SqlitePool {
    SqlitePoolOptions::new().max_connections(8).connect_with(options).await.unwrap()
}

/// A store in a file of its own.
pub(crate) async fn fresh(folder: &TempDir) -> SqliteStore {
    let store = SqliteStore::from_pool(pool(file(folder)).await);
    store.migrate().await.unwrap();
    store
}
