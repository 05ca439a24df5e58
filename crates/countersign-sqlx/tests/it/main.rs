//! SQLite against both conformance suites.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use countersign_random::{KeyedDigest, LookupDigest};
use countersign_sqlx::SqliteStore;
use countersign_sqlx::sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use countersign_sqlx::sqlx::{self, SqlitePool};
use countersign_token_store::{Kind, RecordKind, StoredToken, TokenRecord, TokenStore};
use time::macros::datetime;

async fn pool(folder: &Path, synchronous: SqliteSynchronous) -> SqlitePool {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = if folder.join("shared").exists() { 0 } else { NUMBER.fetch_add(1, Ordering::Relaxed) };
    let options = SqliteConnectOptions::new()
        .filename(folder.join(format!("{number}.db")))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous);
    SqlitePoolOptions::new().max_connections(4).connect_with(options).await.unwrap()
}

async fn fresh(folder: PathBuf) -> SqliteStore {
    fresh_in(&folder, SqliteSynchronous::Full).await
}

async fn fresh_in(folder: &Path, synchronous: SqliteSynchronous) -> SqliteStore {
    let store = SqliteStore::from_pool(pool(folder, synchronous).await);
    store.migrate().await.unwrap();
    store
}

fn folder(name: &str) -> PathBuf {
    let folder =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("sqlx-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn sqlite_token_store_conforms() {
    let folder = folder("tokens");
    let runtime = tokio::runtime::Runtime::new().unwrap();

    let violations =
        countersign_token_store::conformance::run(&|future| runtime.block_on(future), async || {
            fresh(folder.clone()).await
        });
    assert_eq!(violations, []);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn sqlite_revocation_store_conforms() {
    let folder = folder("revocations");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let violations =
        countersign_revocation::conformance::run(&|future| runtime.block_on(future), async || {
            fresh(folder.clone()).await
        });
    assert_eq!(violations, []);
    std::fs::remove_dir_all(&folder).unwrap();
}

fn key() -> StoredToken {
    let now = datetime!(2026-11-01 12:00 UTC);
    StoredToken {
        record: TokenRecord {
            id: "key-1".to_owned(),
            kind: Kind::ApiKey,
            owner: "alice".to_owned(),
            name: "a name".to_owned(),
            hint: "cs_".to_owned(),
            scopes: vec![],
            roles: vec![],
            created_at: now,
            expires_at: None,
            last_used_at: None,
        },
        digest: KeyedDigest { key_id: 1, digest: LookupDigest::from_bytes([1; 32]) },
    }
}

#[tokio::test]
async fn registration_and_api_key_roll_back_and_commit_together() {
    let folder = folder("transaction");
    let pool = pool(&folder, SqliteSynchronous::Full).await;
    let store = SqliteStore::from_pool(pool.clone()).table_prefix("auth_").unwrap();
    store.migrate().await.unwrap();
    sqlx::raw_sql("CREATE TABLE users (name TEXT)").execute(&pool).await.unwrap();
    for (commits, expected) in [(false, 0), (true, 1)] {
        let mut transaction = pool.begin().await.unwrap();
        sqlx::raw_sql("INSERT INTO users VALUES ('alice')").execute(&mut *transaction).await.unwrap();
        store.in_transaction(&mut transaction).insert(key()).await.unwrap();
        if commits {
            transaction.commit().await.unwrap();
        } else {
            transaction.rollback().await.unwrap();
        }
        let users: i64 = sqlx::query_scalar("SELECT count(*) FROM users").fetch_one(&pool).await.unwrap();
        assert_eq!(users, expected);
        let keys = TokenStore::list(&store, RecordKind::ApiKey, "alice").await.unwrap();
        assert_eq!(i64::try_from(keys.len()).unwrap(), expected);
        let counted = store.count_by_digest_key().await.unwrap();
        assert_eq!(counted.get(&1).copied().unwrap_or(0), expected.unsigned_abs());
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn write_without_full_synchronous_is_refused_by_name() {
    let folder = folder("synchronous");
    std::fs::write(folder.join("shared"), "").unwrap();
    fresh_in(&folder, SqliteSynchronous::Full).await;
    let store = SqliteStore::from_pool(pool(&folder, SqliteSynchronous::Normal).await);
    let error = TokenStore::insert(&store, key().into()).await.unwrap_err();
    assert!(error.to_string().contains("`synchronous`"), "{error}");
    assert!(store.get(RecordKind::ApiKey, "key-1").await.unwrap().is_none());
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn store_without_tables_names_migrate_and_creates_nothing() {
    let folder = folder("unmigrated");
    let pool = pool(&folder, SqliteSynchronous::Full).await;
    let store = SqliteStore::from_pool(pool.clone());
    for error in [
        store.get(RecordKind::ApiKey, "key-1").await.err(),
        TokenStore::insert(&store, key().into()).await.err(),
    ] {
        assert!(error.unwrap().to_string().contains("run migrate()"));
    }
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(&pool).await.unwrap();
    assert_eq!(tables, 0);
    std::fs::remove_dir_all(&folder).unwrap();
}
