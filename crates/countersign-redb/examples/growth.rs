//! What grows with the file, and how long a write waits while much is removed. By hand, since the figures are the
//! machine's:
//!
//! ```text
//! cargo run --release -p countersign-redb --example growth
//! ```
//!
//! `COUNTERSIGN_GROWTH` names other sizes than 10000, 100000 and 1000000, separated by commas.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "it says what it expects by panicking, and prints what it measured"
)]

use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use countersign_random::{KeyedDigest, LookupDigest};
use countersign_redb::{RedbOptions, RedbStore};
use countersign_revocation::{RetainUntil, RevocationStore, Target, TokenId};
use countersign_token_store::{
    Kind, RecordKind, StoredToken, TokenLookup, TokenRecord, TokenStore, TokenStoreExt,
};
use pollster::block_on;
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-11-01 12:00 UTC);
/// A tenth of everything ends at this time.
const SOON: OffsetDateTime = datetime!(2026-11-01 13:00 UTC);
const LATE: OffsetDateTime = datetime!(2026-12-01 12:00 UTC);
/// The records of the owner who loses them all.
const OF_ONE_OWNER: u64 = 1000;
/// The longest that a write may wait while something large is removed, for 99 of 100.
const STALL: Duration = Duration::from_millis(50);

/// Bits in no order, as ids and digests have them.
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn digest(number: u64) -> KeyedDigest {
    let mut bytes = [0; 32];
    for (part, chunk) in (0..).zip(bytes.chunks_mut(8)) {
        chunk.copy_from_slice(&mixed(number.wrapping_mul(4) + part).to_be_bytes());
    }
    KeyedDigest { key_id: 1, digest: LookupDigest::from_bytes(bytes) }
}

fn end(number: u64) -> OffsetDateTime {
    if number.is_multiple_of(10) { SOON } else { LATE }
}

fn token(number: u64, owner: String) -> StoredToken {
    let record = TokenRecord {
        id: format!("{:016x}", mixed(number)),
        kind: Kind::ApiKey,
        owner,
        name: "deploy".into(),
        hint: "acme_8fKq".into(),
        scopes: vec!["read".into()],
        roles: vec![],
        created_at: NOW,
        expires_at: Some(end(number)),
        last_used_at: None,
    };
    StoredToken { record, digest: digest(number) }
}

fn owner(number: u64) -> String {
    if number < OF_ONE_OWNER { "large".into() } else { format!("user-{}", mixed(number / 5)) }
}

/// Has operations under way together, so that they share commits, and waits for them.
fn together<F: Future<Output = ()>>(numbers: std::ops::Range<u64>, operation: impl Fn(u64) -> F) {
    let mut context = Context::from_waker(Waker::noop());
    let mut pending: Vec<Pin<Box<F>>> = numbers.map(|number| Box::pin(operation(number))).collect();
    pending.retain_mut(|one| one.as_mut().poll(&mut context).is_pending());
    pending.into_iter().for_each(block_on);
}

/// A file with so many API keys and as many revoked tokens.
fn fill(path: &Path, size: u64) {
    let store = RedbStore::open(path).unwrap();
    let (tokens, revocations) = (&store.tokens(), &store.revocations());
    for first in (0..size).step_by(1000) {
        together(first..first + 1000, |number| async move {
            tokens.insert_token(token(number, owner(number))).await.unwrap();
        });
        together(first..first + 1000, |number| async move {
            let jti = format!("{:032x}", mixed(number));
            let target = Target::Token(TokenId::Jti(&jti));
            revocations.revoke("i", target, RetainUntil::at(end(number))).await.unwrap();
        });
    }
}

fn timed<T>(step: impl FnOnce() -> T) -> (Duration, T) {
    let began = Instant::now();
    let result = step();
    (began.elapsed(), result)
}

fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

