//! A limiter in this process's memory, of a fixed size.
//!
//! Each bucket is one moment: when it will be empty again. An attempt adds an interval to it and is refused
//! where that would reach further than the burst allows; time empties it. So a bucket is 16 bytes, needs no
//! clean-up, and a refusal changes nothing: there is no lock-out to wait out, and hammering makes no wait
//! longer.
//!
//! An attempt under a name from an address that has logged in under it before is bounded by a bucket of that
//! pair alone. So a stranger who guesses at the name, or from the same address at other names, does not keep
//! the user out. Any other attempt is bounded three times: by its name, by its address, and by both together.
//! The last one is slower than that of the name, so that a single stranger cannot use up the name's attempts:
//! a guess a minute from one address would otherwise keep the user from logging in at any new address.
//!
//! The limiter folds case and outer white space of names. It does not know how else the application folds
//! them: spellings that the directory takes for one name are several names here.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::error::Error;
use crate::error::kind::ConfigurationFault;
use crate::log_in::client::ClientNetwork;
use crate::log_in::limiter::{Admission, Attempt, AttemptOutcome, LimiterError, LogInLimiter};
use crate::log_in::limiter_tables::{Buckets, KnownPairs, SLOTS};
use crate::state::clock::milliseconds;

/// So many attempts at once, and one more with each interval that passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    burst: u32,
    interval: Duration,
}

impl Limit {
    /// At most `burst` attempts at once, at least 1 and at most 10,000; one more is granted with each `interval`
    /// that passes, from 1 millisecond to 1 hour.
    ///
    /// # Errors
    /// [`ConfigurationFault::InvalidLimit`] outside these ranges.
    pub fn new(burst: u32, interval: Duration) -> Result<Self, Error> {
        let hour = Duration::from_secs(60 * 60);
        if (1..=10_000).contains(&burst) && (Duration::from_millis(1)..=hour).contains(&interval) {
            Ok(Self { burst, interval })
        } else {
            Err(ConfigurationFault::InvalidLimit.into())
        }
    }

    /// The interval in milliseconds.
    fn step(self) -> u64 {
        u64::try_from(self.interval.as_millis()).unwrap_or(u64::MAX)
    }

    /// How far ahead of now a bucket's moment may lie.
    fn reach(self) -> u64 {
        self.step().saturating_mul(u64::from(self.burst))
    }

    /// How far ahead of `now` a bucket's moment lies: never further than it can have come, so that a clock
    /// which is set back empties no slower.
    fn level(self, moment: u64, now: u64) -> u64 {
        moment.saturating_sub(now).min(self.reach())
    }

    /// How long an attempt must wait, in milliseconds.
    fn wait(self, moment: u64, now: u64) -> u64 {
        self.level(moment, now).saturating_add(self.step()).saturating_sub(self.reach())
    }

    /// The moment after one more attempt.
    fn after_one(self, moment: u64, now: u64) -> u64 {
        let level = self.level(moment, now).saturating_add(self.step());
        now.saturating_add(level.min(self.reach()))
    }

    /// The limit of one address on a name under which it has not logged in, given the limit of the name.
    /// Five such addresses together are as quick as the name's own limit.
    fn of_a_stranger(self) -> Self {
        Self { burst: self.burst.div_ceil(2), interval: self.interval.saturating_mul(5) }
    }
}

/// A [`LogInLimiter`] in memory, for one process: several each count for themselves.
///
/// | counted | default limit |
/// |---|---|
/// | a user name from an address that has logged in under it | 10 at once, then one a minute; nothing else bounds it |
/// | a user name, in any case, from all other addresses together | 10 at once, then one a minute |
/// | a user name from one of these other addresses | 5 at once, then one every 5 minutes |
/// | an IPv4 address, or the /64 of an IPv6 address | 50 at once, then one every 10 seconds |
///
/// A right password is not counted.
///
/// By default it remembers 65,536 names, addresses and pairs of both, each in 1 MiB, and in 2 MiB as many pairs
/// that have logged in; [`with_capacity`](Self::with_capacity) changes the number. A pair that has logged in is
/// remembered for 30 days, and of one name the last 4 addresses. Everything is forgotten when the process ends.
/// Names and addresses are kept as keyed hashes.
///
/// What still counts is never dropped: where an attacker has filled a part of the memory, new names or
/// addresses of that part share the attempts of one.
///
/// Security: no user is locked out for ever. An attacker who guesses at a name from at least 5 networks can use
/// up its attempts, so that its user cannot log in from a new address; where the user has logged in before,
/// only guesses under their name from that same address count. No wait is longer than 5 intervals of the
/// name, or one of the address, and it ends with the guessing. Guesses from an address that many users share
/// are bounded by name for those who have logged in there.
pub struct MemoryLimiter {
    name: Limit,
    address: Limit,
    hasher: RandomState,
    tables: Mutex<Tables>,
}

/// How long a pair of name and address that logged in is remembered, in milliseconds.
const KNOWN_FOR: u64 = 30 * 24 * 60 * 60 * 1000;
/// How many names, addresses and pairs are remembered by default.
const DEFAULT_CAPACITY: usize = 65_536;

impl MemoryLimiter {
    /// The smallest capacity.
    pub const MIN_CAPACITY: usize = 1024;
    /// The largest capacity, which takes about 350 MiB.
    pub const MAX_CAPACITY: usize = 1 << 22;

