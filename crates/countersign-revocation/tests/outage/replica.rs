//! A replica answers from its copy while that is known to be complete, and never for longer.

use std::sync::Arc;
use std::time::Duration;

use countersign_revocation::{
    AnyRevocationStore, Change, Check, DangerouslyFailOpen, Error, Feed, MaybeReady, Replica, RetainUntil,
    RevocationStore, Scope, Step, SubjectVersion, Target, TokenId, Verdict,
    conformance::{self, Engine},
};
use pollster::block_on;
use proptest::prelude::*;
use time::OffsetDateTime;
use time::macros::datetime;

use crate::clock::Clock;

const NOW: OffsetDateTime = datetime!(2026-11-01 12:00 UTC);
const UNTIL: OffsetDateTime = datetime!(2026-11-01 13:00 UTC);
const BOUND: Duration = Duration::from_secs(5);

fn replica() -> (Replica<Engine>, Engine, Clock) {
    let (engine, clock) = (Engine::default(), Clock::default());
    let read = clock.clone();
    let replica = Replica::with_clock(engine.clone(), BOUND, move || Duration::from_millis(read.now()));
    (replica, engine, clock)
}

fn session(sid: &str) -> Change {
    Change::of_target("i", Target::Session(sid), RetainUntil::at(UNTIL))
}

/// Whether the copy answered, and the answer.
fn check(replica: &Replica<Engine>, sid: &str) -> (bool, Result<Verdict, Error>) {
    let check = Check::new("i").session(sid);
    match replica.check(&check, NOW) {
        MaybeReady::Ready(verdict) => (true, verdict),
        MaybeReady::Wait(future) => (false, block_on(future)),
    }
}

fn verdict(replica: &Replica<Engine>, sid: &str) -> (bool, Verdict) {
    let (from_copy, verdict) = check(replica, sid);
    (from_copy, verdict.unwrap())
}

const REVOKED: Verdict = Verdict::Revoked(Scope::Session);

#[test]
fn a_replica_that_was_never_caught_up_asks_the_engine() {
    let (replica, engine, _) = replica();
    assert_eq!((replica.age(), replica.is_fresh()), (None, false));
    block_on(engine.revoke("i", Target::Session("s"), RetainUntil::at(UNTIL))).unwrap();
    assert_eq!(verdict(&replica, "s"), (false, REVOKED));
    let feed: Feed<u64> = replica.feed();
    assert_eq!(feed.step(), Step::Snapshot);
    feed.apply(&session("other")).unwrap();
    assert_eq!(verdict(&replica, "s"), (false, REVOKED), "applying proves nothing");
}

#[test]
fn a_copy_answers_up_to_its_bound_and_the_engine_afterwards() {
    let (replica, engine, clock) = replica();
    let mut feed = replica.feed();
    clock.advance(100);
    let round = feed.begin();
    clock.advance(1000);
    feed.apply(&session("s")).unwrap();
    feed.caught_up(round, 7_u64);
    assert_eq!(replica.age(), Some(Duration::from_secs(1)), "from the beginning of the round trip");
    assert_eq!(feed.step(), Step::Changes(&7));
    engine.cut(true);
    clock.advance(4000);
    assert_eq!(verdict(&replica, "s"), (true, REVOKED));
    assert_eq!(verdict(&replica, "other"), (true, Verdict::NotRevoked));
    clock.advance(1);
    for sid in ["s", "other"] {
        let (from_copy, verdict) = check(&replica, sid);
        assert!(!from_copy && verdict.is_err(), "an engine out of reach is an error, and no verdict");
    }
    engine.cut(false);
    assert_eq!(verdict(&replica, "other"), (false, Verdict::NotRevoked));
}

#[test]
fn an_older_proof_makes_a_copy_no_older() {
    let (replica, _, clock) = replica();
    let mut feed = replica.feed();
    let (first, second) = (feed.begin(), {
        clock.advance(1000);
        feed.begin()
    });
    feed.caught_up(second, 2_u64);
    feed.caught_up(first, 1);
    assert_eq!(replica.age(), Some(Duration::ZERO));
}

