//! Failing open lasts for a bounded time, and is counted.

use std::sync::Arc;
use std::time::Duration;

use countersign_revocation::{
    AnyRevocationStore, Check, Counts, DangerouslyFailOpen, Error, ErrorKind, MaybeReady,
    MemoryRevocationStore, Purged, RetainUntil, RevocationStore, Scope, Target, Verdict,
    conformance::{self, Engine},
};
use pollster::block_on;
use time::OffsetDateTime;

use crate::clock::Clock;

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
const REVOKED: Verdict = Verdict::Revoked(Scope::Session);

fn fail_open(bound: Duration) -> (DangerouslyFailOpen<Engine>, Engine, Clock) {
    let (engine, clock) = (Engine::default(), Clock::default());
    let read = clock.clone();
    let clock_of_fail_open = move || Duration::from_millis(read.now());
    let fail_open = DangerouslyFailOpen::with_clock(engine.clone(), bound, clock_of_fail_open);
    block_on(engine.revoke("i", Target::Session("s"), RetainUntil::FOREVER)).unwrap();
    (fail_open, engine, clock)
}

fn check<S: RevocationStore>(store: &S) -> Result<Verdict, ErrorKind> {
    block_on(store.check(&Check::new("i").session("s"), NOW).wait()).map_err(|error| error.kind())
}

#[test]
fn checks_pass_from_the_first_failure_for_the_bound_and_fail_afterwards() {
    let (fail_open, engine, clock) = fail_open(Duration::from_secs(30));
    assert_eq!(check(&fail_open), Ok(REVOKED));
    engine.cut(true);
    clock.advance(100_000);
    for _ in 0..3 {
        assert_eq!(check(&fail_open), Ok(Verdict::NotRevoked));
        assert!(fail_open.is_open());
        clock.advance(10_000);
    }
    assert_eq!(check(&fail_open), Err(ErrorKind::Unavailable));
    assert_eq!((fail_open.allowed_unchecked(), fail_open.is_open()), (3, false));
    clock.advance(1_000_000);
    assert_eq!(check(&fail_open), Err(ErrorKind::Unavailable), "it does not open again by itself");
}

#[test]
fn a_store_that_is_back_decides_and_its_next_outage_has_the_whole_time_again() {
    let (fail_open, engine, clock) = fail_open(Duration::from_secs(30));
    engine.cut(true);
    assert_eq!(check(&fail_open), Ok(Verdict::NotRevoked));
    clock.advance(40_000);
    assert_eq!(check(&fail_open), Err(ErrorKind::Unavailable));
    engine.cut(false);
    assert_eq!(check(&fail_open), Ok(REVOKED));
    clock.advance(299_999);
    engine.cut(true);
    assert_eq!(check(&fail_open), Err(ErrorKind::Unavailable), "the same outage");
    engine.cut(false);
    assert_eq!(check(&fail_open), Ok(REVOKED));
    clock.advance(300_000);
    engine.cut(true);
    assert_eq!(check(&fail_open), Ok(Verdict::NotRevoked), "a new one");
    assert_eq!(fail_open.allowed_unchecked(), 2);
}

#[test]
fn a_partial_outage_fails_open_for_the_bound_and_no_longer() {
    // One check a second for an hour; every second, tenth or hundredth reaches the store, or all but these.
    for every in [2_u64, 10, 100] {
        for reaches in [true, false] {
            let (fail_open, engine, clock) = fail_open(Duration::from_secs(30));
            let (mut allowed_unchecked, mut refused, mut failed) = (0, 0, 0);
            for second in 0..3600 {
                engine.cut((second % every == 0) != reaches);
                match check(&fail_open) {
                    Ok(Verdict::NotRevoked) => allowed_unchecked += 1,
                    Ok(_) => refused += 1,
                    Err(_) => failed += 1,
                }
                clock.advance(1000);
            }
            assert!(
                allowed_unchecked <= 30,
                "{every} {reaches}: let in {allowed_unchecked}, refused {refused}, failed {failed}"
            );
            assert!(allowed_unchecked > 0 && refused > 0 && failed > 0);
        }
    }
}

