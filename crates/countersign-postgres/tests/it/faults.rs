//! A server that is away, silent or busy: the outcome is an error in time, and never "not revoked".

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use countersign_postgres::{Options, PostgresRevocationStore, PostgresStore};
use countersign_revocation::{Check, Error, ErrorKind, RetainUntil, RevocationStore, Scope, Target, Verdict};
use countersign_test_servers::Postgres;
use countersign_token_store::{RotationOutcome, TokenStoreExt};

use crate::common::{ISSUER, NOW, beside, fresh, fresh_schema, open, options, own_server, runtime, server};
use crate::records::{rotate, session};

/// Asks about the session that each test has revoked.
async fn check(store: &PostgresRevocationStore) -> Result<Verdict, Error> {
    store.check(&Check::new(ISSUER).session("revoked"), NOW).wait().await
}

async fn revoke(store: &PostgresRevocationStore) {
    store.revoke(ISSUER, Target::Session("revoked"), RetainUntil::FOREVER).await.unwrap();
}

const REVOKED: Verdict = Verdict::Revoked(Scope::Session);

/// Asks `number` times at once, so that as many connections are used.
async fn check_at_once(store: &PostgresRevocationStore, number: usize) -> Vec<Result<Verdict, Error>> {
    let asking: Vec<_> = (0..number)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { check(&store).await })
        })
        .collect();
    let mut answers = Vec::new();
    for asking in asking {
        answers.push(asking.await.unwrap());
    }
    answers
}

/// Cuts all connections of the stores' pools.
async fn cut(server: &Postgres, name: &str) -> i64 {
    let statement =
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1";
    beside(server).await.query_one(statement, &[&name]).await.unwrap().get(0)
}

/// A store whose connections bear the name of its schema.
async fn named(server: &Postgres, options: Options) -> (PostgresStore, String) {
    let name = fresh_schema();
    let mut config = crate::common::config(server);
    config.application_name(&name);
    let store = PostgresStore::connect_without_tls(config, &options.schema(&name)).await.unwrap();
    (store, name)
}

#[test]
fn a_server_that_is_stopped_is_an_error_and_one_that_is_back_costs_no_check() {
    let Some(mut server) = own_server() else { return };
    runtime().block_on(async {
        let store = fresh(&server).await;
        let revocations = store.revocations();
        revoke(&revocations).await;
        for stop in [Postgres::stop, Postgres::kill] {
            for answer in check_at_once(&revocations, 64).await {
                assert_eq!(answer.unwrap(), REVOKED);
            }
            assert!(store.pool().status().size > 1, "several connections were in use");
            stop(&mut server);
            for answer in check_at_once(&revocations, 64).await {
                assert_eq!(answer.unwrap_err().kind(), ErrorKind::Unavailable);
            }
            assert!(revocations.revoke(ISSUER, Target::Key("k"), RetainUntil::FOREVER).await.is_err());
            assert!(rotate(&store.tokens(), 1, 1, 2).await.is_err());
            server.restart();
            for answer in check_at_once(&revocations, 64).await {
                assert_eq!(answer.unwrap(), REVOKED);
            }
        }
    });
}

#[test]
fn a_server_that_was_started_again_between_two_checks_costs_none() {
    let Some(mut server) = own_server() else { return };
    runtime().block_on(async {
        let revocations = fresh(&server).await.revocations();
        revoke(&revocations).await;
        for stop in [Postgres::stop, Postgres::kill] {
            for answer in check_at_once(&revocations, 64).await {
                assert_eq!(answer.unwrap(), REVOKED);
            }
            stop(&mut server);
            server.restart();
            for answer in check_at_once(&revocations, 64).await {
                assert_eq!(answer.unwrap(), REVOKED);
            }
        }
    });
}

#[test]
fn a_connection_that_is_cut_is_replaced_and_no_check_is_answered_falsely() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let (store, name) = named(server, options()).await;
        let revocations = store.revocations();
        revoke(&revocations).await;
        // Idle when they are cut.
        check_at_once(&revocations, 64).await;
        assert!(cut(server, &name).await > 1);
        for answer in check_at_once(&revocations, 64).await {
            assert_eq!(answer.unwrap(), REVOKED);
        }
        // In the middle of a call, again and again; a call whose new connection is cut too may fail.
        let is_over = Arc::new(AtomicBool::new(false));
        let asking: Vec<_> = (0..8)
            .map(|_| {
                let (store, is_over) = (revocations.clone(), Arc::clone(&is_over));
                tokio::spawn(async move {
                    let (mut right, mut failed) = (0, 0);
                    while !is_over.load(Ordering::Relaxed) {
                        match check(&store).await {
                            Ok(verdict) => {
                                assert_eq!(verdict, REVOKED);
                                right += 1;
                            }
                            Err(error) => {
                                assert_eq!(error.kind(), ErrorKind::Unavailable);
                                failed += 1;
                            }
                        }
                    }
                    (right, failed)
                })
            })
            .collect();
        for _ in 0..50 {
            cut(server, &name).await;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        is_over.store(true, Ordering::Relaxed);
        let (mut right, mut failed) = (0, 0);
        for asking in asking {
            let (more_right, more_failed) = asking.await.unwrap();
            (right, failed) = (right + more_right, failed + more_failed);
        }
        assert!(right > 100 * (failed + 1), "{right} checks were answered and {failed} were not");
    });
}

