//! Any sequence of calls, held against what the log of it says must be so.
//!
//! The model keeps no state of fetches: it writes down what happened and, at each call, looks through all of
//! it for what the rules allow. Beside it runs the true time, which no caller can see, to which a clock that
//! is set wrong makes no difference.

use std::time::Duration;

use countersign_signed::jwks_cache::Fetch;
use countersign_signed::{ErrorKind, JwksCache, Verifier};
use proptest::prelude::*;

use super::{HOUR, at, cache, seconds, token, verdict_of, verifier};

const COOLDOWN: i64 = 30;
const LIMIT: i64 = 30;
const KEPT: i64 = 24 * HOUR;
const FIRST_RETRY: i64 = 5;
const LAST_RETRY: i64 = 300;
const LATE: i64 = 60;
const KEYS: u8 = 3;

#[derive(Debug, Clone)]
enum Step {
    Poll,
    UnknownKey,
    /// The keys are bits: none is a body that no reader takes.
    Complete {
        which: prop::sample::Index,
        keys: u8,
        max_age: Option<i64>,
    },
    Fail(prop::sample::Index),
    Drop(prop::sample::Index),
    /// Time passes, and nobody calls.
    Pass(i64),
    /// The clock is set by this much between two calls.
    Set(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let max_age = proptest::option::of(0..30 * HOUR);
    prop_oneof![
        5 => Just(Step::Poll),
        3 => Just(Step::UnknownKey),
        4 => (any::<prop::sample::Index>(), 0..1_u8 << KEYS, max_age)
            .prop_map(|(which, keys, max_age)| Step::Complete { which, keys, max_age }),
        1 => any::<prop::sample::Index>().prop_map(Step::Fail),
        1 => any::<prop::sample::Index>().prop_map(Step::Drop),
        6 => prop_oneof![3 => 0..45_i64, 2 => 0..700_i64, 1 => 0..30 * HOUR].prop_map(Step::Pass),
        1 => prop_oneof![-70..70_i64, -40 * HOUR..2 * HOUR].prop_map(Step::Set),
    ]
}

/// One fetch, as the log has it.
struct Entry {
    started: i64,
    true_start: i64,
    outcome: Outcome,
}

#[derive(PartialEq)]
enum Outcome {
    None,
    /// The keys, for how long they are fresh, and when they came.
    Set(u8, i64, i64),
    Failed(i64),
}

struct World {
    cache: JwksCache,
    verifier: Verifier,
    tokens: Vec<String>,
    out: Vec<(usize, Fetch)>,
    log: Vec<Entry>,
    /// What the wall clock says, what it truly is, and by how much small steps back may have fooled the cache.
    wall: i64,
    truth: i64,
    slack: i64,
    /// The latest wall time that counts, and the sum of steps forward: ages are differences of the latter.
    latest: i64,
    passed: i64,
}

impl World {
    fn new() -> Self {
        let cache = cache();
        let verifier = verifier(&cache);
        // The first observation begins the count.
        let _ = cache.status(at(0));
        Self {
            cache,
            verifier,
            tokens: (0..KEYS).map(|number| token(number + 1)).collect(),
            out: Vec::new(),
            log: Vec::new(),
            wall: 0,
            truth: 0,
            slack: 0,
            latest: 0,
            passed: 0,
        }
    }

    fn observe(&mut self) {
        self.passed += (self.wall - self.latest).max(0);
        if self.wall > self.latest || self.wall < self.latest - LATE {
            self.latest = self.wall;
        }
    }

    fn take(&mut self, which: &prop::sample::Index) -> Option<(usize, Fetch)> {
        if self.out.is_empty() { None } else { Some(self.out.remove(which.index(self.out.len()))) }
    }

