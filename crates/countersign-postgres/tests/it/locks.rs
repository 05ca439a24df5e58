//! What happens when several do something to the same rows: purges, revocations, rotations, and callers who go away.

use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use countersign_postgres::{Options, PostgresStore, tokio_postgres::Client};
use countersign_revocation::{RetainUntil, RevocationStore, Target, TokenId};
use countersign_token_store::{RotationOutcome, TokenStore, TokenStoreExt};
use time::OffsetDateTime;

use crate::common::{ISSUER, NOW, beside, eventually, fresh, fresh_schema, open, runtime, server};
use crate::records::{rotate, session};

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap()
}

#[test]
fn several_purges_at_once_share_the_rows_and_take_each_once() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let store = Arc::new(fresh(server).await.revocations());
        for number in 0..300 {
            let jti = number.to_string();
            let until = RetainUntil::from_unix_seconds(1000 + number % 2);
            store.revoke(ISSUER, Target::Token(TokenId::Jti(&jti)), until).await.unwrap();
        }
        let purging: Vec<_> = (0..8)
            .map(|_| {
                let store = Arc::clone(&store);
                tokio::spawn(async move {
                    let mut removed = 0;
                    loop {
                        let purged = store.purge_expired(at(1000), 7).await.unwrap();
                        assert!(purged.removed <= 7);
                        removed += purged.removed;
                        if !purged.more {
                            return removed;
                        }
                    }
                })
            })
            .collect();
        let mut removed = 0;
        for purging in purging {
            removed += purging.await.unwrap();
        }
        // A row that another purge had locked at the end was left to that one.
        removed += store.purge_expired(at(1000), 300).await.unwrap().removed;
        assert_eq!(removed, 150);
        assert_eq!(store.count().await.unwrap().tokens, 150);
    });
}

#[test]
fn an_entry_that_is_lengthened_while_a_purge_is_on_its_way_stays() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let name = fresh_schema();
        let store = open(server, &Options::new().schema(&name).pool_size(4)).await.revocations();
        store.revoke(ISSUER, Target::Session("s"), RetainUntil::from_unix_seconds(1000)).await.unwrap();
        let mut client = beside(server).await;
        let transaction = client.transaction().await.unwrap();
        let lengthen = format!("UPDATE \"{name}\".revoked SET until = 2000");
        transaction.batch_execute(&lengthen).await.unwrap();
        let purged = store.purge_expired(at(1500), 10).await.unwrap();
        assert_eq!(purged.removed, 0, "a locked row is left to whoever has it");
        transaction.commit().await.unwrap();
        assert_eq!(store.purge_expired(at(1500), 10).await.unwrap().removed, 0);
        assert_eq!(store.purge_expired(at(2000), 10).await.unwrap().removed, 1);
    });
}

/// The subject version must not fall back, whichever of the two comes first; the clock of the revocation is set back,
/// so that it is the floor that keeps it up.
#[test]
fn a_subject_version_does_not_fall_back_when_a_purge_removes_the_subject_meanwhile() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let name = fresh_schema();
        let store = Arc::new(open(server, &Options::new().schema(&name).pool_size(4)).await.revocations());
        let until = RetainUntil::from_unix_seconds(2000);
        let first = store.revoke_subject(ISSUER, "u", until, at(1000), Duration::ZERO).await.unwrap();
        // By hand, what a purge does: the floor, then the row. The revocation comes between the two and the commit.
        let mut client = beside(server).await;
        let transaction = client.transaction().await.unwrap();
        let purge = format!(
            "UPDATE \"{name}\".numbers SET value = {first} WHERE name = 'generation-floor'; \
             DELETE FROM \"{name}\".revoked"
        );
        transaction.batch_execute(&purge).await.unwrap();
        let revoking = {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                store.revoke_subject(ISSUER, "u", RetainUntil::FOREVER, at(5), Duration::ZERO).await.unwrap()
            })
        };
        let client = beside(server).await;
        eventually("the revocation waits for the purge", async || {
            let waiting =
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE $1";
            let like = format!("%\"{name}\".revoked%");
            client.query_one(waiting, &[&like]).await.unwrap().get::<_, i64>(0) == 1
        })
        .await;
        transaction.commit().await.unwrap();
        let second = revoking.await.unwrap();
        assert!(second > first, "the subject version fell back from {first} to {second}");
    });
}

