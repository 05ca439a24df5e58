//! The shards of entries and the parts of subjects, each behind its lock, and the round of a purge through them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use time::OffsetDateTime;

use super::end::End;
use super::entries::{Entries, Work};
use super::fingerprint::Fingerprint;
use super::subjects::Subjects;
use super::weights::SHARDS;
use crate::{Counts, Error, Purged};

/// The binary logarithm of the number of parts of subjects.
const PARTS: u32 = 8;

/// The most steps of a purge under one lock: some tens of microseconds.
const BATCH: usize = 128;

pub(super) struct Places {
    entries: Box<[Shard]>,
    subjects: Box<[RwLock<Subjects>]>,
    /// Where the next purge begins: where the last one stopped, so that all places have their turn, however small
    /// the limit.
    next: AtomicUsize,
}

/// A lock, and the head of the table behind it, in one line of the processor's cache.
#[derive(Default)]
#[repr(align(64))]
struct Shard(RwLock<Entries>);

impl Places {
    pub(super) fn new() -> Self {
        let entries = (0..SHARDS).map(|_| Shard::default()).collect();
        let subjects = (0..1_usize << PARTS).map(|_| RwLock::default()).collect();
        Self { entries, subjects, next: AtomicUsize::new(0) }
    }

    #[inline]
    pub(super) fn entries(&self, fingerprint: Fingerprint) -> Result<RwLockReadGuard<'_, Entries>, Error> {
        read(&self.entries.get(fingerprint.shard()).ok_or_else(no_such_place)?.0)
    }

    pub(super) fn entries_mut(
        &self,
        fingerprint: Fingerprint,
    ) -> Result<RwLockWriteGuard<'_, Entries>, Error> {
        write(&self.entries.get(fingerprint.shard()).ok_or_else(no_such_place)?.0)
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
        for shard in &self.entries {
            let more = read(&shard.0)?.counts();
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
                write(&shard.0)?.purge_expired(End::now(now), room)
            } else if let Some(part) = self.subjects.get(place.saturating_sub(SHARDS)) {
                write(part)?.purge_expired(now, room)
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

/// A poisoned lock means that a writer died half-way: what is behind it is not to be trusted.
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
