//! What the store on redb adds to redb itself: a check, one durable revocation, and a hundred at once.
//!
//! The yardsticks are a point read of a table that is held open, and a commit of one insert, on a bare redb
//! file with the same million rows. Contenders take turns within one run, so a machine that is slow for a
//! while is slow for all, and what is printed is the median of each and their ratio. Not criterion, which
//! measures one after the other: a disk's speed drifts by more than what is to be told apart here.
//!
//! Without `--bench` (as `cargo test` runs it) everything happens once, on few rows, and nothing is printed.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a bench, not an interface"
)]

use std::cell::Cell;
use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use countersign_redb::redb::{Database, ReadOnlyTable, ReadableDatabase, TableDefinition};
use countersign_redb::{RedbRevocationStore, RedbStore};
use countersign_revocation::{
    Check, RetainUntil, RevocationStore, SubjectVersion, Target, TokenId, Verdict, encode,
};
use pollster::block_on;
use tempfile::TempDir;
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-11-01 12:00 UTC);
/// Some end within a quarter of an hour, as access tokens have.
fn end(number: u64) -> RetainUntil {
    RetainUntil::from_unix_seconds(NOW.unix_timestamp() as u64 + 1 + number % 900)
}

const ISSUER: &str = "https://issuer.example";

type Row = (u64, u64, i64);
const BARE: TableDefinition<'_, &[u8], Row> = TableDefinition::new("bare");
const ROW: Row = (1_793_535_300, 0, 0);

/// How much is done.
struct Size {
    tokens: u64,
    sessions: u64,
    subjects: u64,
    rounds: usize,
}

const WHOLE: Size = Size { tokens: 1_000_000, sessions: 10_000, subjects: 1_000, rounds: 200 };
const ONCE: Size = Size { tokens: 300, sessions: 20, subjects: 3, rounds: 1 };

/// An id as it comes: 122 random bits, in order of nothing.
fn id(number: u64) -> String {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    let other = mixed.wrapping_mul(0xd6e8_feb8_6659_fd93);
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        mixed >> 32,
        mixed >> 16 & 0xffff,
        mixed & 0xfff,
        other & 0xfff,
        other >> 16
    )
}

fn key(jti: &str) -> Vec<u8> {
    let mut key = Vec::new();
    let (tag, name) = (b'j', jti.as_bytes());
    encode(ISSUER, tag, name, |part| key.extend_from_slice(part));
    key
}

/// Has all of `count` operations under way at once, and waits for them.
fn at_once<F: Future<Output = ()>>(count: u64, operation: impl Fn(u64) -> F) {
    let mut context = Context::from_waker(Waker::noop());
    let mut pending: Vec<Pin<Box<F>>> = (0..count).map(|number| Box::pin(operation(number))).collect();
    // The first poll sends it to the thread that writes.
    pending.retain_mut(|one| one.as_mut().poll(&mut context).is_pending());
    for one in pending {
        block_on(one);
    }
}

async fn revoke(store: &RedbRevocationStore, number: u64) {
    let jti = id(number);
    store.revoke(ISSUER, Target::Token(TokenId::Jti(&jti)), end(number)).await.unwrap();
}

async fn revoke_session(store: &RedbRevocationStore, number: u64) {
    let sid = id(number);
    store.revoke(ISSUER, Target::Session(&sid), end(number)).await.unwrap();
}

/// The store, and a bare file with as many rows.
struct Files {
    _folder: TempDir,
    store: RedbRevocationStore,
    bare: Database,
}

fn fill(size: &Size) -> Files {
    let folder = tempfile::tempdir().unwrap();
    let store = RedbStore::open(folder.path().join("store.redb")).unwrap().revocations();
    for first in (0..size.tokens).step_by(256) {
        at_once(256.min(size.tokens - first), |number| revoke(&store, first + number));
    }
    for first in (0..size.sessions).step_by(256) {
        at_once(256.min(size.sessions - first), |number| revoke_session(&store, first + number));
    }
    at_once(size.subjects, |number| {
        let (store, sub) = (&store, id(number));
        async move {
            store.revoke_subject(ISSUER, &sub, end(number), NOW, Duration::ZERO).await.unwrap();
        }
    });
    let bare = Database::create(folder.path().join("bare.redb")).unwrap();
    let transaction = bare.begin_write().unwrap();
    let mut table = transaction.open_table(BARE).unwrap();
    for number in 0..size.tokens {
        table.insert(key(&id(number)).as_slice(), ROW).unwrap();
    }
    drop(table);
    transaction.commit().unwrap();
    Files { _folder: folder, store, bare }
}

/// The ids of one request, none of them revoked.
struct Request {
    jti: String,
    sid: String,
    sub: String,
    key: Vec<u8>,
}

impl Request {
    fn new(number: u64) -> Self {
        // Far from what is filled in, and from what is revoked while it is measured.
        let [jti, sid, sub] = [1 << 40, 1 << 41, 1 << 42].map(|part| id(part + number));
        Self { key: key(&jti), jti, sid, sub }
    }

