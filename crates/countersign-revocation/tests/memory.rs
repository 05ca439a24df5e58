//! The store in memory against a model that is a few maps, whatever is done in whatever order, and what
//! threads see of each other.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by panicking"
)]

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use countersign_revocation::{
    Check, Counts, MaybeReady, MemoryRevocationStore, RetainUntil, RevocationStore, Scope, SubjectVersion,
    Target, TokenId, Verdict,
};
use pollster::block_on;
use proptest::collection::vec;
use proptest::prelude::*;
use time::OffsetDateTime;

const ISSUERS: [&str; 2] = ["https://issuer.example", "https://issuer.example/other"];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Token,
    Session,
    Key,
}

/// A name: its issuer, its kind and a number.
type Name = (usize, Kind, u8);

#[derive(Clone, Debug)]
enum Step {
    Revoke { name: Name, until: u64 },
    RevokeSubject { issuer: usize, sub: u8, until: u64 },
    Check { issuer: usize, token: u8, session: u8, sub: u8, subject_version: u64, key: u8 },
    Purge { limit: usize },
    Wait { seconds: i64 },
}

fn step() -> impl Strategy<Value = Step> {
    let issuer = || 0..ISSUERS.len();
    let kind = prop_oneof![3 => Just(Kind::Token), 2 => Just(Kind::Session), 1 => Just(Kind::Key)];
    // Short lives, so that many end, and now and then none.
    let until = || prop_oneof![20 => 0..60_u64, 1 => Just(u64::MAX), 1 => Just(u64::from(u32::MAX) + 5)];
    let number = || 0..12_u8;
    prop_oneof![
        6 => ((issuer(), kind, number()), until()).prop_map(|(name, until)| Step::Revoke { name, until }),
        2 => (issuer(), number(), until())
            .prop_map(|(issuer, sub, until)| Step::RevokeSubject { issuer, sub, until }),
        6 => (issuer(), number(), number(), number(), 0..100_000_u64, number()).prop_map(
            |(issuer, token, session, sub, subject_version, key)| {
                Step::Check { issuer, token, session, sub, subject_version, key }
            }
        ),
        2 => (0..8_usize).prop_map(|limit| Step::Purge { limit }),
        3 => (0..10_i64).prop_map(|seconds| Step::Wait { seconds }),
    ]
}

/// What the store must be like.
#[derive(Default)]
struct Model {
    now: i64,
    entries: HashMap<Name, u64>,
    /// Version and end.
    subjects: HashMap<(usize, u8), (u64, u64)>,
}

impl Model {
    fn counts(&self, end: u64) -> bool {
        end > self.now as u64
    }

    fn is_revoked(&self, name: Name) -> bool {
        self.entries.get(&name).is_some_and(|end| self.counts(*end))
    }

    fn verdict(&self, names: [Name; 3], subject: (usize, u8), subject_version: u64) -> Verdict {
        let [key, session, token] = names;
        let is_dead = self
            .subjects
            .get(&subject)
            .is_some_and(|(risen, end)| self.counts(*end) && subject_version < *risen);
        if self.is_revoked(key) {
            Verdict::Revoked(Scope::Key)
        } else if is_dead {
            Verdict::Revoked(Scope::Subject)
        } else if self.is_revoked(session) {
            Verdict::Revoked(Scope::Session)
        } else if self.is_revoked(token) {
            Verdict::Revoked(Scope::Token)
        } else {
            Verdict::NotRevoked
        }
    }

    fn total(&self) -> Counts {
        let of = |kind| self.entries.keys().filter(|name| name.1 == kind).count() as u64;
        Counts {
            tokens: of(Kind::Token),
            sessions: of(Kind::Session),
            keys: of(Kind::Key),
            subjects: self.subjects.len() as u64,
        }
    }
}

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap()
}

fn verdict(store: &MemoryRevocationStore, check: &Check<'_>, now: OffsetDateTime) -> Verdict {
    match store.check(check, now) {
        MaybeReady::Ready(verdict) => verdict.unwrap(),
        MaybeReady::Wait(_) => panic!("a store in memory answers at once"),
    }
}

fn revoke(store: &MemoryRevocationStore, (issuer, kind, number): Name, until: u64) {
    let name = number.to_string();
    let target = match kind {
        Kind::Token => Target::Token(TokenId::Jti(&name)),
        Kind::Session => Target::Session(&name),
        Kind::Key => Target::Key(&name),
    };
    block_on(store.revoke(ISSUERS[issuer], target, RetainUntil::from_unix_seconds(until))).unwrap();
}