/// The times of a write and of a read that another thread does again and again while `step` runs.
fn beside(store: &RedbStore, step: impl FnOnce()) -> [Vec<Duration>; 2] {
    let is_done = AtomicBool::new(false);
    let repeat = |operation: &dyn Fn(u64)| {
        let mut times = Vec::new();
        while !is_done.load(Ordering::Acquire) {
            times.push(timed(|| operation(times.len() as u64)).0);
            // As requests come, and leave the machine to the other threads.
            std::thread::sleep(Duration::from_micros(500));
        }
        times.sort();
        times
    };
    std::thread::scope(|scope| {
        let writes = scope.spawn(|| {
            let revocations = store.revocations();
            repeat(&|number| {
                let sid = format!("{number}");
                block_on(revocations.revoke("beside", Target::Session(&sid), RetainUntil::at(LATE))).unwrap();
            })
        });
        let reads = scope.spawn(|| {
            let tokens = store.tokens();
            repeat(&|number| {
                // One that is neither due nor of the large owner.
                block_on(tokens.find_token(Kind::ApiKey, &[digest(1001 + 10 * (number % 800))], NOW))
                    .unwrap();
            })
        });
        step();
        is_done.store(true, Ordering::Release);
        [writes.join().unwrap(), reads.join().unwrap()]
    })
}

fn report(what: &str, took: Duration, [writes, reads]: &[Vec<Duration>; 2]) {
    let (p99, longest) = (percentile(writes, 99), percentile(writes, 100));
    println!(
        "  {what}: {took:.2?}; {} writes beside it: p50 {:.2?}, p99 {p99:.2?}, longest {longest:.2?}; reads: p99 {:.2?}",
        writes.len(),
        percentile(writes, 50),
        percentile(reads, 99),
    );
    assert!(p99 <= STALL, "writes wait {p99:?}");
}

fn measure(size: u64) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    let (filled, ()) = timed(|| fill(&path, size));
    let bytes = std::fs::metadata(&path).unwrap().len();
    println!("{size} API keys and {size} revoked tokens: {} MB, filled in {filled:.1?}", bytes / 1_000_000);
    let (checked, store) = timed(|| RedbStore::open(&path).unwrap());
    drop(store);
    let (unchecked, store) = timed(|| RedbOptions::new().check_whole_file(false).open(&path).unwrap());
    println!("  open: {checked:.2?} with the check, {unchecked:.2?} without");

    let tokens = store.tokens();
    let mut found: Vec<_> = (0..1000)
        .map(|number| {
            let digest = digest(mixed(number) % size);
            let (took, found) = timed(|| block_on(tokens.find_token(Kind::ApiKey, &[digest], NOW)).unwrap());
            assert!(matches!(found, TokenLookup::Found(_)));
            took
        })
        .collect();
    found.sort();
    let (counted, counts) = timed(|| block_on(tokens.count_by_digest_key()).unwrap());
    assert_eq!(counts, [(1, size)].into());
    println!("  find: p50 {:.2?}; count_by_digest_key: {counted:.2?}", percentile(&found, 50));

    let quiet = beside(&store, || std::thread::sleep(Duration::from_secs(2)));
    report("nothing", Duration::from_secs(2), &quiet);
    let (took, times) = timed(|| {
        beside(&store, || {
            let removed = block_on(tokens.remove_by_owner(RecordKind::ApiKey, "large")).unwrap();
            assert_eq!(removed, OF_ONE_OWNER);
        })
    });
    report("remove_by_owner of 1000", took, &times);
    let limit = usize::try_from(size).unwrap();
    let (took, times) = timed(|| {
        beside(&store, || {
            let removed = block_on(tokens.purge_expired(SOON, limit)).unwrap().removed;
            assert_eq!(removed as u64, (size - OF_ONE_OWNER) / 10);
        })
    });
    report("purge of a tenth of the API keys", took, &times);
    let (took, times) = timed(|| {
        beside(&store, || {
            let removed = block_on(store.revocations().purge_expired(SOON, limit)).unwrap().removed;
            assert_eq!(removed as u64, size / 10);
        })
    });
    report("purge of a tenth of the revoked tokens", took, &times);
    drop((tokens, store));
    let (took, compacted) = timed(|| RedbStore::compact(&path).unwrap());
    println!("  compact: {took:.2?}, {} to {} MB", compacted.before / 1_000_000, compacted.after / 1_000_000);
}

/// Fails if a write waits for more than 50 ms beside a purge, at the 99th percentile.
fn main() {
    let sizes = std::env::var("COUNTERSIGN_GROWTH").unwrap_or("10000,100000,1000000".into());
    for size in sizes.split(',') {
        measure(size.parse().unwrap());
    }
}