    fn check(&self, store: &RedbRevocationStore) -> Verdict {
        let check = Check::new(ISSUER)
            .token(TokenId::Jti(&self.jti))
            .session(&self.sid)
            .subject(&self.sub, SubjectVersion::Version(0))
            .key("2026-11");
        block_on(store.check(&check, NOW).wait()).unwrap()
    }
}

/// The nanoseconds that `step` takes for each of `count`.
fn time(count: usize, mut step: impl FnMut()) -> f64 {
    let started = Instant::now();
    for _ in 0..count {
        step();
    }
    started.elapsed().as_secs_f64() * 1e9 / count as f64
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// Rounds of both, which take turns in going first; each returns its time for one.
fn compare(rounds: usize, mut yardstick: impl FnMut() -> f64, mut ours: impl FnMut() -> f64) -> (f64, f64) {
    let (mut bare, mut own) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        if round % 2 == 0 {
            bare.push(yardstick());
            own.push(ours());
        } else {
            own.push(ours());
            bare.push(yardstick());
        }
    }
    (median(bare), median(own))
}

fn checks(size: &Size, files: &Files) -> (f64, f64) {
    let requests: Vec<_> = (0..4096.min(size.tokens)).map(Request::new).collect();
    let table: ReadOnlyTable<&[u8], Row> = files.bare.begin_read().unwrap().open_table(BARE).unwrap();
    let (mut next_bare, mut next_own) = (requests.iter().cycle(), requests.iter().cycle());
    compare(
        size.rounds,
        || {
            time(1000, || {
                assert!(black_box(&table).get(next_bare.next().unwrap().key.as_slice()).unwrap().is_none());
            })
        },
        || {
            time(300, || {
                assert_eq!(next_own.next().unwrap().check(black_box(&files.store)), Verdict::NotRevoked);
            })
        },
    )
}

fn one_by_one(size: &Size, files: &Files) -> (f64, f64) {
    let (mut bare, mut own) = (1_u64 << 32, 1_u64 << 32);
    compare(
        size.rounds,
        || {
            time(5, || {
                bare += 1;
                let key = key(&id(bare));
                let transaction = files.bare.begin_write().unwrap();
                transaction.open_table(BARE).unwrap().insert(key.as_slice(), ROW).unwrap();
                transaction.commit().unwrap();
            })
        },
        || {
            time(5, || {
                own += 1;
                block_on(revoke(&files.store, own));
            })
        },
    )
}

/// A hundred inserts in one commit of the bare file, each, and one insert.
fn bare_together(size: &Size, files: &Files) -> (f64, f64) {
    let number = Cell::new(1_u64 << 35);
    let commit = |inserts: u64| {
        let transaction = files.bare.begin_write().unwrap();
        for _ in 0..inserts {
            number.set(number.get() + 1);
            let key = key(&id(number.get()));
            transaction.open_table(BARE).unwrap().insert(key.as_slice(), ROW).unwrap();
        }
        transaction.commit().unwrap();
    };
    compare(size.rounds / 4 + 1, || time(5, || commit(1)), || time(1, || commit(100)) / 100.0)
}

/// A hundred revocations that are under way at once, each, and one by one.
fn together<F: Future<Output = ()>>(size: &Size, revoke: impl Fn(u64) -> F) -> (f64, f64) {
    let (mut single, mut own) = (1_u64 << 33, 1_u64 << 34);
    compare(
        size.rounds / 4 + 1,
        || {
            time(5, || {
                single += 1;
                block_on(revoke(single));
            })
        },
        || {
            own += 100;
            let first = own;
            time(1, || at_once(100, |number| revoke(first + number))) / 100.0
        },
    )
}

fn main() {
    let measured = std::env::args().any(|argument| argument == "--bench");
    let size = if measured { &WHOLE } else { &ONCE };
    let started = Instant::now();
    let files = fill(size);
    if measured {
        println!(
            "{} revoked tokens, {} sessions, {} subjects, filled in {:.0?}; medians of {} rounds",
            size.tokens,
            size.sessions,
            size.subjects,
            started.elapsed(),
            size.rounds
        );
    }
    let report = |name: &str, (bare, own): (f64, f64), yardstick: &str, ratio: f64| {
        if measured {
            println!("{name}: {:.2} us, {yardstick} {:.2} us: {ratio:.2}", own / 1e3, bare / 1e3);
        }
    };
    let (bare, own) = checks(size, &files);
    report("a whole check", (bare, own), "a point read of the bare table", own / bare);
    let (bare, own) = one_by_one(size, &files);
    report("one durable revocation", (bare, own), "a bare commit of one insert", own / bare);
    let (single, own) = bare_together(size, &files);
    report("each of a hundred inserts in one bare commit", (single, own), "one in one", single / own);
    let (single, own) = together(size, |number| revoke(&files.store, number));
    report("each of a hundred tokens at once", (single, own), "one by one", single / own);
    let (single, own) = together(size, |number| revoke_session(&files.store, number));
    report("each of a hundred sessions at once", (single, own), "one by one", single / own);
}