#[test]
fn a_rotation_that_is_cut_is_an_error_and_not_done_twice() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let (store, name) = named(server, options()).await;
        let tokens = store.tokens();
        tokens.create_session(session(1)).await.unwrap();
        let mut client = beside(server).await;
        let lock = client.transaction().await.unwrap();
        lock.batch_execute(&format!("SELECT FROM \"{name}\".records FOR UPDATE")).await.unwrap();
        let rotating = tokio::spawn(async move {
            let outcome = rotate(&tokens, 1, 1, 2).await;
            (tokens, outcome)
        });
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(cut(server, &name).await > 0);
        // Done a second time, it would go through.
        lock.rollback().await.unwrap();
        let (tokens, outcome) = rotating.await.unwrap();
        assert_eq!(outcome.unwrap_err().kind(), countersign_token_store::ErrorKind::Unavailable);
        let outcome = rotate(&tokens, 1, 1, 3).await.unwrap();
        assert!(matches!(outcome, RotationOutcome::Rotated(_)), "{outcome:?}");
    });
}

#[test]
fn a_silent_server_is_an_error_in_time() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let options = options().timeout(Duration::from_millis(300)).pool_size(4);
        let (store, name) = named(server, options).await;
        let revocations = store.revocations();
        revoke(&revocations).await;
        check_at_once(&revocations, 16).await;
        let statement = "SELECT pid FROM pg_stat_activity WHERE application_name = $1";
        let rows = beside(server).await.query(statement, &[&name]).await.unwrap();
        let pids: Vec<String> = rows.iter().map(|row| row.get::<_, i32>(0).to_string()).collect();
        let signal = |signal: &str| {
            assert!(Command::new("kill").args(["-s", signal]).args(&pids).status().unwrap().success());
        };
        signal("STOP");
        // At most a call for each silent connection, since none is used a second time.
        for _ in 0..pids.len() {
            let began = Instant::now();
            let answer = check(&revocations).await;
            assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
            assert_eq!(answer.unwrap_err().kind(), ErrorKind::Unavailable);
        }
        assert_eq!(check(&revocations).await.unwrap(), REVOKED);
        signal("CONT");
    });
}

#[test]
fn an_exhausted_pool_is_an_error_in_time() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let options = options().timeout(Duration::from_millis(200)).pool_size(1);
        let store = open(server, &options).await;
        let revocations = store.revocations();
        revoke(&revocations).await;
        let held = store.pool().get().await.unwrap();
        let began = Instant::now();
        assert_eq!(check(&revocations).await.unwrap_err().kind(), ErrorKind::Unavailable);
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        drop(held);
        assert_eq!(check(&revocations).await.unwrap(), REVOKED);
    });
}

#[test]
fn a_revocation_that_waits_for_a_lock_too_long_is_an_error_and_the_server_gives_up_too() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let options = options().timeout(Duration::from_millis(300)).pool_size(2);
        let (store, name) = named(server, options).await;
        let revocations = store.revocations();
        revoke(&revocations).await;
        let mut client = beside(server).await;
        let lock = client.transaction().await.unwrap();
        lock.batch_execute(&format!("SELECT FROM \"{name}\".revoked FOR UPDATE")).await.unwrap();
        let again = revocations.revoke(ISSUER, Target::Session("revoked"), RetainUntil::FOREVER).await;
        assert_eq!(again.unwrap_err().kind(), ErrorKind::Unavailable);
        assert_eq!(check(&revocations).await.unwrap(), REVOKED, "a check waits for no lock");
        let client = beside(server).await;
        crate::common::eventually("nobody waits for the lock", async || {
            let waiting = "SELECT count(*) FROM pg_stat_activity \
                           WHERE application_name = $1 AND wait_event_type = 'Lock'";
            client.query_one(waiting, &[&name]).await.unwrap().get::<_, i64>(0) == 0
        })
        .await;
        lock.rollback().await.unwrap();
        revoke(&revocations).await;
    });
}

#[test]
fn a_schema_that_is_dropped_is_an_error() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let name = fresh_schema();
        let revocations = open(server, &Options::new().schema(&name).pool_size(2)).await.revocations();
        revoke(&revocations).await;
        beside(server).await.batch_execute(&format!("DROP SCHEMA \"{name}\" CASCADE")).await.unwrap();
        let error = check(&revocations).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(&name) && !shown.contains("SELECT"), "{shown}");
    });
}
