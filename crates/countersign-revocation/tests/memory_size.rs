//! What a revoked token costs in memory, all included: tables, the order of expiry, locks, and what the allocator
//! adds to each block.
//!
//! A binary of its own, since it counts every allocation of the process. It reads no clock, and what it counts
//! depends on the secret keys of the fingerprints, which hardly move it.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

use allocation_counter::measure;
use countersign_revocation::{MemoryRevocationStore, RetainUntil, RevocationStore, Target, TokenId};
use pollster::block_on;
use time::OffsetDateTime;

/// What glibc's allocator adds to a block at most: eight bytes in front, and less than sixteen behind.
const PER_BLOCK: i64 = 24;

const FEW: u64 = 500_000;
const MANY: u64 = 2_000_000;
const STEP: u64 = 10_000;

/// The bytes that the store holds, those of the allocator included.
#[derive(Default)]
struct Held(i64);

impl Held {
    /// Counts what `step` allocates and gives back.
    fn count<T>(&mut self, step: impl FnOnce() -> T) -> T {
        let mut output = None;
        let counted = measure(|| output = Some(step()));
        self.0 += counted.bytes_current + counted.count_current * PER_BLOCK;
        output.unwrap()
    }

    fn per(&self, entries: u64) -> f64 {
        self.0 as f64 / entries as f64
    }
}

#[test]
fn a_revoked_token_takes_at_most_72_bytes_on_the_way_up_and_down() {
    let mut held = Held::default();
    let store = held.count(MemoryRevocationStore::new);
    let mut costs = Vec::with_capacity(1000);
    let load = |numbers: std::ops::RangeInclusive<u64>| {
        for number in numbers {
            let jti = format!("{number:022}");
            let target = Target::Token(TokenId::Jti(&jti));
            let until = RetainUntil::from_unix_seconds(number);
            block_on(store.revoke("https://issuer.example", target, until)).unwrap();
        }
    };
    for reached in (STEP..=MANY).step_by(STEP as usize) {
        held.count(|| load(reached - STEP + 1..=reached));
        if reached >= FEW {
            costs.push((reached, held.per(reached)));
        }
    }
    let purge = |until: u64, limit: usize| {
        let now = OffsetDateTime::from_unix_timestamp(until as i64).unwrap();
        block_on(store.purge_expired(now, limit)).unwrap()
    };
    for left in (FEW..MANY).rev().filter(|left| left % STEP == 0) {
        let purged = held.count(|| purge(MANY - left, 2 * STEP as usize));
        assert_eq!((purged.removed, purged.more), (STEP as usize, false));
        costs.push((left, held.per(left)));
    }
    assert_eq!(costs.len(), 301);
    let (up, down) = costs.split_at(151);
    for (way, costs) in [("up", up), ("down", down)] {
        let worst = costs.iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
        let best = costs.iter().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
        println!(
            "{way}: {:.1} bytes at worst, of {}; {:.1} at best, of {}",
            worst.1, worst.0, best.1, best.0
        );
        assert!(worst.1 <= 72.0, "{way}: {:.1} bytes for each of {} entries", worst.1, worst.0);
    }
    // All that is left, at the end of which there is nothing to pay for.
    held.count(|| while purge(MANY, 1000).more {});
    assert_eq!(block_on(store.count()).unwrap().total(), 0);
    assert!(held.0 < 500_000, "{} bytes are held by an empty store", held.0);
}