#[test]
fn nothing_but_a_check_is_let_through() {
    let (fail_open, engine, _) = fail_open(Duration::from_secs(30));
    engine.cut(true);
    assert!(block_on(fail_open.revoke("i", Target::Session("t"), RetainUntil::FOREVER)).is_err());
    assert!(block_on(fail_open.revoke_subject("i", "u", RetainUntil::FOREVER, NOW, Duration::ZERO)).is_err());
    assert!(block_on(fail_open.subject_version("i", "u")).is_err());
    assert!(block_on(fail_open.check(&Check::new("i").session("s").ask_engine(), NOW).wait()).is_err());
    assert!(block_on(fail_open.purge_expired(NOW, 1)).is_err() && block_on(fail_open.count()).is_err());
    assert_eq!(fail_open.allowed_unchecked(), 0);
}

#[test]
fn no_bound_is_longer_than_the_longest_and_none_leaves_it_closed() {
    let (long, engine, clock) = fail_open(Duration::MAX);
    engine.cut(true);
    assert_eq!(check(&long), Ok(Verdict::NotRevoked));
    clock.advance(599_999);
    assert_eq!(check(&long), Ok(Verdict::NotRevoked));
    clock.advance(1);
    assert_eq!(check(&long), Err(ErrorKind::Unavailable));
    let (none, engine, _) = fail_open(Duration::ZERO);
    engine.cut(true);
    assert_eq!(check(&none), Err(ErrorKind::Unavailable));
}

/// Answers at once that what it holds cannot be read.
struct Damaged;

impl RevocationStore for Damaged {
    async fn revoke(&self, _: &str, _: Target<'_>, _: RetainUntil) -> Result<(), Error> {
        Err(Error::corrupt("damaged"))
    }

    async fn revoke_subject(
        &self,
        _: &str,
        _: &str,
        _: RetainUntil,
        _: OffsetDateTime,
        _: Duration,
    ) -> Result<u64, Error> {
        Err(Error::corrupt("damaged"))
    }

    async fn subject_version(&self, _: &str, _: &str) -> Result<u64, Error> {
        Err(Error::corrupt("damaged"))
    }

    fn check<'a>(
        &'a self,
        _: &'a Check<'a>,
        _: OffsetDateTime,
    ) -> MaybeReady<impl Future<Output = Result<Verdict, Error>> + Send + 'a> {
        MaybeReady::<std::future::Ready<_>>::Ready(Err(Error::corrupt("damaged")))
    }

    async fn purge_expired(&self, _: OffsetDateTime, _: usize) -> Result<Purged, Error> {
        Err(Error::corrupt("damaged"))
    }

    async fn count(&self) -> Result<Counts, Error> {
        Err(Error::corrupt("damaged"))
    }

    fn purges_itself(&self) -> bool {
        true
    }
}

#[test]
fn every_wrapper_says_what_its_store_says_about_purging() {
    let bound = Duration::from_secs(30);
    assert!(DangerouslyFailOpen::new(Damaged, bound).purges_itself());
    assert!(AnyRevocationStore::new(Damaged).purges_itself() && Arc::new(Damaged).purges_itself());
    let memory = MemoryRevocationStore::new;
    assert!(!DangerouslyFailOpen::new(memory(), bound).purges_itself());
    assert!(!AnyRevocationStore::new(memory()).purges_itself() && !Arc::new(memory()).purges_itself());
}

#[test]
fn damage_is_no_outage() {
    let fail_open = DangerouslyFailOpen::new(Damaged, Duration::from_secs(30));
    assert_eq!(check(&fail_open), Err(ErrorKind::Corrupt));
    assert_eq!((fail_open.allowed_unchecked(), fail_open.is_open()), (0, false));
}

#[test]
fn a_store_inside_fail_open_conforms() {
    let make = async || DangerouslyFailOpen::new(MemoryRevocationStore::new(), Duration::from_secs(30));
    assert_eq!(conformance::run(&|future| block_on(future), make), []);
}

#[test]
fn fail_open_answers_no_check_before_a_credential_is_issued() {
    let wrap = async |engine| DangerouslyFailOpen::new(engine, Duration::from_secs(30));
    assert_eq!(conformance::run_wrapper(&|future| block_on(future), wrap), []);
}
