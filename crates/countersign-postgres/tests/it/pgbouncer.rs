//! Through PgBouncer in session mode.

use std::str::FromStr as _;
use std::time::Duration;

use countersign_postgres::tokio_postgres::Config;
use countersign_postgres::{Options, PostgresStore, ReplicaOptions};
use countersign_revocation::{Check, RetainUntil, RevocationStore, Scope, Target, Verdict};
use countersign_test_servers::{PgBouncer, Postgres, or_skip};

use crate::common::{ISSUER, NOW, eventually, fresh_schema, own_server, runtime, server};

fn bouncer(server: &Postgres) -> Option<PgBouncer> {
    or_skip("no PgBouncer", PgBouncer::start(server))
}

async fn open(bouncer: &PgBouncer, options: &Options) -> PostgresStore {
    let config = Config::from_str(&bouncer.connection_string()).unwrap();
    PostgresStore::connect_without_tls(config, options).await.unwrap()
}

fn options() -> Options {
    Options::new().schema(fresh_schema()).pool_size(8)
}

#[test]
fn both_stores_conform_through_pgbouncer() {
    // One of its own: PgBouncer keeps connections to it, which the other tests would lack.
    let Some(server) = own_server() else { return };
    let Some(bouncer) = bouncer(&server) else { return };
    let runtime = runtime();
    let violations =
        countersign_revocation::conformance::run(&|future| runtime.block_on(future), async || {
            open(&bouncer, &options()).await.revocations()
        });
    assert_eq!(violations, []);
    let violations =
        countersign_token_store::conformance::run(&|future| runtime.block_on(future), async || {
            open(&bouncer, &options()).await.tokens()
        });
    assert_eq!(violations, []);
}

#[test]
fn connections_through_pgbouncer_are_bounded_and_replica_is_pushed_to() {
    let Some(server) = server() else { return };
    let Some(bouncer) = bouncer(server) else { return };
    runtime().block_on(async {
        let store = open(&bouncer, &options().timeout(Duration::from_millis(1234))).await;
        let client = store.pool().get().await.unwrap();
        for name in ["statement_timeout", "idle_in_transaction_session_timeout"] {
            let row = client.query_one("SELECT current_setting($1)", &[&name]).await.unwrap();
            assert_eq!(row.get::<_, String>(0), "1234ms", "{name}");
        }
        // The interval is too long for the test: only a push wakes the replica.
        let options = ReplicaOptions::new().interval(Duration::from_secs(60));
        let (replica, driver) = store.replica(Duration::from_secs(600), options).unwrap();
        tokio::spawn(driver);
        eventually("the replica is fresh", async || replica.is_fresh()).await;
        store.revocations().revoke(ISSUER, Target::Session("s"), RetainUntil::FOREVER).await.unwrap();
        let check = Check::new(ISSUER).session("s");
        eventually("the push", async || {
            replica.check(&check, NOW).wait().await.unwrap() == Verdict::Revoked(Scope::Session)
        })
        .await;
    });
}

#[test]
fn restart_of_server_behind_pgbouncer_costs_no_check() {
    let Some(mut server) = own_server() else { return };
    let Some(bouncer) = bouncer(&server) else { return };
    runtime().block_on(async {
        let revocations = open(&bouncer, &options()).await.revocations();
        revocations.revoke(ISSUER, Target::Session("s"), RetainUntil::FOREVER).await.unwrap();
        let check = Check::new(ISSUER).session("s");
        for stop in [Postgres::stop, Postgres::kill] {
            stop(&mut server);
            server.restart();
            let verdict = revocations.check(&check, NOW).wait().await.unwrap();
            assert_eq!(verdict, Verdict::Revoked(Scope::Session));
        }
    });
}
