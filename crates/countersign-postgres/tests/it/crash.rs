//! A server that is killed at random moments, while its store is in use: what was acknowledged is there afterwards, and
//! nothing is half-done.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use countersign_postgres::{PostgresRevocationStore, PostgresTokenStore};
use countersign_revocation::{Check, RetainUntil, RevocationStore, SubjectVersion, Target, TokenId, Verdict};
use countersign_test_servers::{Postgres, or_skip};
use countersign_token_store::{RotationOutcome, TokenStoreExt};

use crate::common::{ISSUER, NOW, SETTINGS, eventually, fresh, runtime};
use crate::records::{rotate, session};

const ROUNDS: u64 = 60;
const SESSIONS: u64 = 4;

/// How much the server has acknowledged in a round.
#[derive(Default)]
struct Acknowledged {
    revocations: AtomicU64,
    rotations: AtomicU64,
}

/// How many revocations, and how many rotations, a round waits for before it kills the server: 0 to 6. So a round ends
/// after a given amount of work, however fast the machine is.
fn goal(round: u64) -> u64 {
    round % 7
}

/// Revokes until the server is gone; the names of all that was acknowledged.
async fn revoking(store: PostgresRevocationStore, prefix: String, count: Arc<Acknowledged>) -> Vec<String> {
    let mut acknowledged = Vec::new();
    loop {
        let jti = format!("{prefix}-{}", acknowledged.len());
        if store.revoke(ISSUER, Target::Token(TokenId::Jti(&jti)), RetainUntil::FOREVER).await.is_err() {
            return acknowledged;
        }
        acknowledged.push(jti);
        count.revocations.fetch_add(1, Ordering::Relaxed);
    }
}

/// Raises a subject's version until the server is gone; the last one that was acknowledged.
async fn raising(store: PostgresRevocationStore, acknowledged: u64) -> u64 {
    let mut acknowledged = acknowledged;
    while let Ok(subject_version) =
        store.revoke_subject(ISSUER, "u", RetainUntil::FOREVER, NOW, Duration::ZERO).await
    {
        assert!(subject_version > acknowledged);
        acknowledged = subject_version;
    }
    acknowledged
}

/// A session's secret that was acknowledged last, and the one that may have taken its place.
#[derive(Clone, Copy)]
struct Chain {
    number: u64,
    acknowledged: u64,
    offered: u64,
}

/// Trades a session's tokens until the server is gone.
async fn rotating(store: PostgresTokenStore, mut chain: Chain, count: Arc<Acknowledged>) -> Chain {
    loop {
        chain.offered = chain.acknowledged + 1;
        match rotate(&store, chain.number, chain.acknowledged, chain.offered).await {
            Ok(RotationOutcome::Rotated(_)) => {
                chain.acknowledged = chain.offered;
                count.rotations.fetch_add(1, Ordering::Relaxed);
            }
            Ok(other) => panic!("{other:?}"),
            Err(_) => return chain,
        }
    }
}

/// What has become of a chain: the token that was acknowledged is current, or the one that was offered for it.
async fn recovered(store: &PostgresTokenStore, mut chain: Chain) -> Chain {
    // Another candidate than the one that was offered, so that the two can be told apart.
    let other = chain.offered + 1_000_000_000;
    match rotate(store, chain.number, chain.acknowledged, other).await.unwrap() {
        RotationOutcome::Rotated(_) => chain.acknowledged = other,
        RotationOutcome::WithinGrace { salt, .. } => {
            assert_eq!(salt.0[..8], chain.offered.to_be_bytes(), "the salt of the one that was offered");
            chain.acknowledged = chain.offered;
        }
        other => panic!("a session is not what it was: {other:?}"),
    }
    chain
}

#[test]
fn what_was_acknowledged_outlives_a_server_that_is_killed() {
    let Some(mut server) = or_skip("no PostgreSQL", Postgres::start_durable(SETTINGS)) else { return };
    runtime().block_on(async {
        let store = fresh(&server).await;
        let (revocations, tokens) = (store.revocations(), store.tokens());
        let mut chains = Vec::new();
        for number in 1..=SESSIONS {
            tokens.create_session(session(number)).await.unwrap();
            chains.push(Chain { number, acknowledged: number, offered: number });
        }
        let (mut all, mut subject_version, mut traded, mut goals) = (Vec::new(), 0, 0, 0);
        for round in 0..ROUNDS {
            let count = Arc::new(Acknowledged::default());
            let revoking: Vec<_> = (0..4)
                .map(|task| {
                    let prefix = format!("{round}-{task}");
                    tokio::spawn(revoking(revocations.clone(), prefix, Arc::clone(&count)))
                })
                .collect();
            let raising = tokio::spawn(raising(revocations.clone(), subject_version));
            let rotating: Vec<_> = chains
                .iter()
                .map(|&chain| tokio::spawn(rotating(tokens.clone(), chain, Arc::clone(&count))))
                .collect();
            eventually("the server does its work", async || {
                let counts = [&count.revocations, &count.rotations];
                counts.iter().all(|count| count.load(Ordering::Relaxed) >= goal(round))
            })
            .await;
            goals += goal(round);
            // And at any moment of the next commits, by steps that have no common rhythm with them.
            tokio::time::sleep(Duration::from_micros(round * 7919 % 10_000)).await;
            server.kill();
            let mut acknowledged = Vec::new();
            for revoking in revoking {
                acknowledged.extend(revoking.await.unwrap());
            }
            subject_version = raising.await.unwrap();
            let before: u64 = chains.iter().map(|chain| chain.acknowledged % 1_000_000_000).sum();
            chains.clear();
            for rotating in rotating {
                chains.push(rotating.await.unwrap());
            }
            let after: u64 = chains.iter().map(|chain| chain.acknowledged % 1_000_000_000).sum();
            traded += after - before;
            server.restart();

            all_are_revoked(&revocations, &acknowledged).await;
            all.extend(acknowledged);
            let kept = revocations.subject_version(ISSUER, "u").await.unwrap();
            assert!(
                kept >= subject_version,
                "the subject version fell back from {subject_version} to {kept}"
            );
            subject_version = kept;
            for chain in &mut chains {
                *chain = recovered(&tokens, *chain).await;
            }
        }
        all_are_revoked(&revocations, &all).await;
        // Enough has happened: more than once in each round.
        assert!(goals > ROUNDS, "{goals} in {ROUNDS} rounds");
        assert!(
            all.len() as u64 >= goals && traded >= goals,
            "{} revocations, {traded} rotations",
            all.len()
        );
        let count = revocations.count().await.unwrap();
        // One in each task and round may have been recorded without having been acknowledged.
        assert!((all.len() as u64..=all.len() as u64 + 4 * ROUNDS).contains(&count.tokens), "{count:?}");
        let check = Check::new(ISSUER).subject("u", SubjectVersion::Version(subject_version - 1));
        assert_ne!(revocations.check(&check, NOW).wait().await.unwrap(), Verdict::NotRevoked);
    });
}

async fn all_are_revoked(store: &PostgresRevocationStore, names: &[String]) {
    for jti in names {
        let check = Check::new(ISSUER).token(TokenId::Jti(jti));
        let verdict = store.check(&check, NOW).wait().await.unwrap();
        assert_ne!(verdict, Verdict::NotRevoked, "{jti} was acknowledged");
    }
}
