//! What the application's pool, server and transaction have to do with a store.

use std::time::Duration;

use countersign_revocation::{RetainUntil, RevocationStore as _, Target};
use countersign_sqlx::{PostgresStore, sqlx};
use countersign_test_servers::{Postgres, or_skip};
use countersign_token_store::{RecordKind, TokenStore as _};

use super::{SETTINGS, fresh, pool, server};
use crate::record::api_key;

#[tokio::test]
async fn postgres_call_without_tables_says_to_migrate() {
    let Some(server) = server() else { return };
    let tokens = PostgresStore::from_pool(pool(server).await).tokens();
    let errors = [
        tokens.get(RecordKind::ApiKey, "a").await.unwrap_err(),
        tokens.insert(api_key("a", "alice")).await.unwrap_err(),
    ];
    for error in errors {
        assert!(error.to_string().contains("run migrate()"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_concurrent_migrations_all_succeed() {
    let Some(server) = server() else { return };
    let pool = pool(server).await;
    let options = countersign_sqlx::PostgresOptions::new().schema("migrated together");
    let store = PostgresStore::with_options(pool, &options).unwrap();
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.migrate().await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn postgres_user_and_key_roll_back_together_and_commit_together() {
    let Some(server) = server() else { return };
    let pool = pool(server).await;
    let store = fresh(&pool).await;
    sqlx::query("CREATE TABLE users_of_rollback (name text)").execute(&pool).await.unwrap();
    for is_committed in [false, true] {
        let mut transaction = pool.begin().await.unwrap();
        sqlx::query("INSERT INTO users_of_rollback VALUES ('alice')")
            .execute(&mut *transaction)
            .await
            .unwrap();
        store.tokens().insert_in(&mut transaction, &api_key("a", "alice")).await.unwrap();
        if is_committed {
            transaction.commit().await.unwrap();
        } else {
            transaction.rollback().await.unwrap();
        }
        let users = sqlx::query("SELECT * FROM users_of_rollback").fetch_all(&pool).await.unwrap().len();
        let keys = store.tokens().list(RecordKind::ApiKey, "alice").await.unwrap().len();
        let counted = store.tokens().count_by_digest_key().await.unwrap().len();
        assert_eq!((users, keys, counted), if is_committed { (1, 1, 1) } else { (0, 0, 0) });
    }
}

#[tokio::test]
async fn postgres_standby_answers_every_call_with_an_error() {
    let Some(primary) = or_skip("no PostgreSQL", Postgres::start(SETTINGS)) else { return };
    let store = PostgresStore::from_pool(pool(&primary).await);
    store.migrate().await.unwrap();
    let standby = primary.start_standby();
    let store = PostgresStore::from_pool(pool(&standby).await);
    let (tokens, revocations) = (store.tokens(), store.revocations());
    // The tables may take a moment to arrive.
    for _ in 0..500 {
        let error = tokens.get(RecordKind::ApiKey, "a").await.unwrap_err();
        if !error.to_string().contains("migrate") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let texts = [
        tokens.get(RecordKind::ApiKey, "a").await.unwrap_err().to_string(),
        tokens.find(RecordKind::ApiKey, &[]).await.unwrap_err().to_string(),
        tokens.list(RecordKind::ApiKey, "a").await.unwrap_err().to_string(),
        tokens.insert(api_key("a", "alice")).await.unwrap_err().to_string(),
        tokens.remove_by_owner(RecordKind::ApiKey, "a").await.unwrap_err().to_string(),
        revocations.subject_version("issuer", "alice").await.unwrap_err().to_string(),
        revocations.count().await.unwrap_err().to_string(),
        revocations
            .revoke("issuer", Target::Session("a"), RetainUntil::FOREVER)
            .await
            .unwrap_err()
            .to_string(),
    ];
    for text in texts {
        assert!(text.contains("standby"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_removal_by_owner_waits_for_insert_beside_it_and_removes_its_record() {
    let Some(server) = server() else { return };
    let pool = pool(server).await;
    let store = fresh(&pool).await;
    let mut transaction = pool.begin().await.unwrap();
    store.tokens().insert_in(&mut transaction, &api_key("a", "alice")).await.unwrap();
    let tokens = store.tokens();
    let removal = tokio::spawn(async move { tokens.remove_by_owner(RecordKind::ApiKey, "alice").await });
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND wait_event = 'advisory' \
                   AND query LIKE '%pg_advisory_xact_lock($1)%'";
    while !removal.is_finished() && sqlx::query_scalar::<_, i64>(waiting).fetch_one(&pool).await.unwrap() == 0
    {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    transaction.commit().await.unwrap();
    assert_eq!(removal.await.unwrap().unwrap(), 1);
}
