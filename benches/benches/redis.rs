//! Redis on loopback: a whole check against one bare round trip in the same run, and how soon a replica sees what
//! another process has revoked.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench")]

use std::time::{Duration, Instant};

use countersign_redis::{RedisOptions, RedisStore, redis};
use countersign_revocation::{Check, RetainUntil, RevocationStore, SubjectVersion, Target, TokenId};
use countersign_test_servers::{Redis, redis_is_installed};
use criterion::{Criterion, criterion_group, criterion_main};
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::runtime::{Builder, Runtime};

const NOW: OffsetDateTime = datetime!(2026-11-01 12:00 UTC);
const ISSUER: &str = "https://issuer.example";

fn checks(c: &mut Criterion) {
    if !redis_is_installed() {
        println!("skipped: redis: no redis-server");
        return;
    }
    let (server, runtime) = (Redis::start(&[]), Builder::new_multi_thread().enable_all().build().unwrap());
    let store = runtime.block_on(RedisStore::connect(&server.url(), RedisOptions::new())).unwrap();
    let mut group = c.benchmark_group("redis");
    let client = redis::Client::open(server.url()).unwrap();
    let connection = runtime.block_on(client.get_multiplexed_async_connection()).unwrap();
    group.bench_function("bare round trip", |b| {
        b.iter(|| {
            runtime.block_on(async {
                redis::cmd("GET")
                    .arg("x")
                    .query_async::<Option<String>>(&mut connection.clone())
                    .await
                    .unwrap()
            })
        });
    });
    let revocations = store.revocations();
    let check = Check::new(ISSUER)
        .token(TokenId::Jti("t"))
        .session("s")
        .subject("u", SubjectVersion::Version(0))
        .key("k");
    group.bench_function("check", |b| {
        b.iter(|| runtime.block_on(async { revocations.check(&check, NOW).wait().await.unwrap() }));
    });
    group.bench_function("revoke", |b| {
        let mut number = 0_u64;
        b.iter(|| {
            number += 1;
            let session = number.to_string();
            let revoked = revocations.revoke(ISSUER, Target::Session(&session), RetainUntil::FOREVER);
            runtime.block_on(revoked).unwrap();
        });
    });
    group.finish();
    propagation(&runtime, &server);
}

/// Prints the time from a revocation's acknowledgement to its being seen by a replica.
fn propagation(runtime: &Runtime, server: &Redis) {
    runtime.block_on(async {
        let options = || RedisOptions::new().prefix("propagation");
        let reader = RedisStore::connect(&server.url(), options()).await.unwrap();
        let writer = RedisStore::connect(&server.url(), options()).await.unwrap().revocations();
        let (replica, driver) = reader.replica(Duration::from_secs(2), Duration::from_millis(500)).unwrap();
        tokio::spawn(driver);
        while !replica.is_fresh() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let mut delays = Vec::new();
        for number in 0..2000_u64 {
            writer.revoke(ISSUER, Target::Session(&number.to_string()), RetainUntil::FOREVER).await.unwrap();
            let start = Instant::now();
            while replica.local_count().sessions <= number {
                tokio::time::sleep(Duration::from_micros(200)).await;
            }
            delays.push(start.elapsed());
        }
        delays.sort();
        let at = |part: usize| delays.get(delays.len() * part / 100).copied().unwrap_or_default();
        println!("redis/propagation: median {:?}, 99th percentile {:?}", at(50), at(99));
    });
}

criterion_group!(benches, checks);
criterion_main!(benches);