/// Takes one step on both and compares what can be seen.
fn take(step: Step, store: &MemoryRevocationStore, model: &mut Model) -> Result<(), TestCaseError> {
    match step {
        Step::Revoke { name, until } => {
            let until = until.saturating_add(model.now as u64);
            revoke(store, name, until);
            let end = model.entries.entry(name).or_default();
            *end = until.max(*end);
        }
        Step::RevokeSubject { issuer, sub, until } => {
            let until = until.saturating_add(model.now as u64);
            let (name, until) = (sub.to_string(), RetainUntil::from_unix_seconds(until));
            let raised = store.revoke_subject(ISSUERS[issuer], &name, until, at(model.now), Duration::ZERO);
            let raised = block_on(raised).unwrap();
            let (subject_version, end) = model.subjects.entry((issuer, sub)).or_default();
            // Of a subject that was forgotten, all that is known is that it does not fall back.
            prop_assert!(raised > *subject_version && raised >= model.now as u64 * 1000);
            (*subject_version, *end) = (raised, until.as_unix_seconds().max(*end));
        }
        Step::Check { issuer, token, session, sub, subject_version, key } => {
            let [token_name, session_name, sub_name, key_name] =
                [token, session, sub, key].map(|number| number.to_string());
            let check = Check::new(ISSUERS[issuer])
                .token(TokenId::Jti(&token_name))
                .session(&session_name)
                .subject(&sub_name, SubjectVersion::Version(subject_version))
                .key(&key_name);
            let names =
                [(issuer, Kind::Key, key), (issuer, Kind::Session, session), (issuer, Kind::Token, token)];
            let expected = model.verdict(names, (issuer, sub), subject_version);
            prop_assert_eq!(verdict(store, &check, at(model.now)), expected);
        }
        Step::Purge { limit } => purge(limit, store, model)?,
        Step::Wait { seconds } => model.now += seconds,
    }
    Ok(())
}

/// Purges until there is no more, a few at a time; then exactly what counts is left.
fn purge(limit: usize, store: &MemoryRevocationStore, model: &mut Model) -> Result<(), TestCaseError> {
    let before = model.total().total();
    let now = model.now as u64;
    model.entries.retain(|_, end| *end > now);
    model.subjects.retain(|_, (_, end)| *end > now);
    let mut removed = 0;
    loop {
        let purged = block_on(store.purge_expired(at(model.now), limit.max(1))).unwrap();
        prop_assert!(purged.removed <= limit.max(1));
        removed += purged.removed as u64;
        if !purged.more {
            break;
        }
    }
    prop_assert_eq!(block_on(store.purge_expired(at(model.now), 0)).unwrap().removed, 0);
    prop_assert_eq!(removed, before - model.total().total());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_store_is_like_the_model_after_every_step(steps in vec(step(), 1..200)) {
        let (store, mut model) = (MemoryRevocationStore::new(), Model::default());
        for step in steps {
            take(step, &store, &mut model)?;
            prop_assert_eq!(block_on(store.count()).unwrap(), model.total());
        }
    }
}

/// One thread revokes and tells how far it is; another never finds anything less. Names of all scopes, as each
/// has its own way through the store, and enough of them for tables to be rebuilt.
#[test]
fn a_check_that_starts_after_a_revocation_returned_sees_it() {
    const COUNT: u64 = 30_000;
    let (store, returned) = (MemoryRevocationStore::new(), AtomicU64::new(0));
    let until = RetainUntil::FOREVER;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..COUNT {
                let name = number.to_string();
                let target = match number % 3 {
                    0 => Target::Token(TokenId::Jti(&name)),
                    1 => Target::Session(&name),
                    _ => Target::Key(&name),
                };
                block_on(store.revoke(ISSUERS[0], target, until)).unwrap();
                block_on(store.revoke_subject(ISSUERS[0], &name, until, at(1), Duration::ZERO)).unwrap();
                returned.store(number + 1, Ordering::Relaxed);
            }
        });
        for _ in 0..2 {
            scope.spawn(|| {
                let mut seen = 0;
                while seen < COUNT {
                    let known = returned.load(Ordering::Acquire);
                    for number in seen..known {
                        let name = number.to_string();
                        let asked = Check::new(ISSUERS[0]);
                        let (check, scope) = match number % 3 {
                            0 => (asked.token(TokenId::Jti(&name)), Scope::Token),
                            1 => (asked.session(&name), Scope::Session),
                            _ => (asked.key(&name), Scope::Key),
                        };
                        assert_eq!(verdict(&store, &check, at(1)), Verdict::Revoked(scope));
                        let subject = asked.subject(&name, SubjectVersion::Version(0));
                        assert_eq!(verdict(&store, &subject, at(1)), Verdict::Revoked(Scope::Subject));
                    }
                    seen = known;
                }
            });
        }
    });
}

/// A limit far below what is past at the first place must not keep the others from their turn.
#[test]
fn a_purge_goes_on_where_the_last_one_stopped() {
    let store = MemoryRevocationStore::new();
    for number in 0..20_000_u64 {
        let jti = number.to_string();
        let target = Target::Token(TokenId::Jti(&jti));
        block_on(store.revoke(ISSUERS[0], target, RetainUntil::from_unix_seconds(10))).unwrap();
        let sub = block_on(store.revoke_subject(
            ISSUERS[0],
            &jti,
            RetainUntil::from_unix_seconds(10),
            at(1),
            Duration::ZERO,
        ));
        sub.unwrap();
    }
    // New ones come as fast as old ones go, and the old ones go nevertheless.
    let is_old_revoked = |number: u64| {
        let jti = number.to_string();
        let check = Check::new(ISSUERS[0]).token(TokenId::Jti(&jti));
        verdict(&store, &check, at(1)) != Verdict::NotRevoked
    };
    for number in 20_000..90_000_u64 {
        let jti = number.to_string();
        let target = Target::Token(TokenId::Jti(&jti));
        block_on(store.revoke(ISSUERS[0], target, RetainUntil::from_unix_seconds(10))).unwrap();
        assert_eq!(block_on(store.purge_expired(at(10), 1)).unwrap().removed, 1);
    }
    let old = (0..20_000).filter(|number| is_old_revoked(*number)).count();
    assert_eq!(old, 0, "old entries had no turn");
}
