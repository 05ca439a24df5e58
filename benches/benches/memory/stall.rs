//! The longest stall of a thread that checks in a loop, beside that of one that only reads the clock, while
//! a million entries are loaded and purged in batches.
//!
//! The two take turns at being measured, so that there are never more busy threads than two, and both get
//! what the machine does besides. A stall is the longest time between two readings of the clock.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use countersign_revocation::{
    Answer, Check, MemoryRevocationStore, RevocationStore, Target, TokenId, Until, Vintage,
};
use pollster::block_on;
use time::OffsetDateTime;

const ISSUER: &str = "https://login.example.com";
const ENTRIES: u64 = 1_000_000;
const BATCH: usize = 1000;
const TURNS: usize = 5;

fn at(seconds: u64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds as i64).unwrap()
}

/// Loads all entries and purges them again, a thousand at a time, while another thread runs `step` in a loop;
/// returns the longest that a step of it took.
fn longest_step(store: &MemoryRevocationStore, entries: u64, step: impl Fn(u64) + Sync) -> Duration {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let (mut longest, mut last, mut number) = (Duration::ZERO, Instant::now(), 0);
            while !done.load(Ordering::Relaxed) {
                step(number);
                number += 1;
                let now = Instant::now();
                longest = longest.max(now - last);
                last = now;
            }
            longest
        });
        for number in 1..=entries {
            let target = format!("{number:022}");
            let until = Until::from_unix_seconds(number);
            block_on(store.revoke(ISSUER, Target::Token(TokenId::Jti(&target)), until)).unwrap();
        }
        for batch in 1..=entries / BATCH as u64 {
            while block_on(store.purge_expired(at(batch * BATCH as u64), BATCH)).unwrap().more {}
        }
        assert_eq!(block_on(store.count()).unwrap().total(), 0);
        done.store(true, Ordering::Relaxed);
        watcher.join().unwrap()
    })
}

fn check(store: &MemoryRevocationStore, number: u64) {
    let jti = format!("{:022}", number.wrapping_mul(0x9e37_79b9) % ENTRIES);
    let check = Check::new(ISSUER)
        .token(TokenId::Jti(&jti))
        .session(&jti)
        .subject(&jti, Vintage::Generation(0))
        .key("2026-11");
    assert!(matches!(store.check(&check, at(0)), Answer::Ready(Ok(_))));
}

pub(crate) fn run(scale: u64) {
    let store = MemoryRevocationStore::new();
    let entries = ENTRIES / scale / BATCH as u64 * BATCH as u64;
    println!("\nlongest stall while {entries} entries are loaded and purged, microseconds");
    let (mut idle, mut reader) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        idle.push(longest_step(&store, entries, |_| ()).as_micros());
        reader.push(longest_step(&store, entries, |number| check(&store, number)).as_micros());
    }
    println!("an idle thread {idle:?}, at most {}", idle.iter().max().unwrap());
    println!("a reader       {reader:?}, at most {}", reader.iter().max().unwrap());
}