/// Under an isolation that is stricter than what the store asks for, with the one connection that there is.
#[test]
fn a_step_that_the_server_undoes_because_of_another_is_tried_again() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let name = fresh_schema();
        let mut config = crate::common::config(server);
        config.options("-c default_transaction_isolation=serializable").application_name(&name);
        let options = Options::new().schema(&name).pool_size(1);
        let store = PostgresStore::connect_without_tls(config, &options).await.unwrap().revocations();
        store.revoke(ISSUER, Target::Session("s"), RetainUntil::from_unix_seconds(1000)).await.unwrap();
        let mut client = beside(server).await;
        let transaction = client.transaction().await.unwrap();
        transaction.batch_execute(&format!("UPDATE \"{name}\".revoked SET until = 1500")).await.unwrap();
        let revoking = tokio::spawn(async move {
            store.revoke(ISSUER, Target::Session("s"), RetainUntil::from_unix_seconds(2000)).await
        });
        let client = beside(server).await;
        eventually("the revocation waits", async || {
            let waiting = "SELECT count(*) FROM pg_stat_activity \
                           WHERE application_name = $1 AND wait_event_type = 'Lock'";
            client.query_one(waiting, &[&name]).await.unwrap().get::<_, i64>(0) == 1
        })
        .await;
        transaction.commit().await.unwrap();
        revoking.await.unwrap().unwrap();
        let statement = format!("SELECT until FROM \"{name}\".revoked");
        assert_eq!(client.query_one(&statement, &[]).await.unwrap().get::<_, i64>(0), 2000);
    });
}

#[test]
fn subject_versions_rise_for_each_of_many_revocations_and_purges_at_once() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let store = Arc::new(fresh(server).await.revocations());
        let revoking: Vec<_> = (0..8)
            .map(|_| {
                let store = Arc::clone(&store);
                tokio::spawn(async move {
                    let mut last = 0;
                    for _ in 0..40 {
                        // In the past when it is made, so that the purges take it at once.
                        let until = RetainUntil::from_unix_seconds(1);
                        let next =
                            store.revoke_subject(ISSUER, "u", until, at(5), Duration::ZERO).await.unwrap();
                        assert!(next > last, "the subject version fell back from {last} to {next}");
                        last = next;
                        store.purge_expired(at(1000), 10).await.unwrap();
                    }
                    last
                })
            })
            .collect();
        let mut highest = 0;
        for revoking in revoking {
            highest = highest.max(revoking.await.unwrap());
        }
        // Each of the 320 has raised it by one.
        assert_eq!(highest, 5000 + 319);
    });
}

#[test]
fn one_of_many_rotations_at_once_wins_on_several_nodes() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let options = Options::new().schema(fresh_schema()).pool_size(16);
        let nodes =
            [open(server, &options).await, open(server, &options).await].map(|node| Arc::new(node.tokens()));
        nodes[0].create_session(session(1)).await.unwrap();
        let rotating: Vec<_> = (0..64)
            .map(|number| {
                let node = Arc::clone(&nodes[number as usize % 2]);
                tokio::spawn(async move { (number, rotate(&*node, 1, 1, 100 + number).await.unwrap()) })
            })
            .collect();
        let (mut winners, mut salts) = (Vec::new(), Vec::new());
        for rotating in rotating {
            match rotating.await.unwrap() {
                (number, RotationOutcome::Rotated(_)) => winners.push(number),
                (_, RotationOutcome::WithinGrace { salt, .. }) => salts.push(salt.0),
                (_, other) => panic!("{other:?}"),
            }
        }
        assert_eq!((winners.len(), salts.len()), (1, 63));
        let mut salt = [0; 16];
        salt[..8].copy_from_slice(&(100 + winners[0]).to_be_bytes());
        assert!(salts.iter().all(|&one| one == salt));
    });
}

