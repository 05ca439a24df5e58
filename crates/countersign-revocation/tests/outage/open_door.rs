//! A door that is left open is left open for a bounded time, and counted.

use std::sync::Arc;
use std::time::Duration;

use countersign_revocation::{
    Answer, Check, Counts, Error, ErrorKind, MemoryRevocationStore, OpenDoorWhileUnreachable, Purged,
    RevocationStore, Scope, Target, Until, Verdict,
    conformance::{self, Engine},
};
use pollster::block_on;
use time::OffsetDateTime;

use crate::clock::Clock;

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
const REVOKED: Verdict = Verdict::Revoked(Scope::Session);

fn door(bound: Duration) -> (OpenDoorWhileUnreachable<Engine>, Engine, Clock) {
    let (engine, clock) = (Engine::default(), Clock::default());
    let read = clock.clone();
    let clock_of_door = move || Duration::from_millis(read.now());
    let door = OpenDoorWhileUnreachable::with_clock(engine.clone(), bound, clock_of_door);
    block_on(engine.revoke("i", Target::Session("s"), Until::FOREVER)).unwrap();
    (door, engine, clock)
}

fn check<S: RevocationStore>(store: &S) -> Result<Verdict, ErrorKind> {
    block_on(store.check(&Check::new("i").session("s"), NOW).wait()).map_err(|error| error.kind())
}

#[test]
fn the_door_is_open_from_the_first_failure_for_the_bound_and_closed_afterwards() {
    let (door, engine, clock) = door(Duration::from_secs(30));
    assert_eq!(check(&door), Ok(REVOKED));
    engine.cut(true);
    clock.advance(100_000);
    for _ in 0..3 {
        assert_eq!(check(&door), Ok(Verdict::NotRevoked));
        assert!(door.is_open());
        clock.advance(10_000);
    }
    assert_eq!(check(&door), Err(ErrorKind::Unavailable));
    assert_eq!((door.let_in(), door.is_open()), (3, false));
    clock.advance(1_000_000);
    assert_eq!(check(&door), Err(ErrorKind::Unavailable), "it does not open again by itself");
}

#[test]
fn a_store_that_is_back_decides_and_its_next_outage_has_the_whole_time_again() {
    let (door, engine, clock) = door(Duration::from_secs(30));
    engine.cut(true);
    assert_eq!(check(&door), Ok(Verdict::NotRevoked));
    clock.advance(40_000);
    assert_eq!(check(&door), Err(ErrorKind::Unavailable));
    engine.cut(false);
    assert_eq!(check(&door), Ok(REVOKED));
    clock.advance(299_999);
    engine.cut(true);
    assert_eq!(check(&door), Err(ErrorKind::Unavailable), "the same outage");
    engine.cut(false);
    assert_eq!(check(&door), Ok(REVOKED));
    clock.advance(300_000);
    engine.cut(true);
    assert_eq!(check(&door), Ok(Verdict::NotRevoked), "a new one");
    assert_eq!(door.let_in(), 2);
}

#[test]
fn a_partial_outage_keeps_the_door_open_for_the_bound_and_no_longer() {
    // One check a second for an hour; every second, tenth or hundredth reaches the store, or all but these.
    for every in [2_u64, 10, 100] {
        for reaches in [true, false] {
            let (door, engine, clock) = door(Duration::from_secs(30));
            let (mut let_in, mut refused, mut failed) = (0, 0, 0);
            for second in 0..3600 {
                engine.cut((second % every == 0) != reaches);
                match check(&door) {
                    Ok(Verdict::NotRevoked) => let_in += 1,
                    Ok(_) => refused += 1,
                    Err(_) => failed += 1,
                }
                clock.advance(1000);
            }
            assert!(let_in <= 30, "{every} {reaches}: let in {let_in}, refused {refused}, failed {failed}");
            assert!(let_in > 0 && refused > 0 && failed > 0);
        }
    }
}

#[test]
fn nothing_but_a_check_is_let_through() {
    let (door, engine, _) = door(Duration::from_secs(30));
    engine.cut(true);
    assert!(block_on(door.revoke("i", Target::Session("t"), Until::FOREVER)).is_err());
    assert!(block_on(door.revoke_subject("i", "u", Until::FOREVER, NOW, Duration::ZERO)).is_err());
    assert!(block_on(door.generation("i", "u")).is_err());
    assert!(block_on(door.check(&Check::new("i").session("s").ask_engine(), NOW).wait()).is_err());
    assert!(block_on(door.purge_expired(NOW, 1)).is_err() && block_on(door.count()).is_err());
    assert_eq!(door.let_in(), 0);
}

#[test]
fn no_bound_is_longer_than_the_longest_and_none_leaves_it_closed() {
    let (long, engine, clock) = door(Duration::MAX);
    engine.cut(true);
    assert_eq!(check(&long), Ok(Verdict::NotRevoked));
    clock.advance(599_999);
    assert_eq!(check(&long), Ok(Verdict::NotRevoked));
    clock.advance(1);
    assert_eq!(check(&long), Err(ErrorKind::Unavailable));
    let (none, engine, _) = door(Duration::ZERO);
    engine.cut(true);
    assert_eq!(check(&none), Err(ErrorKind::Unavailable));
}

/// Answers at once that what it holds cannot be read.
struct Damaged;

impl RevocationStore for Damaged {
    async fn revoke(&self, _: &str, _: Target<'_>, _: Until) -> Result<(), Error> {
        Err(Error::corrupt("damaged"))
    }

    async fn revoke_subject(
        &self,
        _: &str,
        _: &str,
        _: Until,
        _: OffsetDateTime,
        _: Duration,
    ) -> Result<u64, Error> {
        Err(Error::corrupt("damaged"))
    }

    async fn generation(&self, _: &str, _: &str) -> Result<u64, Error> {
        Err(Error::corrupt("damaged"))
    }

    fn check<'a>(
        &'a self,
        _: &'a Check<'a>,
        _: OffsetDateTime,
    ) -> Answer<impl Future<Output = Result<Verdict, Error>> + Send + 'a> {
        Answer::<std::future::Ready<_>>::Ready(Err(Error::corrupt("damaged")))
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
fn a_store_that_purges_itself_does_so_behind_a_door_and_a_shared_handle() {
    let door = OpenDoorWhileUnreachable::new(Damaged, Duration::from_secs(30));
    assert!(door.purges_itself() && Arc::new(Damaged).purges_itself());
    assert!(!Arc::new(MemoryRevocationStore::new()).purges_itself());
}

#[test]
fn damage_is_no_outage() {
    let door = OpenDoorWhileUnreachable::new(Damaged, Duration::from_secs(30));
    assert_eq!(check(&door), Err(ErrorKind::Corrupt));
    assert_eq!((door.let_in(), door.is_open()), (0, false));
}

#[test]
fn a_store_behind_a_door_conforms() {
    let make = async || OpenDoorWhileUnreachable::new(MemoryRevocationStore::new(), Duration::from_secs(30));
    assert_eq!(conformance::run(&|future| block_on(future), make), []);
}

#[test]
fn the_door_answers_no_question_of_who_issues_a_credential() {
    let wrap = async |engine| OpenDoorWhileUnreachable::new(engine, Duration::from_secs(30));
    assert_eq!(conformance::run_wrapper(&|future| block_on(future), wrap), []);
}
