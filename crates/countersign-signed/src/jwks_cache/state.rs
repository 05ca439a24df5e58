//! The rules: when a fetch is due, what its outcome changes, and how long a set may be used.
//!
//! One structure without locks and without I/O, changed by one caller at a time, so that the rules are
//! read, and tested, in one place. All spans are in the cache's own time (see `clock`).

use std::time::Duration;

use time::OffsetDateTime;

use super::Status;
use super::builder::Config;
use super::clock::{Clock, LATE};
use crate::keys::{KeySet, Span};

/// The shortest and the longest time for which a set is fresh, whatever the response says of itself.
pub(super) const FRESHNESS: (Duration, Duration) = (Duration::from_mins(5), Duration::from_hours(24));

/// A fetch that was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticket {
    /// Counts from 1.
    number: u64,
    started: Duration,
}

/// The last good set.
struct CachedKeys {
    keys: KeySet,
    /// When it was asked for. An answer says what was so when it was made, which is not before the question,
    /// so that counting from there never makes a set younger than it is.
    asked: Duration,
    fresh_for: Duration,
}

pub(super) struct State {
    config: Config,
    clock: Clock,
    held: Option<CachedKeys>,
    flight: Option<Ticket>,
    last_started: Option<Ticket>,
    /// The number of the ticket that brought the newest set, though that may have ended since.
    newest: u64,
    /// No fetch before this.
    retry_at: Duration,
    failures: u32,
    last_success: Option<OffsetDateTime>,
    /// What verifiers have been given is no longer right.
    outdated: bool,
}

impl State {
    pub(super) fn new(config: Config) -> Self {
        Self {
            config,
            clock: Clock::default(),
            held: None,
            flight: None,
            last_started: None,
            newest: 0,
            retry_at: Duration::ZERO,
            failures: 0,
            last_success: None,
            outdated: false,
        }
    }

    /// To be called first, by whoever knows the time.
    pub(super) fn observe(&mut self, now: OffsetDateTime) {
        self.outdated |= self.clock.observe(now);
        if self.held.as_ref().is_some_and(|held| self.age(held) >= self.longest_age(held)) {
            self.held = None;
            self.outdated = true;
        }
    }

    /// A ticket, if the set is missing or its freshness nearly over.
    pub(super) fn poll(&mut self) -> Option<Ticket> {
        let due = self.held.as_ref().is_none_or(|held| {
            // A short freshness must not be all ahead, or one fetch would follow the other.
            let ahead = self.config.refresh_ahead.min(held.fresh_for / 2);
            self.age(held) >= held.fresh_for.saturating_sub(ahead)
        });
        if due { self.start() } else { None }
    }

    /// A ticket, if the last one is long enough ago, whatever came of it. Tokens cause this one.
    pub(super) fn unknown_key(&mut self) -> Option<Ticket> {
        let cooling = self.last_started.is_some_and(|last| {
            self.clock.elapsed().saturating_sub(last.started) < self.config.unknown_kid_cooldown
        });
        if cooling { None } else { self.start() }
    }

    /// A ticket, unless one is out or a failure is too fresh.
    fn start(&mut self) -> Option<Ticket> {
        let started = self.clock.elapsed();
        if let Some(flight) = self.flight {
            if started.saturating_sub(flight.started) < self.config.fetch_limit {
                return None;
            }
            // It was lost with its caller, at a time that nobody knows.
            self.flight = None;
            self.failed(flight.started);
        }
        if started < self.retry_at {
            return None;
        }
        let number = self.last_started.map_or(0, |last| last.number).saturating_add(1);
        let ticket = Ticket { number, started };
        self.flight = Some(ticket);
        self.last_started = Some(ticket);
        Some(ticket)
    }

    /// Takes the set of a fetch, unless a fetch that began later has brought one already.
    pub(super) fn succeed(
        &mut self,
        ticket: Ticket,
        keys: KeySet,
        max_age: Option<Duration>,
        now: OffsetDateTime,
    ) {
        self.land(ticket);
        if ticket.number <= self.newest {
            return;
        }
        let (shortest, longest) = FRESHNESS;
        let fresh_for = max_age.unwrap_or(self.config.fresh_for).clamp(shortest, longest);
        self.held = Some(CachedKeys { keys, asked: ticket.started, fresh_for });
        self.newest = ticket.number;
        self.failures = 0;
        self.retry_at = Duration::ZERO;
        self.last_success = Some(now);
        self.outdated = true;
    }

    /// The last good set stays.
    pub(super) fn fail(&mut self, ticket: Ticket) {
        if self.land(ticket) {
            self.failed(self.clock.elapsed());
        }
    }

    /// Whether this ticket was the one that is out; if so, it no longer is.
    fn land(&mut self, ticket: Ticket) -> bool {
        let current = self.flight == Some(ticket);
        if current {
            self.flight = None;
        }
        current
    }

    fn failed(&mut self, at: Duration) {
        let (first, most) = self.config.retry;
        let wait = first.saturating_mul(2_u32.saturating_pow(self.failures)).min(most);
        self.failures = self.failures.saturating_add(1);
        self.retry_at = at.saturating_add(wait);
    }

    fn age(&self, held: &CachedKeys) -> Duration {
        self.clock.elapsed().saturating_sub(held.asked)
    }

    fn longest_age(&self, held: &CachedKeys) -> Duration {
        held.fresh_for.saturating_add(self.config.kept_for)
    }

    /// What verifiers are to be given, if that has changed.
    pub(super) fn take_update(&mut self) -> Option<Option<Span>> {
        if !std::mem::take(&mut self.outdated) {
            return None;
        }
        Some(self.held.as_ref().map(|held| {
            Span {
                keys: held.keys.clone(),
                // A request that read its clock before the set came is verified with it too.
                from: self
                    .clock
                    .at(held.asked)
                    .saturating_sub(time::Duration::seconds(LATE.as_secs().cast_signed())),
                until: self.clock.at(held.asked.saturating_add(self.longest_age(held))),
            }
        }))
    }

    /// The last good set, unless it has ended.
    pub(super) fn current(&self) -> Option<KeySet> {
        self.held.as_ref().map(|held| held.keys.clone())
    }

    pub(super) fn status(&self) -> Status {
        let held = self.held.as_ref();
        let age = held.map(|held| self.age(held));
        Status {
            keys: held.map_or(0, |held| held.keys.len()),
            skipped: held.map_or(0, |held| held.keys.skipped().len()),
            age,
            is_stale: held.zip(age).is_some_and(|(held, age)| age >= held.fresh_for),
            last_success: self.last_success,
            failures: self.failures,
            is_fetching: self.flight.is_some(),
        }
    }
}
