//! PostgreSQL on loopback: a check and a rotation against the bare round trip, a replica against the store in memory, and
//! how long a revocation takes from one node to another.
//!
//! The yardsticks run against the same server, on the same connection, in the same run. Nothing is measured where no
//! PostgreSQL is installed.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "a bench, not an interface")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use countersign_postgres::{Options, PostgresStore, ReplicaOptions};
use countersign_random::{KeyedDigest, LookupDigest};
use countersign_revocation::{
    Check, MaybeReady, MemoryRevocationStore, RetainUntil, RevocationStore, SubjectVersion, Target, TokenId,
    Verdict,
};
use countersign_test_servers::Postgres;
use countersign_token_store::{
    Rotation, RotationOutcome, Salt, SessionRecord, StoredSession, Successor, TokenStore, TokenStoreExt,
};
use criterion::{Criterion, criterion_group, criterion_main};
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::runtime::Runtime;

const NOW: OffsetDateTime = datetime!(2026-11-01 12:00 UTC);
const ISSUER: &str = "https://issuer.example";
const BOUND: Duration = Duration::from_secs(60);

fn check_of_four() -> Check<'static> {
    Check::new(ISSUER)
        .token(TokenId::Jti("jti-of-a-live-token"))
        .session("sid-of-a-live-session")
        .subject("alice", SubjectVersion::Version(0))
        .key("2026-11")
}

async fn open(server: &Postgres) -> PostgresStore {
    let config = server.connection_string().parse().unwrap();
    PostgresStore::connect_without_tls(config, &Options::new()).await.unwrap()
}

async fn fill(store: &impl RevocationStore, number: u32) {
    for number in 0..number {
        let jti = format!("jti-{number}");
        store.revoke(ISSUER, Target::Token(TokenId::Jti(&jti)), RetainUntil::FOREVER).await.unwrap();
    }
}

fn digest(number: u64) -> KeyedDigest {
    let mut bytes = [0; 32];
    bytes.iter_mut().zip(number.to_be_bytes()).for_each(|(to, from)| *to = from);
    KeyedDigest { key_id: 1, digest: LookupDigest::from_bytes(bytes) }
}

fn session() -> StoredSession {
    StoredSession {
        record: SessionRecord {
            id: "s".to_owned(),
            subject: "alice".to_owned(),
            subject_version: 0,
            scopes: vec![],
            name: String::new(),
            created_at: NOW,
            last_refreshed_at: None,
            idle_expires_at: NOW + Duration::from_secs(3600),
            expires_at: NOW + Duration::from_secs(7200),
        },
        locator: digest(0).digest,
        current: digest(0),
        previous: None,
        ended: false,
    }
}

async fn rotate(tokens: &impl TokenStore, current: u64) {
    let presented = [digest(current)];
    let rotation = Rotation {
        locator: digest(0).digest,
        presented: &presented,
        successor: Successor { secret: digest(current + 1), salt: Salt([0; 16]), derivation_key_id: 1 },
        now: NOW,
        grace: Duration::ZERO,
        idle_lifetime: Duration::from_secs(3600),
    };
    assert!(matches!(tokens.rotate(&rotation).await.unwrap(), RotationOutcome::Rotated(_)));
}

fn on_the_server(criterion: &mut Criterion, runtime: &Runtime, server: &Postgres) {
    let store = runtime.block_on(open(server));
    let (revocations, tokens) = (store.revocations(), store.tokens());
    runtime.block_on(fill(&revocations, 1000));
    let mut group = criterion.benchmark_group("postgres");
    group.bench_function("yardstick: a prepared SELECT 1 on a pooled connection", |bencher| {
        bencher.iter(|| {
            runtime.block_on(async {
                let client = store.pool().get().await.unwrap();
                let statement = client.prepare_cached("SELECT 1").await.unwrap();
                client.query_one(&statement, &[]).await.unwrap()
            })
        });
    });
    let check = check_of_four();
    group.bench_function("check", |bencher| {
        bencher.iter(|| {
            let verdict = runtime.block_on(revocations.check(black_box(&check), NOW).wait());
            assert_eq!(verdict.unwrap(), Verdict::NotRevoked);
        });
    });
    runtime.block_on(tokens.create_session(session())).unwrap();
    let mut current = 0;
    group.bench_function("rotation, without a wait for the disk", |bencher| {
        bencher.iter(|| {
            runtime.block_on(rotate(&tokens, current));
            current += 1;
        });
    });
    group.finish();
}

fn in_memory(criterion: &mut Criterion, runtime: &Runtime, server: &Postgres) {
    let memory = MemoryRevocationStore::new();
    runtime.block_on(fill(&memory, 1000));
    let store = runtime.block_on(open(server));
    let replica = runtime.block_on(async {
        let (replica, driver) = store.replica(BOUND, ReplicaOptions::new()).unwrap();
        tokio::spawn(driver);
        while !replica.is_fresh() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        replica
    });
    let check = check_of_four();
    let mut group = criterion.benchmark_group("replica");
    group.bench_function("yardstick: the store in memory", |bencher| {
        bencher.iter(|| matches!(memory.check(black_box(&check), NOW), MaybeReady::Ready(Ok(_))));
    });
    group.bench_function("check", |bencher| {
        bencher.iter(|| {
            assert!(matches!(
                replica.check(black_box(&check), NOW),
                MaybeReady::Ready(Ok(Verdict::NotRevoked))
            ));
        });
    });
    group.finish();
}

/// From the call on one node until a check on another says so, the server's commit and push and the reading included.
async fn propagation(server: &Postgres, samples: usize) -> Vec<Duration> {
    let (here, there) = (open(server).await.revocations(), open(server).await);
    // So seldom that it is the push that is measured.
    let options = ReplicaOptions::new().interval(BOUND / 2);
    let (replica, driver) = there.replica(BOUND, options).unwrap();
    tokio::spawn(driver);
    while !replica.is_fresh() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let mut times = Vec::new();
    for sample in 0..samples {
        let sid = format!("sid-{sample}");
        let check = Check::new(ISSUER).session(&sid);
        let began = Instant::now();
        here.revoke(ISSUER, Target::Session(&sid), RetainUntil::FOREVER).await.unwrap();
        while replica.check(&check, NOW).wait().await.unwrap() == Verdict::NotRevoked {
            tokio::time::sleep(Duration::from_micros(50)).await;
        }
        times.push(began.elapsed());
        // Not in step with the driver.
        tokio::time::sleep(Duration::from_micros(sample as u64 * 997 % 7000)).await;
    }
    times.sort();
    times
}

fn all(criterion: &mut Criterion) {
    let Some(server) = Postgres::start(&[]) else {
        println!("skipped: there is no PostgreSQL");
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    on_the_server(criterion, &runtime, &server);
    in_memory(criterion, &runtime, &server);

    // With a wait for the disk in each commit. Criterion has no percentiles; without `--bench` it measures nothing.
    let is_measuring = std::env::args().any(|argument| argument == "--bench");
    let durable = Postgres::start_durable(&[]).into_iter().collect::<Vec<_>>();
    for server in &durable {
        let times = runtime.block_on(propagation(server, if is_measuring { 2000 } else { 20 }));
        let at = |percent: usize| times.get((times.len() * percent / 100).min(times.len() - 1)).copied();
        println!(
            "postgres: a revocation is seen on another node after {:?} (median), {:?} (p99), {:?} at most",
            at(50).unwrap_or_default(),
            at(99).unwrap_or_default(),
            at(100).unwrap_or_default()
        );
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
