//! Schemas: their names, their making and their versions, and servers that are refused.

use countersign_postgres::{
    OpenErrorKind, Options, PostgresStore, ReplicaOptions, deadpool_postgres, tokio_postgres::NoTls,
};
use countersign_revocation::{Check, RetainUntil, RevocationStore, Scope, Target, Verdict};
use std::time::Duration;

use crate::common::{ISSUER, NOW, beside, config, fresh, fresh_schema, open, options, runtime, server};

async fn revoke_one(store: &PostgresStore) {
    store.revocations().revoke(ISSUER, Target::Session("s"), RetainUntil::FOREVER).await.unwrap();
}

async fn is_revoked(store: &PostgresStore) -> bool {
    let check = Check::new(ISSUER).session("s");
    let verdict = store.revocations().check(&check, NOW).wait().await.unwrap();
    verdict == Verdict::Revoked(Scope::Session)
}

#[test]
fn a_schema_of_any_name_is_kept_apart_and_found_again() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let names = [r#"a"b"#, "A b", "a b", "'; DROP SCHEMA x; --", "Größe", &"x".repeat(63)];
        for (number, name) in names.iter().enumerate() {
            let options = Options::new().schema(*name).pool_size(2);
            let store = open(server, &options).await;
            assert!(!is_revoked(&store).await, "{name} is number {number} and new");
            revoke_one(&store).await;
            assert!(is_revoked(&open(server, &options).await).await, "{name} is found again");
        }
        for name in ["", "pg_x", "a\0", &"x".repeat(64)] {
            let error =
                PostgresStore::connect_without_tls(config(server), &Options::new().schema(name)).await;
            assert_eq!(error.unwrap_err().kind(), OpenErrorKind::Options, "{name:?}");
        }
    });
}

#[test]
fn require_existing_makes_no_schema_and_no_tables() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let name = fresh_schema();
        let existing = Options::new().schema(&name).pool_size(1).require_existing();
        let client = beside(server).await;
        let open_existing = async || {
            let opened = PostgresStore::connect_without_tls(config(server), &existing).await;
            opened.map(|_| ()).map_err(|error| error.kind())
        };
        assert_eq!(open_existing().await, Err(OpenErrorKind::NotFound));
        // An administrator has made the schema, and nothing in it.
        client.batch_execute(&format!("CREATE SCHEMA \"{name}\"")).await.unwrap();
        assert_eq!(open_existing().await, Err(OpenErrorKind::NotFound));
        let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = $1";
        let count: i64 = client.query_one(tables, &[&name]).await.unwrap().get(0);
        assert_eq!(count, 0);

        revoke_one(&open(server, &Options::new().schema(&name).pool_size(1)).await).await;
        assert_eq!(open_existing().await, Ok(()));
    });
}

#[test]
fn many_processes_may_make_the_same_schema_at_once() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let options = options().pool_size(1);
        let opening: Vec<_> = (0..16)
            .map(|_| {
                let (config, options) = (config(server), options.clone());
                tokio::spawn(async move { PostgresStore::connect_without_tls(config, &options).await })
            })
            .collect();
        for opened in opening {
            revoke_one(&opened.await.unwrap().unwrap()).await;
        }
    });
}

#[test]
fn a_newer_or_senseless_version_is_refused_and_left_alone() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let name = fresh_schema();
        let options = Options::new().schema(&name).pool_size(2);
        open(server, &options).await;
        let client = beside(server).await;
        for version in [3_i64, -1] {
            let statement = format!("UPDATE \"{name}\".numbers SET value = $1 WHERE name = 'version'");
            client.execute(&statement, &[&version]).await.unwrap();
            let error = PostgresStore::connect_without_tls(config(server), &options).await.unwrap_err();
            assert_eq!(error.kind(), OpenErrorKind::UnknownVersion);
            let statement = format!("SELECT value FROM \"{name}\".numbers WHERE name = 'version'");
            let kept: i64 = client.query_one(&statement, &[]).await.unwrap().get(0);
            assert_eq!(kept, version);
        }
    });
}

#[test]
fn a_schema_that_holds_other_tables_of_these_names_is_refused() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let name = fresh_schema();
        let foreign =
            format!("CREATE SCHEMA \"{name}\"; CREATE TABLE \"{name}\".numbers (name text, value bigint)");
        beside(server).await.batch_execute(&foreign).await.unwrap();
        let options = Options::new().schema(&name);
        let error = PostgresStore::connect_without_tls(config(server), &options).await.unwrap_err();
        assert_eq!(error.kind(), OpenErrorKind::Corrupt);
    });
}