#[test]
fn a_lost_cursor_makes_a_snapshot_due_and_the_copy_no_younger() {
    let (replica, _, clock) = replica();
    let mut feed = replica.feed();
    let round = feed.begin();
    feed.caught_up(round, 1_u64);
    clock.advance(3000);
    feed.lose_cursor();
    assert_eq!(feed.step(), Step::Snapshot);
    assert_eq!(replica.age(), Some(Duration::from_secs(3)));
}

#[test]
fn the_node_that_revokes_sees_it_at_once() {
    let (replica, engine, _) = replica();
    let mut feed = replica.feed();
    let round = feed.begin();
    feed.caught_up(round, 1_u64);
    block_on(replica.revoke("i", Target::Session("s"), RetainUntil::at(UNTIL))).unwrap();
    assert_eq!(verdict(&replica, "s"), (true, REVOKED));
    let raised =
        block_on(replica.revoke_subject("i", "alice", RetainUntil::at(UNTIL), NOW, Duration::ZERO)).unwrap();
    let old = Check::new("i").subject("alice", SubjectVersion::Version(raised - 1));
    let MaybeReady::Ready(verdict) = replica.check(&old, NOW) else { panic!("the copy is fresh") };
    assert_eq!(verdict.unwrap(), Verdict::Revoked(Scope::Subject));
    assert_eq!(block_on(engine.subject_version("i", "alice")).unwrap(), raised);
    engine.cut(true);
    assert!(block_on(replica.revoke("i", Target::Session("t"), RetainUntil::at(UNTIL))).is_err());
    assert!(
        block_on(replica.subject_version("i", "alice")).is_err(),
        "new tokens are made of the engine's alone"
    );
}

#[test]
fn the_same_change_twice_or_an_older_one_after_a_newer_does_no_harm() {
    let (replica, ..) = replica();
    let mut feed = replica.feed();
    let subject = |until: i64, subject_version, cutoff| {
        let until = RetainUntil::at(OffsetDateTime::from_unix_timestamp(until).unwrap());
        Change::of_subject("i", "alice", until, subject_version, cutoff)
    };
    for change in [subject(2000, 10, 500), subject(2000, 10, 500), subject(1000, 5, 100)] {
        feed.apply(&change).unwrap();
    }
    let round = feed.begin();
    feed.caught_up(round, 1_u64);
    let at = |seconds| OffsetDateTime::from_unix_timestamp(seconds).unwrap();
    for (version, now, expected) in [
        (SubjectVersion::Version(9), 1999, Verdict::Revoked(Scope::Subject)),
        (SubjectVersion::Version(10), 1999, Verdict::NotRevoked),
        (SubjectVersion::IssuedAt(Some(at(500))), 1999, Verdict::Revoked(Scope::Subject)),
        (SubjectVersion::IssuedAt(Some(at(501))), 1999, Verdict::NotRevoked),
        (SubjectVersion::Version(9), 2000, Verdict::NotRevoked),
    ] {
        let check = Check::new("i").subject("alice", version);
        let MaybeReady::Ready(verdict) = replica.check(&check, at(now)) else { panic!("the copy is fresh") };
        assert_eq!(verdict.unwrap(), expected, "{version:?} at {now}");
    }
    assert_eq!(replica.local_count().subjects, 1);
}

#[test]
fn a_fresh_replica_conforms() {
    let make = async || caught_up(Engine::new());
    assert_eq!(conformance::run(&|future| block_on(future), make), []);
}

#[test]
fn a_replica_without_a_driver_conforms() {
    let make = async || Replica::new(Engine::default(), BOUND);
    assert_eq!(conformance::run(&|future| block_on(future), make), []);
}

fn caught_up(engine: Engine) -> Replica<Engine> {
    let replica = Replica::new(engine, Duration::from_secs(3600));
    let mut feed = replica.feed();
    let round = feed.begin();
    feed.caught_up(round, ());
    replica
}