/// Without the row's lock it would decide on what was before, and tell a client that it has a new token of a session that
/// is over.
#[test]
fn a_rotation_decides_on_what_it_finds_once_it_has_the_row() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let name = fresh_schema();
        let tokens = Arc::new(open(server, &Options::new().schema(&name).pool_size(4)).await.tokens());
        tokens.create_session(session(1)).await.unwrap();
        // By hand, what a logout does. The rotation comes between its step and its commit.
        let mut client = beside(server).await;
        let transaction = client.transaction().await.unwrap();
        let ended = "replace(convert_from(record, 'UTF8'), '\"ended\":false', '\"ended\":true')";
        let log_out =
            format!("UPDATE \"{name}\".records SET record = convert_to({ended}, 'UTF8'), version = DEFAULT");
        transaction.batch_execute(&log_out).await.unwrap();
        let rotating = {
            let tokens = Arc::clone(&tokens);
            tokio::spawn(async move { rotate(&*tokens, 1, 1, 2).await.unwrap() })
        };
        let client = beside(server).await;
        eventually("the rotation waits for the logout", async || {
            let waiting =
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE $1";
            let like = format!("%\"{name}\".records%");
            client.query_one(waiting, &[&like]).await.unwrap().get::<_, i64>(0) == 1
        })
        .await;
        transaction.commit().await.unwrap();
        let outcome = rotating.await.unwrap();
        assert!(matches!(outcome, RotationOutcome::Revoked(_)), "{outcome:?}");
    });
}

/// How many connections of the pool have a transaction open or wait for a lock.
async fn unfinished(client: &Client, name: &str) -> i64 {
    let statement = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND state <> 'idle'";
    client.query_one(statement, &[&name]).await.unwrap().get(0)
}

/// Polls a future so many times and drops it when it would be polled once more; its output if it was done before.
async fn dropped_after<F: Future>(polls: u64, future: F) -> Option<F::Output> {
    let (mut future, mut left) = (Box::pin(future), polls);
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

#[test]
fn a_call_that_is_dropped_at_any_moment_leaves_no_transaction_open() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let name = fresh_schema();
        let mut config = crate::common::config(server);
        config.application_name(&name);
        // The server would end a transaction that is left open too, but not within the time of this test.
        let options = Options::new().schema(&name).pool_size(2).timeout(Duration::from_secs(60));
        let tokens = PostgresStore::connect_without_tls(config, &options).await.unwrap().tokens();
        tokens.create_session(session(1)).await.unwrap();
        let client = beside(server).await;
        let (mut current, mut dropped) = (1, 0);
        for round in 0..200_u64 {
            let candidate = 1000 + round;
            let rotation = rotate(&tokens, 1, current, candidate);
            dropped += u32::from(dropped_after(round % 8, rotation).await.is_none());
            eventually("nothing is left open", async || unfinished(&client, &name).await == 0).await;
            // Whether it has happened, the session itself tells: the next rotation works with one of the two.
            match rotate(&tokens, 1, candidate, 5000 + round).await.unwrap() {
                RotationOutcome::Rotated(_) => current = 5000 + round,
                // It had not happened, and the candidate that nobody knows has ended the session.
                RotationOutcome::Reused(_) => {
                    tokens.purge_expired(NOW + Duration::from_secs(86_400), 10).await.unwrap();
                    tokens.create_session(session(1)).await.unwrap();
                    current = 1;
                }
                other => panic!("{other:?}"),
            }
        }
        assert!(dropped > 50, "{dropped} calls were dropped half-way");
    });
}

#[test]
fn a_call_that_waits_for_a_lock_and_is_dropped_gives_its_connection_back_clean() {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let name = fresh_schema();
        let mut config = crate::common::config(server);
        config.application_name(&name);
        let options = Options::new().schema(&name).pool_size(1).timeout(Duration::from_secs(60));
        let store = PostgresStore::connect_without_tls(config, &options).await.unwrap();
        let tokens = store.tokens();
        tokens.create_session(session(1)).await.unwrap();
        let mut client = beside(server).await;
        let transaction = client.transaction().await.unwrap();
        transaction.batch_execute(&format!("SELECT FROM \"{name}\".records FOR UPDATE")).await.unwrap();
        let waiting = tokio::time::timeout(Duration::from_millis(200), rotate(&tokens, 1, 1, 2)).await;
        assert!(waiting.is_err(), "the rotation waits for the lock");
        transaction.rollback().await.unwrap();
        eventually("nothing is left open", async || unfinished(&client, &name).await == 0).await;
        // The same connection. The server had the statement already, so the rotation that was dropped may have happened,
        // and then this is its replay.
        let outcome = rotate(&tokens, 1, 1, 3).await.unwrap();
        assert!(
            matches!(outcome, RotationOutcome::Rotated(_) | RotationOutcome::WithinGrace { .. }),
            "{outcome:?}"
        );
        assert_eq!(store.pool().status().size, 1);
    });
}
