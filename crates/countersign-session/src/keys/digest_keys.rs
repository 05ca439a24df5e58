//! The digest keys, and how they change while requests run.
//!
//! New digests are stored under the primary key; records under another are found for as long as that one is
//! there. API keys and random tokens move to the primary key when they are used, sessions when they are refreshed.
//! So a previous key empties by itself, and is dropped once the store counts no record under it.
//!
//! It knows no records, and keeps no key beyond the process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use countersign_random::{DigestKey, DigestKeys};
use time::OffsetDateTime;

use crate::error::kind::ConfigurationFault;
use crate::state::clock::later;

/// The digest keys in force, shared by all clones of an authenticator.
pub(crate) struct SharedDigestKeys {
    current: ArcSwap<DigestKeys>,
    /// Held while keys change, and never while tokens are digested.
    schedule: Mutex<KeySchedule>,
}

#[derive(Clone)]
struct KeySchedule {
    primary: DigestKey,
    others: Vec<Other>,
}

#[derive(Clone)]
struct Other {
    key: DigestKey,
    role: Role,
}

#[derive(Clone, Copy)]
enum Role {
    /// It will be the primary key; another node may be ahead.
    Next,
    /// It was the primary key. When a count first found no record under it, if one did.
    Previous { unused_since: Option<OffsetDateTime> },
}

impl KeySchedule {
    fn keys(&self) -> Result<DigestKeys, ConfigurationFault> {
        self.others.iter().try_fold(DigestKeys::new(self.primary.clone()), |keys, Other { key, .. }| {
            // Whoever put a plain key beside a keyed one has named the exception: see `rotate`.
            let keys = keys.with_previous_plain_while_migrating(key.clone());
            keys.map_err(|_| ConfigurationFault::InvalidDigestKeys)
        })
    }
}

impl SharedDigestKeys {
    pub(crate) fn new(keys: DigestKeys, next: Option<DigestKey>) -> Result<Self, ConfigurationFault> {
        let ids: Vec<u32> = keys.digests("", &[]).iter().skip(1).map(|digest| digest.key_id).collect();
        let previous = ids.into_iter().filter_map(|id| keys.get(id)).cloned();
        let previous = previous.map(|key| Other { key, role: Role::Previous { unused_since: None } });
        let mut schedule = KeySchedule { primary: keys.primary().clone(), others: previous.collect() };
        if let Some(key) = next {
            schedule.announce(key)?;
        }
        Ok(Self { current: ArcSwap::from_pointee(schedule.keys()?), schedule: Mutex::new(schedule) })
    }

    /// The keys in force.
    pub(crate) fn current(&self) -> Guard<Arc<DigestKeys>> {
        self.current.load()
    }

    /// Adds a key that will be the primary one later.
    pub(crate) fn announce(&self, key: DigestKey) -> Result<(), ConfigurationFault> {
        self.change(|schedule| schedule.announce(key))
    }

    /// Makes `key` the primary one.
    pub(crate) fn rotate(&self, key: DigestKey) -> Result<(), ConfigurationFault> {
        self.change(|schedule| schedule.rotate(key))
    }

    /// Drops the previous keys under which there was no record `wait` ago, and is none now. Returns how many.
    pub(crate) fn drop_unused(
        &self,
        counts: &BTreeMap<u32, u64>,
        now: OffsetDateTime,
        wait: Duration,
    ) -> Result<usize, ConfigurationFault> {
        self.change(|schedule| Ok(schedule.drop_unused(counts, now, wait)))
    }

    fn schedule(&self) -> MutexGuard<'_, KeySchedule> {
        // It is put in place as a whole, so a poisoned one is a sound one.
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(
        &self,
        change: impl FnOnce(&mut KeySchedule) -> Result<T, ConfigurationFault>,
    ) -> Result<T, ConfigurationFault> {
        let mut schedule = self.schedule();
        let mut changed = schedule.clone();
        let outcome = change(&mut changed)?;
        self.current.store(Arc::new(changed.keys()?));
        *schedule = changed;
        Ok(outcome)
    }
}

impl KeySchedule {
    fn announce(&mut self, key: DigestKey) -> Result<(), ConfigurationFault> {
        self.refuse_plain(&key)?;
        self.others.push(Other { key, role: Role::Next });
        Ok(())
    }

    fn rotate(&mut self, key: DigestKey) -> Result<(), ConfigurationFault> {
        self.refuse_plain(&key)?;
        if key.id() == self.primary.id() {
            return if are_one(&key, &self.primary) {
                Ok(())
            } else {
                Err(ConfigurationFault::InvalidDigestKeys)
            };
        }
        // A plain key that stays beside a keyed one is an exception, which the builder is to be told by name.
        if key.is_keyed() && !self.primary.is_keyed() {
            return Err(ConfigurationFault::PlainDigestKey);
        }
        let have_one_id = |other: &Other| other.key.id() == key.id();
        if self.others.iter().any(|other| have_one_id(other) && !are_one(&other.key, &key)) {
            return Err(ConfigurationFault::InvalidDigestKeys);
        }
        self.others.retain(|other| !have_one_id(other));
        let previous = std::mem::replace(&mut self.primary, key);
        self.others.push(Other { key: previous, role: Role::Previous { unused_since: None } });
        Ok(())
    }

    /// Beside a keyed key, anybody who can write to the table could enter tokens of their own under a plain one.
    fn refuse_plain(&self, key: &DigestKey) -> Result<(), ConfigurationFault> {
        let is_weaker = self.primary.is_keyed() && !key.is_keyed();
        if is_weaker { Err(ConfigurationFault::PlainDigestKey) } else { Ok(()) }
    }

    /// Drops the previous keys under which there was no record `wait` ago, and is none now.
    fn drop_unused(&mut self, counts: &BTreeMap<u32, u64>, now: OffsetDateTime, wait: Duration) -> usize {
        let before = self.others.len();
        self.others.retain_mut(|Other { key, role }| {
            let Role::Previous { unused_since } = role else { return true };
            if counts.get(&key.id()).is_some_and(|count| *count > 0) {
                *unused_since = None;
                return true;
            }
            now < later(*unused_since.get_or_insert(now), wait)
        });
        before.saturating_sub(self.others.len())
    }
}

/// Whether two keys of one id are the same: they make the same digests.
fn are_one(key: &DigestKey, other: &DigestKey) -> bool {
    let probe = |key: &DigestKey| key.digest("countersign/1/same-key", &[]);
    key.id() == other.id() && probe(key).matches(&probe(other))
}
