//! What a revoked token costs in memory, all included: tables, the order of expiry, locks, and what the allocator
//! adds to each block.
//!
//! A binary of its own, since it counts every allocation of the process. It reads no clock, and what it counts
//! depends on the secret keys of the fingerprints, which hardly move it.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

use std::alloc::System;

use countersign_revocation::{MemoryRevocationStore, RevocationStore, Target, TokenId, Until};
use pollster::block_on;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use time::OffsetDateTime;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What glibc's allocator adds to a block at most: eight bytes in front, and less than sixteen behind.
const PER_BLOCK: usize = 24;

const FEW: u64 = 500_000;
const MANY: u64 = 2_000_000;
const STEP: u64 = 10_000;

/// The bytes held since the region began, those of the allocator included.
fn held(region: &Region<'_, System>) -> f64 {
    let stats = region.change();
    let bytes = stats.bytes_allocated - stats.bytes_deallocated;
    let blocks = stats.allocations - stats.deallocations;
    (bytes + blocks * PER_BLOCK) as f64
}

#[test]
fn a_revoked_token_takes_at_most_64_bytes_on_the_way_up_and_down() {
    let region = Region::new(ALLOCATOR);
    let store = MemoryRevocationStore::new();
    let mut costs = Vec::with_capacity(1000);
    for number in 1..=MANY {
        let jti = format!("{number:022}");
        let until = Until::from_unix_seconds(number);
        block_on(store.revoke("https://issuer.example", Target::Token(TokenId::Jti(&jti)), until)).unwrap();
        if number >= FEW && number % STEP == 0 {
            costs.push((number, held(&region) / number as f64));
        }
    }
    for left in (FEW..MANY).rev().filter(|left| left % STEP == 0) {
        let now = OffsetDateTime::from_unix_timestamp((MANY - left) as i64).unwrap();
        let purged = block_on(store.purge_expired(now, 2 * STEP as usize)).unwrap();
        assert_eq!((purged.removed, purged.more), (STEP as usize, false));
        costs.push((left, held(&region) / left as f64));
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
        assert!(worst.1 <= 64.0, "{way}: {:.1} bytes for each of {} entries", worst.1, worst.0);
    }
    // All that is left, at the end of which there is nothing to pay for.
    let end = OffsetDateTime::from_unix_timestamp(MANY as i64).unwrap();
    while block_on(store.purge_expired(end, 1000)).unwrap().more {}
    assert_eq!(block_on(store.count()).unwrap().total(), 0);
    assert!(held(&region) < 500_000.0, "{} bytes are held by an empty store", held(&region));
}
