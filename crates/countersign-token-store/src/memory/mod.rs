//! The store in memory: for one process, for tests, and as the model of the others.
//!
//! One lock over plain maps, which look-ups share. It is empty again after a restart; `countersign-redb` keeps its
//! records in a file.

mod table;

use std::collections::BTreeMap;
use std::fmt;
use std::future::ready;
use std::sync::{PoisonError, RwLock};

use countersign_random::KeyedDigest;
use time::OffsetDateTime;

use self::table::Table;
use crate::{Error, Purged, Record, RecordKind, TokenStore, Version, Versioned};

/// A [`TokenStore`] in this process's memory.
#[derive(Default)]
pub struct MemoryTokenStore(RwLock<Tables>);

/// A table for each kind of record.
#[derive(Default)]
struct Tables {
    api_keys: Table,
    access_tokens: Table,
    sessions: Table,
}

impl Tables {
    fn of(&self, kind: RecordKind) -> &Table {
        match kind {
            RecordKind::ApiKey => &self.api_keys,
            RecordKind::AccessToken => &self.access_tokens,
            RecordKind::Session => &self.sessions,
        }
    }

    fn of_mut(&mut self, kind: RecordKind) -> &mut Table {
        match kind {
            RecordKind::ApiKey => &mut self.api_keys,
            RecordKind::AccessToken => &mut self.access_tokens,
            RecordKind::Session => &mut self.sessions,
        }
    }
}

/// Shows none of the records.
impl fmt::Debug for MemoryTokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryTokenStore")
    }
}

impl MemoryTokenStore {
    /// Makes an empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs one step that changes a table.
    fn step<T>(&self, kind: RecordKind, step: impl FnOnce(&mut Table) -> T) -> Result<T, Error> {
        self.0.write().map(|mut tables| step(tables.of_mut(kind))).map_err(poisoned)
    }

    /// Reads a table, beside other readers.
    fn look<T>(&self, kind: RecordKind, look: impl FnOnce(&Table) -> T) -> Result<T, Error> {
        self.0.read().map(|tables| look(tables.of(kind))).map_err(poisoned)
    }

    /// Takes the lock for a small batch at a time, so that a look-up never waits for a large purge.
    fn purge_now(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        let mut removed = 0_usize;
        for kind in RecordKind::ALL {
            loop {
                let batch = limit.saturating_sub(removed).min(PURGE_BATCH);
                let done = self.step(kind, |table| table.purge_expired(now, batch))?;
                removed = removed.saturating_add(done);
                if done < batch || batch == 0 {
                    break;
                }
            }
        }
        Ok(Purged { removed, more: removed >= limit })
    }

    fn count_now(&self) -> Result<BTreeMap<u32, u64>, Error> {
        let mut counts = BTreeMap::new();
        for kind in RecordKind::ALL {
            self.look(kind, |table| {
                for (key_id, number) in table.counts() {
                    let count: &mut u64 = counts.entry(*key_id).or_default();
                    *count = count.saturating_add(*number);
                }
            })?;
        }
        Ok(counts)
    }
}

/// The most records that are removed under one lock: some tens of microseconds' work.
const PURGE_BATCH: usize = 64;

/// A step panicked half-way, so the store may hold half of a change.
fn poisoned<T>(_: PoisonError<T>) -> Error {
    let cause = "a writer panicked while it held the store";
    Error::unavailable(cause).with_cause(cause)
}

impl TokenStore for MemoryTokenStore {
    fn insert(&self, record: Record) -> impl Future<Output = Result<(), Error>> + Send {
        ready(self.step(record.kind(), |table| table.insert(record)).flatten())
    }

    fn find(
        &self,
        kind: RecordKind,
        digests: &[KeyedDigest],
    ) -> impl Future<Output = Result<Option<Versioned>, Error>> + Send {
        ready(self.look(kind, |table| table.find(digests)))
    }

    fn get(
        &self,
        kind: RecordKind,
        id: &str,
    ) -> impl Future<Output = Result<Option<Versioned>, Error>> + Send {
        ready(self.look(kind, |table| table.get(id)))
    }

    fn replace(&self, version: Version, next: Record) -> impl Future<Output = Result<bool, Error>> + Send {
        ready(self.step(next.kind(), |table| table.replace(version, next)).flatten())
    }

    fn list(
        &self,
        kind: RecordKind,
        owner: &str,
    ) -> impl Future<Output = Result<Vec<Versioned>, Error>> + Send {
        ready(self.look(kind, |table| table.list(owner)))
    }

    fn remove(
        &self,
        kind: RecordKind,
        owner: &str,
        id: &str,
    ) -> impl Future<Output = Result<bool, Error>> + Send {
        ready(self.step(kind, |table| table.remove(owner, id)))
    }

    fn remove_by_owner(
        &self,
        kind: RecordKind,
        owner: &str,
    ) -> impl Future<Output = Result<u64, Error>> + Send {
        ready(self.step(kind, |table| table.remove_by_owner(owner)))
    }

    fn purge_expired(
        &self,
        now: OffsetDateTime,
        limit: usize,
    ) -> impl Future<Output = Result<Purged, Error>> + Send {
        ready(self.purge_now(now, limit))
    }

    fn count_by_digest_key(&self) -> impl Future<Output = Result<BTreeMap<u32, u64>, Error>> + Send {
        ready(self.count_now())
    }
}
