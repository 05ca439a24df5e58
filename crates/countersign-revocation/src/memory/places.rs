//! The shards of entries and the parts of subjects, and the round of a purge through them.

use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};

use arc_swap::ArcSwap;
use time::OffsetDateTime;

use super::end::End;
use super::entries::{Entries, Work};
use super::filter::Filter;
use super::fingerprint::Fingerprint;
use super::subjects::Subjects;
use super::table::Table;
use super::weights::SHARDS;
use crate::{Counts, Error, Purged, Vintage};

/// The binary logarithm of the number of parts of subjects.
const PARTS: u32 = 8;

/// The most steps of a purge under one lock: some tens of microseconds.
const BATCH: usize = 128;

/// What checks read of the entries: each shard's table.
pub(super) struct Tables([Arc<Table>; SHARDS]);

pub(super) struct Places {
    /// All tables at once, so that a check asks for them once, however many names it asks about: that is what costs
    /// it, since nothing else on its way makes the processor wait for what is before it.
    tables: ArcSwap<Tables>,
    entries: Box<[Mutex<Entries>]>,
    subjects: Box<[RwLock<Subjects>]>,
    /// One for each part of the subjects, changed under its lock.
    filters: Box<[Filter]>,
    /// Where the next purge begins: where the last one stopped, so that all places have their turn, however small
    /// the limit.
    next: AtomicUsize,
}

impl Tables {
    /// Whether there is an entry that `now` is not past.
    #[inline]
    pub(super) fn is_revoked(&self, fingerprint: Fingerprint, now: End) -> Result<bool, Error> {
        let table = self.0.get(fingerprint.shard()).ok_or_else(no_such_place)?;
        Ok(table.is_revoked(fingerprint, now))
    }

    fn has(&self, shard: usize, table: &Arc<Table>) -> bool {
        self.0.get(shard).is_some_and(|current| Arc::ptr_eq(current, table))
    }

    /// The same, but for one shard.
    fn with(&self, shard: usize, table: &Arc<Table>) -> Self {
        let mut tables = self.0.clone();
        if let Some(current) = tables.get_mut(shard) {
            *current = Arc::clone(table);
        }
        Self(tables)
    }
}

impl Places {
    pub(super) fn new() -> Self {
        let empty = Arc::new(Table::default());
        let tables = std::array::from_fn(|_| Arc::clone(&empty));
        let entries = (0..SHARDS).map(|_| Mutex::new(Entries::new(Arc::clone(&empty)))).collect();
        let parts = 0..1_usize << PARTS;
        Self {
            tables: ArcSwap::from_pointee(Tables(tables)),
            entries,
            subjects: parts.clone().map(|_| RwLock::default()).collect(),
            filters: parts.map(|_| Filter::default()).collect(),
            next: AtomicUsize::new(0),
        }
    }

    /// The tables of the entries, as they are and as they become. Waits for nobody.
    #[inline]
    pub(super) fn tables(&self) -> impl Deref<Target = Arc<Tables>> {
        self.tables.load()
    }

    pub(super) fn revoke(&self, fingerprint: Fingerprint, end: End) -> Result<(), Error> {
        let shard = fingerprint.shard();
        let mut entries = lock(self.entries.get(shard).ok_or_else(no_such_place)?)?;
        entries.revoke(fingerprint, end);
        self.publish(shard, &entries);
        Ok(())
    }

    /// Gives readers a shard's table, if they have a former one. Under the shard's lock, so that the last one of
    /// each shard is what they end up with.
    fn publish(&self, shard: usize, entries: &Entries) {
        if !self.tables.load().has(shard, entries.table()) {
            self.tables.rcu(|tables| tables.with(shard, entries.table()));
        }
    }

    /// Whether a subject's entry, which `now` is not past, kills what is of this vintage.
    #[inline]
    pub(super) fn is_dead(
        &self,
        fingerprint: Fingerprint,
        vintage: Vintage,
        now: OffsetDateTime,
    ) -> Result<bool, Error> {
        let filter = self.filters.get(fingerprint.part(PARTS)).ok_or_else(no_such_place)?;
        Ok(filter.may_hold(fingerprint) && self.subjects(fingerprint)?.is_dead(fingerprint, vintage, now))
    }

    pub(super) fn subjects(&self, fingerprint: Fingerprint) -> Result<RwLockReadGuard<'_, Subjects>, Error> {
        read(self.subjects.get(fingerprint.part(PARTS)).ok_or_else(no_such_place)?)
    }

    /// Makes a change to the subject of this fingerprint.
    pub(super) fn change_subjects<T>(
        &self,
        fingerprint: Fingerprint,
        change: impl FnOnce(&mut Subjects) -> T,
    ) -> Result<T, Error> {
        let part = fingerprint.part(PARTS);
        let mut subjects = write(self.subjects.get(part).ok_or_else(no_such_place)?)?;
        self.filters.get(part).ok_or_else(no_such_place)?.note(fingerprint);
        Ok(change(&mut subjects))
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
            let work = if let Some(shard) = self.entries.get(place) {
                let mut entries = lock(shard)?;
                let work = entries.purge_expired(End::now(now), room);
                self.publish(place, &entries);
                work
            } else {
                self.purge_part(place.saturating_sub(SHARDS), now, room)?
            };
            done.steps = done.steps.saturating_add(work.steps);
            done.removed = done.removed.saturating_add(work.removed);
            if work.steps < room {
                return Ok(true);
            }
        }
    }

    /// Purges a part of the subjects. Under the readers' lock first, so that nobody waits where there is nothing to do.
    fn purge_part(&self, part: usize, now: OffsetDateTime, limit: usize) -> Result<Work, Error> {
        let subjects = self.subjects.get(part).ok_or_else(no_such_place)?;
        if !read(subjects)?.has_past(now) {
            return Ok(Work::default());
        }
        let mut subjects = write(subjects)?;
        let work = subjects.purge_expired(now, limit);
        self.filters.get(part).ok_or_else(no_such_place)?.keep(subjects.fingerprints());
        Ok(work)
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

#[cfg(test)]
mod tests;
