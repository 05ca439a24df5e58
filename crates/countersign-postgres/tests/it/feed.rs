//! A replica: what it sees, when it asks the server instead, and what it survives.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use countersign_postgres::{Options, PostgresRevocationStore, PostgresStore, ReplicaOptions};
use countersign_revocation::{
    Check, ErrorKind, MaybeReady, Replica, RetainUntil, RevocationStore, Scope, SubjectVersion, Target,
    Verdict,
};
use countersign_test_servers::Postgres;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::common::{
    ISSUER, NOW, beside, config, eventually, fresh_schema, open, own_server, runtime, server,
};

type Following = (Replica<PostgresRevocationStore>, JoinHandle<()>);

/// A replica whose polls are `interval` apart, with a bound of ten times that, and its driver.
fn follow(store: &PostgresStore, interval: Duration) -> Following {
    let options = ReplicaOptions::new().interval(interval);
    let (replica, driver) = store.replica(interval * 10, options).unwrap();
    (replica, tokio::spawn(driver))
}

async fn fresh(replica: &Replica<PostgresRevocationStore>) {
    eventually("the replica is fresh", async || replica.is_fresh()).await;
}

/// What the copy itself says of a session; nothing, where the server was asked.
fn in_memory(replica: &Replica<PostgresRevocationStore>, sid: &str) -> Option<bool> {
    match replica.check(&Check::new(ISSUER).session(sid), NOW) {
        MaybeReady::Ready(verdict) => Some(verdict.unwrap() == Verdict::Revoked(Scope::Session)),
        MaybeReady::Wait(_) => None,
    }
}

async fn seen(replica: &Replica<PostgresRevocationStore>, sid: &str) {
    eventually(sid, async || in_memory(replica, sid) == Some(true)).await;
}

async fn revoke(store: &PostgresStore, sid: &str) {
    store.revocations().revoke(ISSUER, Target::Session(sid), RetainUntil::FOREVER).await.unwrap();
}

const OFTEN: Duration = Duration::from_millis(50);
/// So seldom that only a push can be the reason.
const SELDOM: Duration = Duration::from_secs(60);

async fn store(server: &Postgres) -> (PostgresStore, String) {
    let name = fresh_schema();
    (open(server, &Options::new().schema(&name).pool_size(4)).await, name)
}

#[test]
fn what_is_there_and_what_comes_is_seen_at_once_by_a_push() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let (store, name) = store(server).await;
        for number in 0..500 {
            revoke(&store, &format!("before {number}")).await;
        }
        let (replica, _driver) = follow(&store, SELDOM);
        assert!(in_memory(&replica, "before 0").is_none(), "the server is asked until it has caught up");
        fresh(&replica).await;
        for number in 0..500 {
            assert_eq!(in_memory(&replica, &format!("before {number}")), Some(true));
        }
        assert_eq!(in_memory(&replica, "after"), Some(false));
        // On another node.
        let other = open(server, &Options::new().schema(&name).pool_size(2)).await;
        revoke(&other, "after").await;
        seen(&replica, "after").await;
        let subject_version = other
            .revocations()
            .revoke_subject(ISSUER, "u", RetainUntil::FOREVER, NOW, Duration::ZERO)
            .await
            .unwrap();
        let check = Check::new(ISSUER).subject("u", SubjectVersion::Version(subject_version - 1));
        eventually("the subject", async || {
            replica.check(&check, NOW).wait().await.unwrap() == Verdict::Revoked(Scope::Subject)
        })
        .await;
        let check = Check::new(ISSUER).subject("u", SubjectVersion::Version(subject_version));
        assert_eq!(replica.check(&check, NOW).wait().await.unwrap(), Verdict::NotRevoked);
        assert_eq!(replica.local_count(), other.revocations().count().await.unwrap());
    });
}

#[test]
fn two_schemas_of_one_database_do_not_wake_each_other() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let ((one, _), (other, _)) = (store(server).await, store(server).await);
        let (replica, _driver) = follow(&one, SELDOM);
        fresh(&replica).await;
        revoke(&other, "s").await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(replica.age().unwrap() >= Duration::from_millis(100), "it was not woken");
        assert_eq!(in_memory(&replica, "s"), Some(false));
    });
}

/// The transaction that began first is committed last, after the replica has seen the other one.
#[test]
fn transactions_that_commit_out_of_order_are_both_seen() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let (store, name) = store(server).await;
        let (replica, _driver) = follow(&store, OFTEN);
        fresh(&replica).await;
        let mut client = beside(server).await;
        let first = client.transaction().await.unwrap();
        first.batch_execute("SELECT pg_current_xact_id()").await.unwrap();
        revoke(&store, "second").await;
        seen(&replica, "second").await;
        // The first goes on, and writes an entry as the engine does.
        let mut bytes = Vec::new();
        countersign_revocation::encode(ISSUER, b's', b"first", |part| bytes.extend_from_slice(part));
        let insert = format!(
            "INSERT INTO \"{name}\".revoked (key, name, until) VALUES (sha256($1), $1, {})",
            i64::MAX
        );
        first.execute(&insert, &[&bytes]).await.unwrap();
        // Some rounds, each of which proves that the replica is caught up.
        tokio::time::sleep(OFTEN * 4).await;
        assert_eq!(in_memory(&replica, "first"), Some(false));
        revoke(&store, "third").await;
        seen(&replica, "third").await;
        first.commit().await.unwrap();
        seen(&replica, "first").await;
    });
}

