//! What the application's pool and transaction have to do with a store.

use countersign_sqlx::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use countersign_sqlx::sqlx::{self, Row as _};
use countersign_sqlx::{SqliteOptions, SqliteStore};
use countersign_token_store::{RecordKind, TokenStore as _};
use std::time::Duration;

use super::{file, pool};
use crate::record::api_key;

#[tokio::test]
async fn sqlite_call_without_tables_says_to_migrate_and_makes_none() {
    let folder = tempfile::tempdir().unwrap();
    let pool = pool(file(&folder)).await;
    let tokens = SqliteStore::from_pool(pool.clone()).tokens();
    let errors = [
        tokens.get(RecordKind::ApiKey, "a").await.unwrap_err(),
        tokens.insert(api_key("a", "alice")).await.unwrap_err(),
    ];
    for error in errors {
        assert!(error.to_string().contains("run migrate()"), "{error}");
    }
    let row = sqlx::query("SELECT count(*) FROM sqlite_schema").fetch_one(&pool).await.unwrap();
    assert_eq!(row.get::<i64, _>(0), 0);
}

#[tokio::test]
async fn sqlite_write_over_careless_connection_names_the_pragma() {
    let careless: [(&str, fn(_) -> _); 3] = [
        ("journal_mode", |options: sqlx::sqlite::SqliteConnectOptions| {
            options.journal_mode(SqliteJournalMode::Delete)
        }),
        ("synchronous", |options| options.synchronous(SqliteSynchronous::Normal)),
        ("busy_timeout", |options| options.busy_timeout(Duration::ZERO)),
    ];
    for (pragma, set) in careless {
        let folder = tempfile::tempdir().unwrap();
        // The settings are refused before a table is looked for.
        let store = SqliteStore::from_pool(pool(set(file(&folder))).await);
        let error = store.tokens().insert(api_key("a", "alice")).await.unwrap_err();
        assert!(error.to_string().contains(pragma), "{error}");
        assert!(store.migrate().await.unwrap_err().to_string().contains(pragma));
    }
}

#[tokio::test]
async fn sqlite_user_and_key_roll_back_together_and_commit_together() {
    let folder = tempfile::tempdir().unwrap();
    let pool = pool(file(&folder)).await;
    let store = SqliteStore::from_pool(pool.clone());
    store.migrate().await.unwrap();
    sqlx::query("CREATE TABLE users (name TEXT)").execute(&pool).await.unwrap();
    for is_committed in [false, true] {
        let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
        sqlx::query("INSERT INTO users VALUES ('alice')").execute(&mut *transaction).await.unwrap();
        store.tokens().insert_in(&mut transaction, &api_key("a", "alice")).await.unwrap();
        if is_committed {
            transaction.commit().await.unwrap();
        } else {
            transaction.rollback().await.unwrap();
        }
        let users = sqlx::query("SELECT * FROM users").fetch_all(&pool).await.unwrap().len();
        let keys = store.tokens().list(RecordKind::ApiKey, "alice").await.unwrap().len();
        let counted = store.tokens().count_by_digest_key().await.unwrap().len();
        assert_eq!((users, keys, counted), if is_committed { (1, 1, 1) } else { (0, 0, 0) });
    }
}

#[tokio::test]
async fn sqlite_stores_with_two_prefixes_share_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let pool = pool(file(&folder)).await;
    let [one, other] = ["one_", "other_"].map(|prefix| {
        SqliteStore::with_options(pool.clone(), &SqliteOptions::new().table_prefix(prefix)).unwrap()
    });
    one.migrate().await.unwrap();
    other.migrate().await.unwrap();
    one.migrate().await.unwrap();
    one.tokens().insert(api_key("a", "alice")).await.unwrap();
    assert!(other.tokens().get(RecordKind::ApiKey, "a").await.unwrap().is_none());
    for prefix in ["", "1a", "a-b", "a\"", "ö"] {
        assert!(SqliteStore::with_options(pool.clone(), &SqliteOptions::new().table_prefix(prefix)).is_err());
    }
}
