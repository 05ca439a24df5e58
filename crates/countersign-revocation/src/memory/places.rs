//! The shards of entries and the parts of subjects, and the round of a purge through them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};

use time::OffsetDateTime;

use super::end::End;
use super::entries::{Entries, Published, Work, is_revoked};
use super::fingerprint::Fingerprint;
use super::subjects::Subjects;
use super::table::Table;
use super::weights::SHARDS;
use crate::{Counts, Error, Purged};

/// The binary logarithm of the number of parts of subjects.
const PARTS: u32 = 8;

/// The most steps of a purge under one lock: some tens of microseconds.
const BATCH: usize = 128;

pub(super) struct Places {
    /// Apart from what their writers need, so that a writer's lock takes nothing from a reader's cache.
    tables: Box<[Published]>,
    entries: Box<[Mutex<Entries>]>,
    subjects: Box<[RwLock<Subjects>]>,
    /// Where the next purge begins: where the last one stopped, so that all places have their turn, however small
    /// the limit.
    next: AtomicUsize,
}

impl Places {
    pub(super) fn new() -> Self {
        let empty = Arc::new(Table::default());
        let tables = (0..SHARDS).map(|_| Published::new(Arc::clone(&empty))).collect();
        let entries = (0..SHARDS).map(|_| Mutex::default()).collect();
        let subjects = (0..1_usize << PARTS).map(|_| RwLock::default()).collect();
        Self { tables, entries, subjects, next: AtomicUsize::new(0) }
    }

    /// Whether there is an entry that `now` is not past. Waits for nobody.
    #[inline]
    pub(super) fn is_revoked(&self, fingerprint: Fingerprint, now: End) -> Result<bool, Error> {
        let published = self.tables.get(fingerprint.shard()).ok_or_else(no_such_place)?;
        Ok(is_revoked(published, fingerprint, now))
    }

    pub(super) fn revoke(&self, fingerprint: Fingerprint, end: End) -> Result<(), Error> {
        let (published, mut entries) = self.shard(fingerprint.shard()).ok_or_else(no_such_place)??;
        entries.revoke(published, fingerprint, end);
        Ok(())
    }

    fn shard(&self, number: usize) -> Option<Result<(&Published, MutexGuard<'_, Entries>), Error>> {
        let (published, entries) = (self.tables.get(number)?, self.entries.get(number)?);
        Some(lock(entries).map(|entries| (published, entries)))
    }

    #[inline]
    pub(super) fn subjects(&self, fingerprint: Fingerprint) -> Result<RwLockReadGuard<'_, Subjects>, Error> {
        read(self.subjects.get(fingerprint.part(PARTS)).ok_or_else(no_such_place)?)
    }

    pub(super) fn subjects_mut(
        &self,
        fingerprint: Fingerprint,
    ) -> Result<RwLockWriteGuard<'_, Subjects>, Error> {
        write(self.subjects.get(fingerprint.part(PARTS)).ok_or_else(no_such_place)?)
    }

    pub(super) fn counts(&self) -> Result<Counts, Error> {
        let mut counts = Counts::default();
        for entries in &self.entries {
            let more = lock(entries)?.counts();
            counts.tokens = counts.tokens.saturating_add(more.tokens);
            counts.sessions = counts.sessions.saturating_add(more.sessions);
            counts.keys = counts.keys.saturating_add(more.keys);
        }
        for part in &self.subjects {
            counts.subjects = counts.subjects.saturating_add(read(part)?.count());
        }
        Ok(counts)
    }

    /// One round through all places, until `limit` steps are done. Steps and not removals are what it bounds, so
    /// that entries which were lengthened, and are only moved on, cannot make a call long.
    pub(super) fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        let places = self.entries.len().saturating_add(self.subjects.len());
        let start = self.next.load(Ordering::Relaxed);
        let mut done = Work::default();
        let mut at = start;
        for place in (start..places).chain(0..start) {
            at = place;
            if !self.purge_place(place, now, limit, &mut done)? {
                break;
            }
        }
        self.next.store(at, Ordering::Relaxed);
        Ok(Purged { removed: done.removed, more: done.steps >= limit })
    }

    /// Purges one place in small batches, between which others get at it. Whether it was left with nothing past.
    fn purge_place(
        &self,
        place: usize,
        now: OffsetDateTime,
        limit: usize,
        done: &mut Work,
    ) -> Result<bool, Error> {
        loop {
            let room = limit.saturating_sub(done.steps).min(BATCH);
            if room == 0 {
                return Ok(false);
            }
            let work = if let Some(shard) = self.shard(place) {
                let (published, mut entries) = shard?;
                entries.purge_expired(published, End::now(now), room)
            } else if let Some(part) = self.subjects.get(place.saturating_sub(SHARDS)) {
                // Under the readers' lock first, so that no reader waits where there is nothing to do.
                let has_past = read(part)?.has_past(now);
                if has_past { write(part)?.purge_expired(now, room) } else { Work::default() }
            } else {
                return Err(no_such_place());
            };
            done.steps = done.steps.saturating_add(work.steps);
            done.removed = done.removed.saturating_add(work.removed);
            if work.steps < room {
                return Ok(true);
            }
        }
    }
}

/// A poisoned lock means that a writer died half-way: what is behind it is not to be trusted. A table of entries is
/// right after each step of its writer, so its readers have nothing to fear.
fn lock<T>(lock: &Mutex<T>) -> Result<MutexGuard<'_, T>, Error> {
    lock.lock().map_err(|_| poisoned())
}

#[inline]
fn read<T>(lock: &RwLock<T>) -> Result<RwLockReadGuard<'_, T>, Error> {
    lock.read().map_err(|_| poisoned())
}

fn write<T>(lock: &RwLock<T>) -> Result<RwLockWriteGuard<'_, T>, Error> {
    lock.write().map_err(|_| poisoned())
}

#[cold]
fn poisoned() -> Error {
    Error::unavailable("a writer panicked while it held the shard")
}

#[cold]
fn no_such_place() -> Error {
    Error::unavailable("no such shard")
}
