//! The longest stall of a thread that checks in a loop, beside that of one that only reads the clock, while
//! a million entries are loaded and purged in batches.
//!
//! The two are measured in turn, so there are never more than two busy threads, and other work on the machine delays
//! both alike. A stall is the longest time between two readings of the clock.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use countersign_revocation::{
    Check, MaybeReady, MemoryRevocationStore, RetainUntil, RevocationStore, SubjectVersion, Target, TokenId,
};
use pollster::block_on;
use time::OffsetDateTime;

const ISSUER: &str = "https://login.example.com";
const ENTRIES: u64 = 1_000_000;
const BATCH: usize = 1000;
/// Enough turns that other work on the machine disturbs both alike: about every tenth turn has a stall of milliseconds.
const TURNS: usize = 28;

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
            let until = RetainUntil::from_unix_seconds(number);
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

/// Names that are there at some time, made before anything is measured: to make them is not the store's work.
fn names() -> Vec<String> {
    (0..1024_u64).map(|number| format!("{:022}", number.wrapping_mul(0x9e37_79b9) % ENTRIES)).collect()
}

fn check(store: &MemoryRevocationStore, names: &[String], number: u64) {
    let Some(jti) = names.get(number as usize % names.len()) else { return };
    let check = Check::new(ISSUER)
        .token(TokenId::Jti(jti))
        .session(jti)
        .subject(jti, SubjectVersion::Version(0))
        .key("2026-11");
    assert!(matches!(store.check(&check, at(0)), MaybeReady::Ready(Ok(_))));
}

pub(crate) fn run(scale: u64) {
    let store = MemoryRevocationStore::new();
    let entries = ENTRIES / scale / BATCH as u64 * BATCH as u64;
    println!("\nlongest stall while {entries} entries are loaded and purged, microseconds");
    // Whoever reads a store that nothing changes waits for no lock: what stalls it is the machine, and its own work.
    let untouched = MemoryRevocationStore::new();
    let names = names();
    let mut stalls = [(); 3].map(|()| Vec::new());
    for _ in 0..TURNS {
        let [idle, elsewhere, reader] = &mut stalls;
        idle.push(longest_step(&store, entries, |_| ()).as_micros());
        elsewhere.push(longest_step(&store, entries, |number| check(&untouched, &names, number)).as_micros());
        reader.push(longest_step(&store, entries, |number| check(&store, &names, number)).as_micros());
    }
    let contenders = ["an idle thread", "a reader of a store that nothing changes", "a reader"];
    for (name, stalls) in contenders.iter().zip(&stalls) {
        println!("{name:42} {stalls:?}, at most {}", stalls.iter().max().unwrap());
    }
}
