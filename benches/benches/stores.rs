//! The stores in memory: a whole revocation check.
//!
//! The check asks about a token, a session, a subject and a key at once, among 10,000 revoked tokens,
//! 1,000 sessions and 100 subjects; the yardstick is one look-up in the map that people write by hand.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench, not an interface")]

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::RwLock;
use std::time::Duration;

use countersign_revocation::{
    Check, MaybeReady, MemoryRevocationStore, RetainUntil, RevocationStore, SubjectVersion, Target, TokenId,
};
use criterion::{Criterion, criterion_group, criterion_main};
use pollster::block_on;
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-11-01 12:00 UTC);
const LATER: OffsetDateTime = datetime!(2026-11-01 12:15 UTC);
const ISSUER: &str = "https://issuer.example";

/// Fills a store from many threads, so that a durable one puts the entries into few commits.
fn fill(store: &impl RevocationStore) {
    let until = RetainUntil::at(LATER);
    std::thread::scope(|scope| {
        for thread in 0..100 {
            scope.spawn(move || {
                for number in (thread..10_000).step_by(100) {
                    let jti = format!("jti-{number}");
                    let target = Target::Token(TokenId::Jti(&jti));
                    block_on(store.revoke(ISSUER, target, until)).unwrap();
                }
                for number in (thread..1_000).step_by(100) {
                    let sid = format!("sid-{number}");
                    block_on(store.revoke(ISSUER, Target::Session(&sid), until)).unwrap();
                }
                let sub = format!("sub-{thread}");
                block_on(store.revoke_subject(ISSUER, &sub, until, NOW, Duration::ZERO)).unwrap();
            });
        }
    });
}

fn check_all(store: &impl RevocationStore) -> bool {
    let check = Check::new(ISSUER)
        .token(TokenId::Jti(black_box("jti-of-a-live-token")))
        .session(black_box("sid-of-a-live-session"))
        .subject(black_box("alice"), SubjectVersion::Version(0))
        .key(black_box("2026-11"));
    match store.check(&check, NOW) {
        MaybeReady::Ready(verdict) => verdict.is_ok(),
        MaybeReady::Wait(_) => false,
    }
}

fn checks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("revocation check");
    let map: RwLock<HashMap<[u8; 16], u64>> = RwLock::default();
    for number in 0..10_000_u128 {
        map.write().unwrap().insert(number.to_be_bytes(), 0);
    }
    let miss = u128::MAX.to_be_bytes();
    group.bench_function("yardstick: one miss in a RwLock of a HashMap", |bencher| {
        bencher.iter(|| map.read().unwrap().contains_key(black_box(&miss)));
    });
    let memory = MemoryRevocationStore::new();
    fill(&memory);
    group.bench_function("memory", |bencher| bencher.iter(|| check_all(&memory)));
    group.finish();
}

criterion_group!(benches, checks);
criterion_main!(benches);
