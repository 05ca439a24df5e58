//! A limiter in this process's memory, which holds so much and never more.
//!
//! Each bucket is one moment: when it will be empty again. An attempt adds an interval to it and is refused
//! where that would reach further than the burst allows; time empties it. So a bucket is 16 bytes, needs no
//! clean-up, and a refusal changes nothing: there is no lock-out to wait out, and hammering makes no wait
//! longer.
//!
//! Buckets stand in a table of fixed size under keyed hashes, eight to a place. Where a place is full, the
//! bucket that is nearest to empty makes room: whoever floods the table with names drives out buckets with one
//! attempt in them, and not the full ones that they want forgotten.
//!
//! Three things are counted: the user name, the address, and both together once they have logged in. An address
//! from which a name has logged in before has its own bucket for it, so that whoever guesses from elsewhere
//! cannot keep the user out. What it does not know is how the application folds names, but for case and outer
//! white space: spellings that the directory takes for one name are several names here, and bounded by the
//! address alone.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock::milliseconds;
use crate::limiter::{Admission, Attempt, AttemptOutcome, LimiterError, LogInLimiter};
use crate::{ConfigurationFault, Error};

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
}

/// A [`LogInLimiter`] in memory, for one process: several each count for themselves.
///
/// | counted | limit, unless told otherwise |
/// |---|---|
/// | a user name, in any case, from addresses that have not logged in under it | 10 at once, then one a minute |
/// | a user name from an address that has | 10 at once, then one a minute |
/// | an IPv4 address, or the /64 of an IPv6 address | 50 at once, then one every 10 seconds |
///
/// A right password is not counted. Where no address is given, the name alone is.
///
/// It holds 65,536 buckets in 1 MiB whatever comes, and remembers as many pairs of name and address that have
/// logged in, for 30 days, in 1 MiB more. Everything is forgotten when the process ends. Names and addresses
/// are kept as keyed hashes.
///
/// Security: nobody is locked out for ever. Whoever guesses at a name from everywhere takes up its attempts, so
/// that its user has to be lucky to log in from a new address; from where they logged in before they are not
/// kept out, unless the guesses come from there too. No wait is longer than the interval, and it ends with the
/// guessing.
pub struct MemoryLimiter {
    name: Limit,
    address: Limit,
    hasher: RandomState,
    tables: Mutex<Tables>,
}

/// How long a pair of name and address that logged in is remembered, in milliseconds.
const KNOWN_FOR: u64 = 30 * 24 * 60 * 60 * 1000;
/// The places of a table, a power of two.
const PLACES: usize = 8192;
/// The slots of a place.
const SLOTS: usize = 8;

impl MemoryLimiter {
    /// The limits of the table above.
    #[must_use]
    pub fn new() -> Self {
        let limit = |burst, seconds| Limit { burst, interval: Duration::from_secs(seconds) };
        Self::with(limit(10, 60), limit(50, 10))
    }

    /// `name` for each user name, and for each pair of name and address; `address` for each address.
    #[must_use]
    pub fn with(name: Limit, address: Limit) -> Self {
        let tables = Tables { buckets: Table::new(), known: Table::new() };
        Self { name, address, hasher: RandomState::new(), tables: Mutex::new(tables) }
    }

    /// The hashes of the attempt's name, address and both.
    fn keys(&self, attempt: &Attempt<'_>) -> Keys {
        let name = self.hasher.hash_one(("name", attempt.user_id.trim().to_lowercase()));
        let address = attempt.address.map(|address| self.hasher.hash_one(("address", network(address))));
        let pair = address.map(|address| self.hasher.hash_one(("pair", name, address)));
        Keys { name, address, pair }
    }

    /// The buckets that an attempt is counted in.
    fn buckets(&self, keys: &Keys, is_known: bool) -> [Option<(u64, Limit)>; 2] {
        let name = keys.pair.filter(|_| is_known).unwrap_or(keys.name);
        [Some((name, self.name)), keys.address.map(|address| (address, self.address))]
    }