    fn run(&mut self, step: &Step) {
        match step {
            Step::Poll => {
                self.observe();
                let fetch = self.cache.poll(at(self.wall));
                // Fresh and not near its end: nothing to do. Otherwise it must come, when nothing hinders.
                let due = self.held().is_none_or(|held| {
                    let fresh_for = held.fresh_for();
                    self.passed - held.started >= fresh_for - (fresh_for / 2).min(5 * 60)
                });
                self.started(fetch, due);
            }
            Step::UnknownKey => {
                self.observe();
                let fetch = self.cache.unknown_key(at(self.wall));
                let cool = self.log.last().is_none_or(|last| self.passed - last.started >= COOLDOWN);
                self.started(fetch, cool);
            }
            Step::Complete { which, keys, max_age } => {
                let Some((number, fetch)) = self.take(which) else { return };
                let body: Vec<String> =
                    (0..KEYS).filter(|bit| keys >> bit & 1 == 1).map(|bit| (bit + 1).to_string()).collect();
                self.observe();
                let max_age: Option<Duration> = max_age.map(seconds);
                let outcome = fetch.complete(body.join(" ").as_bytes(), max_age, at(self.wall));
                assert_eq!(outcome.is_ok(), *keys != 0);
                let fresh_for = max_age.map_or(HOUR, |age| age.as_secs().cast_signed().clamp(300, 24 * HOUR));
                self.settle(
                    number,
                    if *keys == 0 {
                        Outcome::Failed(self.passed)
                    } else {
                        Outcome::Set(*keys, fresh_for, self.passed)
                    },
                );
            }
            Step::Fail(which) => {
                let Some((number, fetch)) = self.take(which) else { return };
                self.observe();
                fetch.fail(at(self.wall));
                self.settle(number, Outcome::Failed(self.passed));
            }
            Step::Drop(which) => {
                let Some((number, fetch)) = self.take(which) else { return };
                drop(fetch);
                self.settle(number, Outcome::Failed(self.passed));
            }
            Step::Pass(time) => {
                self.wall += time;
                self.truth += time;
            }
            Step::Set(by) => {
                let _ = self.cache.status(at(self.wall));
                self.observe();
                self.wall += by;
                let _ = self.cache.status(at(self.wall));
                self.observe();
                if (-LATE..0).contains(by) {
                    self.slack -= by;
                }
            }
        }
    }

    fn settle(&mut self, number: usize, outcome: Outcome) {
        self.log[number].outcome = outcome;
    }

    /// What was given out, when one is wanted or not.
    fn started(&mut self, fetch: Option<Fetch>, wanted: bool) {
        let under_way = self
            .log
            .last()
            .is_some_and(|last| last.outcome == Outcome::None && self.passed - last.started < LIMIT);
        // The failure of the latest fetch, which nothing has made up for since.
        let failure = self.log.last().and_then(|last| match last.outcome {
            Outcome::Failed(when) => Some(when),
            // Lost, at a time that nobody knows: the wait counts from its start.
            Outcome::None => Some(last.started),
            Outcome::Set(..) => None,
        });
        let quiet = failure.is_none_or(|when| self.passed >= when + LAST_RETRY);
        // A fetch that was lost has failed earlier than it says, and one that was out before may have come
        // back with a set since.
        let soon = self.log.last().is_some_and(|last| match last.outcome {
            Outcome::Failed(when) => {
                when < last.started + LIMIT && self.passed < when + FIRST_RETRY && !self.set_came_since(when)
            }
            Outcome::None | Outcome::Set(..) => false,
        });
        match fetch {
            Some(fetch) => {
                assert!(wanted, "not due");
                assert!(!under_way, "a second one");
                assert!(!soon, "just after a failure");
                self.out.push((self.log.len(), fetch));
                let (started, true_start) = (self.passed, self.truth);
                self.log.push(Entry { started, true_start, outcome: Outcome::None });
            }
            None => assert!(!wanted || under_way || !quiet, "due, and nobody fetches"),
        }
    }

    fn set_came_since(&self, failure: i64) -> bool {
        self.log.iter().any(|entry| matches!(entry.outcome, Outcome::Set(_, _, when) if when >= failure))
    }

    /// Of all sets that came, the one asked for last; unless it has ended.
    fn held(&self) -> Option<&Entry> {
        let newest = self.log.iter().rev().find(|entry| matches!(entry.outcome, Outcome::Set(..)))?;
        (self.passed - newest.started < newest.fresh_for() + KEPT).then_some(newest)
    }

    /// Every key is held against what must be so now.
    fn check(&self) {
        let held = self.held().filter(|held| {
            let age = self.passed - held.started + (self.wall - self.latest);
            (-LATE..held.fresh_for() + KEPT).contains(&age)
        });
        for (number, token) in self.tokens.iter().enumerate() {
            let expected = match held.map(|held| &held.outcome) {
                Some(Outcome::Set(keys, ..)) if keys >> number & 1 == 1 => Ok(()),
                Some(_) => Err(ErrorKind::UnknownKey),
                None => Err(ErrorKind::KeysUnavailable),
            };
            let verdict = verdict_of(&self.verifier, token, self.wall);
            assert_eq!(verdict, expected, "key {}", number + 1);
            if verdict.is_ok() {
                let held =
                    held.map(|held| self.truth - held.true_start < held.fresh_for() + KEPT + self.slack);
                assert_eq!(held, Some(true), "older than any set may be");
            }
        }
    }
}

impl Entry {
    fn fresh_for(&self) -> i64 {
        match self.outcome {
            Outcome::Set(_, fresh_for, _) => fresh_for,
            Outcome::None | Outcome::Failed(_) => 0,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_happens_one_fetches_at_a_time_and_no_key_outlives_its_set(
        steps in prop::collection::vec(step(), 1..80),
    ) {
        let mut world = World::new();
        for step in &steps {
            world.run(step);
            world.check();
        }
    }
}