#[test]
fn a_replica_answers_no_question_of_who_issues_a_credential() {
    let wrap = async |engine| caught_up(engine);
    assert_eq!(conformance::run_wrapper(&|future| block_on(future), wrap), []);
    // Erased, shared, and inside `DangerouslyFailOpen`, as a service has it.
    let wrap = async |engine| {
        let fail_open = DangerouslyFailOpen::new(caught_up(engine), Duration::from_secs(30));
        Arc::new(AnyRevocationStore::new(Arc::new(fail_open)))
    };
    assert_eq!(conformance::run_wrapper(&|future| block_on(future), wrap), []);
}

/// What happens around a replica, in any order.
#[derive(Clone, Debug)]
enum Event {
    /// Another node revokes the next session.
    Revoke,
    Wait(u64),
    /// The driver begins a round: what there is now is what it will have read.
    Begin,
    /// It applies so many of the changes that it has read.
    Apply(usize),
    /// It finishes the round, if it has applied everything.
    Finish,
    /// Its connection breaks, or the feed was trimmed.
    Break(bool),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        3 => Just(Event::Revoke),
        2 => (0..3000_u64).prop_map(Event::Wait),
        2 => Just(Event::Begin),
        3 => (0..5_usize).prop_map(Event::Apply),
        3 => Just(Event::Finish),
        1 => any::<bool>().prop_map(Event::Break),
    ];
    proptest::collection::vec(event, 1..80)
}

proptest! {
    #[test]
    fn a_revocation_is_seen_after_at_most_the_bound(events in events()) {
        let (replica, engine, clock) = replica();
        let mut feed: Feed<usize> = replica.feed();
        // When each session was revoked, by its number: the engine's log.
        let mut revoked: Vec<u64> = Vec::new();
        let mut round = None;
        for event in events {
            match event {
                Event::Revoke => {
                    let sid = revoked.len().to_string();
                    block_on(engine.revoke("i", Target::Session(&sid), RetainUntil::at(UNTIL))).unwrap();
                    revoked.push(clock.now());
                }
                Event::Wait(milliseconds) => clock.advance(milliseconds),
                Event::Begin => {
                    let from = match feed.step() { Step::Snapshot => 0, Step::Changes(cursor) => *cursor };
                    round = Some((feed.begin(), from, revoked.len()));
                }
                Event::Apply(count) => {
                    if let Some((_, from, to)) = &mut round {
                        for number in *from..(*from + count).min(*to) {
                            feed.apply(&session(&number.to_string())).unwrap();
                        }
                        *from = (*from + count).min(*to);
                    }
                }
                Event::Finish => {
                    if let Some((begun, from, to)) = round.take() && from == to {
                        feed.caught_up(begun, to);
                    }
                }
                Event::Break(trimmed) => {
                    round = None;
                    if trimmed { feed.lose_cursor() }
                }
            }
            for (number, at) in revoked.iter().enumerate() {
                let (from_copy, got) = verdict(&replica, &number.to_string());
                let age = Duration::from_millis(clock.now() - at);
                prop_assert!(got == REVOKED || (from_copy && age <= BOUND), "{number} of age {age:?}: {got:?}");
            }
            let (_, got) = verdict(&replica, "live");
            prop_assert_eq!(got, Verdict::NotRevoked);
        }
    }
}

#[test]
fn debug_shows_no_name() {
    let (replica, ..) = replica();
    let change = Change::of_target("canary", Target::Token(TokenId::Jti("canary")), RetainUntil::FOREVER);
    let text = format!("{replica:?} {:?} {change:?}", replica.feed::<u64>());
    assert!(!text.contains("canary"), "{text}");
}

#[test]
fn purge_says_more_while_the_copy_or_the_engine_has_more() {
    // One entry past its end in the copy alone, in the engine alone, and in neither.
    for (in_copy, in_engine) in [(true, false), (false, true), (false, false)] {
        let (replica, engine, _) = replica();
        if in_copy {
            replica.feed::<()>().apply(&session("s")).unwrap();
        }
        if in_engine {
            block_on(engine.revoke("i", Target::Session("s"), RetainUntil::at(UNTIL))).unwrap();
        }
        let purged = block_on(replica.purge_expired(UNTIL, 1)).unwrap();
        assert_eq!((purged.removed, purged.more), (usize::from(in_engine), in_copy || in_engine));
    }
}