    /// Creates a limiter with the limits of the table above.
    #[must_use]
    pub fn new() -> Self {
        let limit = |burst, seconds| Limit { burst, interval: Duration::from_secs(seconds) };
        Self::with(limit(10, 60), limit(50, 10))
    }

    /// Creates a limiter with other limits: `name` for each user name, and for each pair of name and address
    /// that has logged in; `address` for each address. One address that has not logged in under a name has half
    /// of the name's burst, and waits five of its intervals.
    #[must_use]
    pub fn with(name: Limit, address: Limit) -> Self {
        let tables = Mutex::new(Tables::new(DEFAULT_CAPACITY));
        Self { name, address, hasher: RandomState::new(), tables }
    }

    /// Remembers `entries` names, as many addresses, and as many pairs of both, rounded up to a power of two:
    /// from [`MIN_CAPACITY`](Self::MIN_CAPACITY) to [`MAX_CAPACITY`](Self::MAX_CAPACITY). An entry takes about
    /// 85 bytes. What has been counted before the call is forgotten.
    ///
    /// # Errors
    /// [`ConfigurationFault::InvalidLimit`] outside that range.
    pub fn with_capacity(self, entries: usize) -> Result<Self, Error> {
        if !(Self::MIN_CAPACITY..=Self::MAX_CAPACITY).contains(&entries) {
            return Err(ConfigurationFault::InvalidLimit.into());
        }
        Ok(Self { tables: Mutex::new(Tables::new(entries)), ..self })
    }

    /// The hashes of the attempt's name, address and both.
    fn keys(&self, attempt: &Attempt<'_>) -> Keys {
        let name = self.hasher.hash_one(("name", attempt.user_id.trim().to_lowercase()));
        let address = self.hasher.hash_one(("address", ClientNetwork::of(attempt.address)));
        Keys { name, address, pair: self.hasher.hash_one(("pair", name, address)) }
    }

    fn admit_now(&self, attempt: &Attempt<'_>) -> Admission {
        let (now, keys) = (milliseconds(attempt.now), self.keys(attempt));
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let Tables { names, addresses, pairs, known } = &mut *tables;
        let of_address = addresses.get(keys.address, now);
        if let Some(pair) = known.get(keys.name, keys.address, now) {
            let wait = self.name.wait(pair.moment, now);
            if wait > 0 {
                return refused(wait);
            }
            pair.moment = self.name.after_one(pair.moment, now);
        } else {
            // All are asked before any is counted in, so that a refusal leaves no trace.
            let (name, pair) = (names.get(keys.name, now), pairs.get(keys.pair, now));
            let stranger = self.name.of_a_stranger();
            let waits =
                [self.name.wait(name, now), stranger.wait(pair, now), self.address.wait(of_address, now)];
            if let Some(wait) = waits.into_iter().max().filter(|wait| *wait > 0) {
                return refused(wait);
            }
            names.put(keys.name, now, self.name.after_one(name, now));
            pairs.put(keys.pair, now, stranger.after_one(pair, now));
        }
        addresses.put(keys.address, now, self.address.after_one(of_address, now));
        Admission::Granted
    }

    fn settle_now(&self, attempt: &Attempt<'_>, outcome: AttemptOutcome) {
        if outcome == AttemptOutcome::Wrong {
            return;
        }
        let (now, keys) = (milliseconds(attempt.now), self.keys(attempt));
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let Tables { names, addresses, pairs, known } = &mut *tables;
        if let Some(pair) = known.get(keys.name, keys.address, now) {
            pair.moment = pair.moment.saturating_sub(self.name.step());
        } else {
            names.take_back(keys.name, now, self.name.step());
            pairs.take_back(keys.pair, now, self.name.of_a_stranger().step());
        }
        addresses.take_back(keys.address, now, self.address.step());
        if outcome == AttemptOutcome::Right {
            known.remember(keys.name, keys.address, now.saturating_add(KNOWN_FOR));
        }
    }
}

fn refused(milliseconds: u64) -> Admission {
    Admission::Refused { retry_after: Duration::from_millis(milliseconds) }
}

impl Default for MemoryLimiter {
    fn default() -> Self {
        Self::new()
    }
}

impl LogInLimiter for MemoryLimiter {
    async fn admit(&self, attempt: &Attempt<'_>) -> Result<Admission, LimiterError> {
        Ok(self.admit_now(attempt))
    }

    async fn settle(&self, attempt: &Attempt<'_>, outcome: AttemptOutcome) {
        self.settle_now(attempt, outcome);
    }
}

impl fmt::Debug for MemoryLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryLimiter")
            .field("name", &self.name)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

struct Keys {
    name: u64,
    address: u64,
    pair: u64,
}

/// Tables of their own, so that a flood of one kind takes no room from another.
struct Tables {
    names: Buckets,
    addresses: Buckets,
    /// Of names and addresses that have not logged in together.
    pairs: Buckets,
    known: KnownPairs,
}

impl Tables {
    fn new(entries: usize) -> Self {
        let places = entries.div_ceil(SLOTS).next_power_of_two();
        let buckets = || Buckets::new(places);
        Self { names: buckets(), addresses: buckets(), pairs: buckets(), known: KnownPairs::new(places) }
    }
}