    fn admit_now(&self, attempt: &Attempt<'_>) -> Admission {
        let (now, keys) = (milliseconds(attempt.now), self.keys(attempt));
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let buckets = self.buckets(&keys, tables.is_known(&keys, now));
        let waits = buckets.into_iter().flatten().map(|(key, limit)| {
            let full = tables.level(key, limit, now).saturating_add(limit.step());
            full.saturating_sub(limit.reach())
        });
        // All are asked before any is counted in, so that a refusal leaves no trace.
        match waits.max() {
            Some(wait) if wait > 0 => Admission::Refused { retry_after: Duration::from_millis(wait) },
            _ => {
                for (key, limit) in buckets.into_iter().flatten() {
                    let level = tables.level(key, limit, now).saturating_add(limit.step());
                    tables.buckets.put(key, now.saturating_add(level));
                }
                Admission::Granted
            }
        }
    }

    fn settle_now(&self, attempt: &Attempt<'_>, outcome: AttemptOutcome) {
        if outcome == AttemptOutcome::Wrong {
            return;
        }
        let (now, keys) = (milliseconds(attempt.now), self.keys(attempt));
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let buckets = self.buckets(&keys, tables.is_known(&keys, now));
        for (key, limit) in buckets.into_iter().flatten() {
            // Driven out meanwhile, there is nothing to take back.
            if let Some(moment) = tables.buckets.get(key) {
                tables.buckets.put(key, moment.saturating_sub(limit.step()));
            }
        }
        if let (AttemptOutcome::Right, Some(pair)) = (outcome, keys.pair) {
            tables.known.put(pair, now.saturating_add(KNOWN_FOR));
        }
    }
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

/// What an address is counted as: whoever has an IPv6 address has its whole /64 (RFC 4291 section 2.5.4).
fn network(address: IpAddr) -> u64 {
    match address.to_canonical() {
        IpAddr::V4(address) => u64::from(address.to_bits()),
        IpAddr::V6(address) => u64::try_from(address.to_bits() >> 64).unwrap_or(u64::MAX),
    }
}

struct Keys {
    name: u64,
    address: Option<u64>,
    pair: Option<u64>,
}

struct Tables {
    /// When each bucket will be empty.
    buckets: Table,
    /// Until when each pair is remembered.
    known: Table,
}

impl Tables {
    fn is_known(&self, keys: &Keys, now: u64) -> bool {
        keys.pair.and_then(|pair| self.known.get(pair)).is_some_and(|until| until > now)
    }

    /// How far ahead of now a bucket's moment lies: never further than it can have come, so that a clock which
    /// is set back empties no slower.
    fn level(&self, key: u64, limit: Limit, now: u64) -> u64 {
        self.buckets.get(key).unwrap_or(0).saturating_sub(now).min(limit.reach())
    }
}

/// Moments by hash, in Unix milliseconds; 0 in an empty slot.
struct Table(Vec<[(u64, u64); SLOTS]>);

impl Table {
    fn new() -> Self {
        Self(vec![[(0, 0); SLOTS]; PLACES])
    }

    fn place(key: u64) -> usize {
        usize::try_from(key & (PLACES as u64).saturating_sub(1)).unwrap_or(0)
    }

    fn get(&self, key: u64) -> Option<u64> {
        let place = self.0.get(Self::place(key))?;
        place.iter().find(|(of, _)| *of == key).map(|(_, moment)| *moment)
    }

    /// Writes a moment: in the key's own slot, or in that with the earliest moment.
    fn put(&mut self, key: u64, moment: u64) {
        let Some(place) = self.0.get_mut(Self::place(key)) else { return };
        let own = place.iter().position(|(of, _)| *of == key);
        let slot = match own {
            Some(slot) => place.get_mut(slot),
            None => place.iter_mut().min_by_key(|(_, moment)| *moment),
        };
        if let Some(slot) = slot {
            *slot = (key, moment);
        }
    }
}
