//! A server that is killed at random moments, while its store is in use: what was acknowledged is there afterwards, and
//! nothing is half-done.

use std::time::Duration;

use countersign_postgres::{PostgresRevocationStore, PostgresTokenStore};
use countersign_revocation::{Check, RevocationStore, Target, TokenId, Until, Verdict, Vintage};
use countersign_test_servers::Postgres;
use countersign_token_store::{RotationOutcome, TokenStore};

use crate::common::{ISSUER, NOW, SETTINGS, fresh, or_skip, runtime};
use crate::records::{rotate, session};

const ROUNDS: u64 = 60;
const SESSIONS: u64 = 4;

/// Revokes until the server is gone; the names of all that was acknowledged.
async fn revoking(store: PostgresRevocationStore, prefix: String) -> Vec<String> {
    let mut acknowledged = Vec::new();
    loop {
        let jti = format!("{prefix}-{}", acknowledged.len());
        if store.revoke(ISSUER, Target::Token(TokenId::Jti(&jti)), Until::FOREVER).await.is_err() {
            return acknowledged;
        }
        acknowledged.push(jti);
    }
}

/// Raises a subject's generation until the server is gone; the last one that was acknowledged.
async fn raising(store: PostgresRevocationStore, acknowledged: u64) -> u64 {
    let mut acknowledged = acknowledged;
    while let Ok(generation) = store.revoke_subject(ISSUER, "u", Until::FOREVER, NOW, Duration::ZERO).await {
        assert!(generation > acknowledged);
        acknowledged = generation;
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
async fn rotating(store: PostgresTokenStore, mut chain: Chain) -> Chain {
    loop {
        chain.offered = chain.acknowledged + 1;
        match rotate(&store, chain.number, chain.acknowledged, chain.offered).await {
            Ok(RotationOutcome::Rotated(_)) => chain.acknowledged = chain.offered,
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
    let Some(mut server) = or_skip(Postgres::start_durable(SETTINGS)) else { return };
    runtime().block_on(async {
        let store = fresh(&server).await;
        let (revocations, tokens) = (store.revocations(), store.tokens());
        let mut chains = Vec::new();
        for number in 1..=SESSIONS {
            tokens.create_session(session(number)).await.unwrap();
            chains.push(Chain { number, acknowledged: number, offered: number });
        }
        let (mut all, mut generation, mut traded) = (Vec::new(), 0, 0);
        for round in 0..ROUNDS {
            let revoking: Vec<_> = (0..4)
                .map(|task| tokio::spawn(revoking(revocations.clone(), format!("{round}-{task}"))))
                .collect();
            let raising = tokio::spawn(raising(revocations.clone(), generation));
            let rotating: Vec<_> =
                chains.iter().map(|&chain| tokio::spawn(rotating(tokens.clone(), chain))).collect();
            // From before the first commit to some dozens of them, by steps that have no common rhythm with them.
            tokio::time::sleep(Duration::from_micros(round * 7919 % 60_000)).await;
            server.kill();
            let mut acknowledged = Vec::new();
            for revoking in revoking {
                acknowledged.extend(revoking.await.unwrap());
            }
            generation = raising.await.unwrap();
            let before: u64 = chains.iter().map(|chain| chain.acknowledged % 1_000_000_000).sum();
            chains.clear();
            for rotating in rotating {
                chains.push(rotating.await.unwrap());
            }
            traded += chains.iter().map(|chain| chain.acknowledged % 1_000_000_000).sum::<u64>() - before;
            server.restart();

            all_are_revoked(&revocations, &acknowledged).await;
            all.extend(acknowledged);
            let kept = revocations.generation(ISSUER, "u").await.unwrap();
            assert!(kept >= generation, "the generation fell back from {generation} to {kept}");
            generation = kept;
            for chain in &mut chains {
                *chain = recovered(&tokens, *chain).await;
            }
        }
        all_are_revoked(&revocations, &all).await;
        assert!(
            all.len() as u64 > ROUNDS && traded > ROUNDS,
            "{} revocations, {traded} rotations",
            all.len()
        );
        let count = revocations.count().await.unwrap();
        // One in each task and round may have been recorded without having been acknowledged.
        assert!((all.len() as u64..=all.len() as u64 + 4 * ROUNDS).contains(&count.tokens), "{count:?}");
        let check = Check::new(ISSUER).subject("u", Vintage::Generation(generation - 1));
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
