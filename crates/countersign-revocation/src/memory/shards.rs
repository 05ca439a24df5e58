//! All entries of one scope, in shards behind locks of their own, so that a writer keeps readers out of a small part.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{RwLock, RwLockReadGuard};

use super::end::End;
use super::fingerprint::Fingerprint;
use super::shard::{Shard, Value};
use crate::Error;

/// So many that the table of one grows in less than a millisecond when the store holds a million entries.
pub(super) const SHARDS: usize = 128;

/// How many entries a purge removes under one lock. A reader waits for one such batch at most, some 50 microseconds.
const BATCH: usize = 256;

pub(super) struct Shards<V> {
    shards: Box<[RwLock<Shard<V>>]>,
    /// The number of entries. A check skips a scope that holds none.
    len: AtomicUsize,
}

impl<V: Value> Default for Shards<V> {
    fn default() -> Self {
        let shards = (0..SHARDS).map(|_| RwLock::default()).collect();
        Self { shards, len: AtomicUsize::new(0) }
    }
}

impl<V: Value> Shards<V> {
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }

    /// The shard that holds the entry of this fingerprint.
    #[inline]
    pub(super) fn read(&self, fingerprint: Fingerprint) -> Result<RwLockReadGuard<'_, Shard<V>>, Error> {
        self.shard(fingerprint)?.read().map_err(|_| poisoned())
    }

    #[inline]
    fn shard(&self, fingerprint: Fingerprint) -> Result<&RwLock<Shard<V>>, Error> {
        self.shards.get(fingerprint.shard(SHARDS)).ok_or_else(poisoned)
    }

    /// Adds or changes an entry: see [`Shard::upsert`].
    pub(super) fn upsert<T>(
        &self,
        fingerprint: Fingerprint,
        end: End,
        change: impl FnOnce(&mut V) -> T,
    ) -> Result<T, Error> {
        let mut shard = self.shard(fingerprint)?.write().map_err(|_| poisoned())?;
        let (output, is_new) = shard.upsert(fingerprint, end, change);
        if is_new {
            self.len.fetch_add(1, Ordering::Relaxed);
        }
        Ok(output)
    }

    /// Removes at most `limit` entries of shard `number` that `now` is past, in batches between which readers get
    /// in. Returns how many.
    pub(super) fn purge_shard(&self, number: usize, now: End, limit: usize) -> Result<usize, Error> {
        let shard = self.shards.get(number).ok_or_else(poisoned)?;
        let mut removed = 0_usize;
        while removed < limit && shard.read().map_err(|_| poisoned())?.has_past(now) {
            let batch = limit.saturating_sub(removed).min(BATCH);
            let count = shard.write().map_err(|_| poisoned())?.purge_expired(now, batch);
            self.len.fetch_sub(count, Ordering::Relaxed);
            removed = removed.saturating_add(count);
        }
        Ok(removed)
    }
}

/// A thread panicked while it held the lock, so the shard may be half written.
fn poisoned() -> Error {
    let cause = "a thread panicked while it held the store in memory: start the process again";
    Error::unavailable(cause).with_cause(cause)
}