#[test]
fn a_feed_that_is_cut_catches_up_from_where_it_was() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let name = fresh_schema();
        let mut config = config(server);
        config.application_name(&name);
        let options = Options::new().schema(&name).pool_size(2);
        let store = PostgresStore::connect_without_tls(config, &options).await.unwrap();
        let (replica, _driver) = follow(&store, Duration::from_secs(1));
        fresh(&replica).await;
        let client = beside(server).await;
        let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1";
        for round in 0..10 {
            assert!(client.query_one(cut, &[&name]).await.unwrap().get::<_, i64>(0) > 0);
            revoke(&store, &format!("s-{round}")).await;
            seen(&replica, &format!("s-{round}")).await;
        }
    });
}

#[test]
fn a_replica_that_has_lost_its_server_grows_stale_and_then_refuses() {
    let Some(mut server) = own_server() else { return };
    runtime().block_on(async {
        let (store, name) = store(&server).await;
        revoke(&store, "before").await;
        let errors = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&errors);
        let options = ReplicaOptions::new().interval(OFTEN).on_error(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
        });
        let (replica, driver) = store.replica(OFTEN * 10, options).unwrap();
        tokio::spawn(driver);
        fresh(&replica).await;
        for stop in [Postgres::stop, Postgres::kill] {
            stop(&mut server);
            eventually("it is stale", async || !replica.is_fresh()).await;
            for sid in ["before", "never"] {
                let check = Check::new(ISSUER).session(sid);
                let error = replica.check(&check, NOW).wait().await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Unavailable);
            }
            assert!(errors.swap(0, Ordering::Relaxed) > 0);
            server.restart();
            // On another node, before this one is back, perhaps.
            let other = open(&server, &Options::new().schema(&name).pool_size(2)).await;
            revoke(&other, "meanwhile").await;
            seen(&replica, "meanwhile").await;
            seen(&replica, "before").await;
        }
    });
}

/// The numbers of the transactions that the backup lacks are given out again.
#[test]
fn a_server_that_was_restored_from_an_older_backup_is_read_anew() {
    let Some(mut server) = own_server() else { return };
    runtime().block_on(async {
        let (store, name) = store(&server).await;
        revoke(&store, "old").await;
        server.stop();
        server.put_aside();
        server.restart();
        let (replica, driver) = follow(&store, OFTEN);
        fresh(&replica).await;
        revoke(&store, "lost").await;
        seen(&replica, "lost").await;
        // While the driver is away, so that it finds all of it done.
        driver.abort();
        drop(replica);
        let options = ReplicaOptions::new().interval(OFTEN);
        let (replica, driver) = store.replica(OFTEN * 10, options).unwrap();
        let mut driver = Box::pin(driver);
        tokio::select! {
            () = &mut driver => panic!("the driver has ended"),
            () = seen(&replica, "lost") => {}
        }
        server.stop();
        server.put_back();
        server.restart();
        let other = open(&server, &Options::new().schema(&name).pool_size(2)).await;
        for number in 0..20 {
            revoke(&other, &format!("new-{number}")).await;
        }
        let driver = tokio::spawn(driver);
        for number in 0..20 {
            seen(&replica, &format!("new-{number}")).await;
        }
        driver.abort();
    });
}

#[test]
fn an_entry_that_this_version_does_not_know_makes_the_replica_ask() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let (store, name) = store(server).await;
        let (replica, _driver) = follow(&store, OFTEN);
        fresh(&replica).await;
        let client = beside(server).await;
        let later: &[u8] = b"z\0\0\0\0\0\0\0\0later";
        let insert = format!("INSERT INTO \"{name}\".revoked (key, name, until) VALUES (sha256($1), $1, 1)");
        client.execute(&insert, &[&later]).await.unwrap();
        eventually("it is stale", async || !replica.is_fresh()).await;
        revoke(&store, "s").await;
        let check = Check::new(ISSUER).session("s");
        assert_eq!(replica.check(&check, NOW).wait().await.unwrap(), Verdict::Revoked(Scope::Session));
        replica.purge_expired(NOW, 10).await.unwrap();
        seen(&replica, "s").await;
    });
}

#[test]
fn a_revocation_by_the_replica_itself_counts_at_once() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let (store, _) = store(server).await;
        let (replica, _driver) = follow(&store, SELDOM);
        fresh(&replica).await;
        replica.revoke(ISSUER, Target::Session("s"), RetainUntil::FOREVER).await.unwrap();
        assert_eq!(in_memory(&replica, "s"), Some(true));
    });
}

#[test]
fn the_driver_ends_with_its_replica_and_with_the_signal() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let (store, _) = store(server).await;
        let (replica, driver) = follow(&store, SELDOM);
        fresh(&replica).await;
        // A clone of the engine is no replica.
        let engine = replica.engine().clone();
        drop(replica);
        tokio::time::timeout(Duration::from_secs(5), driver).await.unwrap().unwrap();
        drop(engine);

        let (signal, shutdown) = oneshot::channel::<()>();
        let options = ReplicaOptions::new().shutdown(async {
            let _ = shutdown.await;
        });
        let (replica, driver) = store.replica(Duration::from_secs(2), options).unwrap();
        let driver = tokio::spawn(driver);
        fresh(&replica).await;
        signal.send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(5), driver).await.unwrap().unwrap();
        eventually("it is stale", async || !replica.is_fresh()).await;
        revoke(&store, "s").await;
        let check = Check::new(ISSUER).session("s");
        assert_eq!(replica.check(&check, NOW).wait().await.unwrap(), Verdict::Revoked(Scope::Session));
    });
}