#[test]
fn a_user_who_may_make_nothing_can_use_what_is_there() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let name = fresh_schema();
        let options = Options::new().schema(&name).pool_size(2);
        open(server, &options).await;
        let grant = format!(
            "CREATE ROLE plain LOGIN; GRANT USAGE ON SCHEMA \"{name}\" TO plain; \
             GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA \"{name}\" TO plain"
        );
        beside(server).await.batch_execute(&grant).await.unwrap();
        let mut config = config(server);
        config.user("plain");
        let store = PostgresStore::connect_without_tls(config.clone(), &options).await.unwrap();
        revoke_one(&store).await;
        store
            .revocations()
            .revoke_subject(ISSUER, "u", RetainUntil::FOREVER, NOW, Duration::ZERO)
            .await
            .unwrap();
        assert!(is_revoked(&store).await);
        let elsewhere = Options::new().schema(fresh_schema());
        let error = PostgresStore::connect_without_tls(config, &elsewhere).await.unwrap_err();
        assert_eq!(error.kind(), OpenErrorKind::Unavailable);
    });
}

#[test]
fn a_server_that_acknowledges_what_is_not_on_its_disk_is_refused() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let mut careless = config(server);
        careless.options("-c synchronous_commit=off");
        let error = PostgresStore::connect_without_tls(careless, &options()).await.unwrap_err();
        assert_eq!(error.kind(), OpenErrorKind::Unsupported);
    });
}

#[test]
fn connections_are_bounded_but_for_what_the_configuration_sets() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let mut config = config(server);
        config.options("-c statement_timeout=77");
        let options = options().timeout(Duration::from_millis(1234));
        let store = PostgresStore::connect_without_tls(config, &options).await.unwrap();
        let asked = "SELECT current_setting('statement_timeout'), \
                     current_setting('idle_in_transaction_session_timeout'), \
                     current_setting('default_transaction_isolation')";
        let row = store.pool().get().await.unwrap().query_one(asked, &[]).await.unwrap();
        let settings: [String; 3] = [row.get(0), row.get(1), row.get(2)];
        assert_eq!(settings, ["77ms", "1234ms", "read committed"]);
    });
}

#[test]
fn a_server_that_is_not_there_is_unavailable_and_no_error_shows_where_it_was_sought() {
    runtime().block_on(async {
        let port = countersign_test_servers::free_port();
        let config = format!("host=127.0.0.1 port={port} user=canary password=canary dbname=canary").parse();
        let error = PostgresStore::connect_without_tls(config.unwrap(), &options()).await.unwrap_err();
        assert_eq!(error.kind(), OpenErrorKind::Unavailable);
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("canary") && !shown.contains(&port.to_string()), "{shown}");
        assert!(std::error::Error::source(&error).is_some());
    });
}

#[test]
fn a_pool_of_the_callers_own_is_used_and_a_replica_of_it_needs_a_connector() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let manager = deadpool_postgres::Manager::new(config(server), NoTls);
        let pool = deadpool_postgres::Pool::builder(manager).max_size(3).build().unwrap();
        let store = PostgresStore::from_pool(pool.clone(), &options()).await.unwrap();
        revoke_one(&store).await;
        assert!(is_revoked(&store).await);
        assert!(pool.status().size > 0);
        let bound = Duration::from_secs(5);
        let error = store.replica(bound, ReplicaOptions::new()).map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), OpenErrorKind::Options);
        let store = store.with_connector(config(server), NoTls);
        assert!(store.replica(bound, ReplicaOptions::new()).is_ok());
    });
}

#[test]
fn an_interval_that_cannot_keep_the_bound_is_refused() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let store = fresh(server).await;
        let with = |interval| {
            let options = ReplicaOptions::new().interval(interval);
            store.replica(Duration::from_secs(2), options).map(|_| ()).map_err(|error| error.kind())
        };
        assert_eq!(with(Duration::from_secs(1)), Ok(()));
        assert_eq!(with(Duration::from_millis(1001)), Err(OpenErrorKind::Options));
        assert_eq!(with(Duration::ZERO), Err(OpenErrorKind::Options));
    });
}
