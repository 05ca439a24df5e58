//! An insertion for an owner while all of the owner's records are removed: it waits, and so no record is missed.

use countersign_postgres::tokio_postgres::Client;
use countersign_postgres::{Options, PostgresStore, PostgresTokenStore};
use countersign_test_servers::Postgres;
use countersign_token_store::{Kind, RecordKind, TokenStore, TokenStoreExt};
use tokio::task::JoinHandle;

use crate::common::{beside, config, eventually, fresh_schema, runtime, server};
use crate::records::token;

/// A store in a schema of its own, whose connections have the schema's name.
async fn named(server: &Postgres) -> (String, PostgresTokenStore) {
    let name = fresh_schema();
    let mut config = config(server);
    config.application_name(&name);
    let options = Options::new().schema(&name).pool_size(4);
    let store = PostgresStore::connect_without_tls(config, &options).await.unwrap();
    (name, store.tokens())
}

/// Waits until one of the store's connections waits for a lock of this kind.
async fn waiting(client: &Client, name: &str, kind: &str) {
    eventually(&format!("one waits for a lock ({kind})"), async || {
        let waiting = "SELECT count(*) FROM pg_stat_activity \
                       WHERE wait_event_type = 'Lock' AND wait_event = $1 AND application_name = $2";
        client.query_one(waiting, &[&kind, &name]).await.unwrap().get::<_, i64>(0) == 1
    })
    .await;
}

/// Holds the row of the first record, starts `remove` and, once it waits for the row, `insert`. Returns what each
/// returned, after it has checked that the insertion waits for the removal.
async fn removed_beside_insertion<R: Send + 'static>(
    server: &Postgres,
    name: &str,
    remove: impl Future<Output = R> + Send + 'static,
    insert: impl Future<Output = ()> + Send + 'static,
) -> R {
    let (mut holding, watching) = (beside(server).await, beside(server).await);
    // What a rotation of a key does at its end: it gives the predecessor an end, after the successor was inserted.
    let row = holding.transaction().await.unwrap();
    row.batch_execute(&format!("UPDATE \"{name}\".records SET record = record")).await.unwrap();
    let removal: JoinHandle<R> = tokio::spawn(remove);
    waiting(&watching, name, "transactionid").await;
    let insertion = tokio::spawn(insert);
    waiting(&watching, name, "advisory").await;
    assert!(!insertion.is_finished());
    row.commit().await.unwrap();
    let removed = removal.await.unwrap();
    insertion.await.unwrap();
    removed
}

#[test]
fn insertion_of_a_token_waits_for_the_removal_of_its_owners_tokens() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let (name, store) = named(server).await;
        store.insert_token(token(1)).await.unwrap();
        let (removing, inserting) = (store.clone(), store.clone());
        let remove = async move { removing.remove_by_owner(RecordKind::ApiKey, "alice").await.unwrap() };
        let insert = async move { inserting.insert_token(token(2)).await.unwrap() };
        let removed = removed_beside_insertion(server, &name, remove, insert).await;
        assert_eq!(removed, 1);
        // It came after the removal, so it is listed, and the next removal takes it.
        assert_eq!(store.list_tokens(Kind::ApiKey, "alice").await.unwrap().len(), 1);
        assert_eq!(store.remove_by_owner(RecordKind::ApiKey, "alice").await.unwrap(), 1);
    });
}

/// Owners do not wait for each other, and neither do two insertions of one owner.
#[test]
fn insertion_waits_for_no_other_owner_and_no_other_insertion() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let (name, store) = named(server).await;
        store.insert_token(token(1)).await.unwrap();
        let (mut client, watching) = (beside(server).await, beside(server).await);
        let held = client.transaction().await.unwrap();
        // What another insertion of this owner holds: the lock by the first eight bytes of the owner's digest, shared.
        let lock =
            "SELECT pg_advisory_xact_lock_shared(('x' || left(encode(owner, 'hex'), 16))::bit(64)::bigint)";
        held.batch_execute(&format!("{lock} FROM \"{name}\".records")).await.unwrap();
        store.insert_token(token(2)).await.unwrap();
        let mut bobs = token(3);
        bobs.record.owner = "bob".to_owned();
        store.insert_token(bobs).await.unwrap();
        assert_eq!(store.remove_by_owner(RecordKind::ApiKey, "bob").await.unwrap(), 1);
        // It is the store's lock, since a removal waits for it.
        let removal =
            tokio::spawn(async move { store.remove_by_owner(RecordKind::ApiKey, "alice").await.unwrap() });
        waiting(&watching, &name, "advisory").await;
        held.commit().await.unwrap();
        assert_eq!(removal.await.unwrap(), 2);
    });
}
