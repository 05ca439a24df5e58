//! The store in memory: for one process, for tests, and as the model of the others.
//!
//! One lock over plain maps, which look-ups share. It is empty again after a restart; `countersign-redb`
//! remembers.

mod tables;

use std::collections::BTreeMap;
use std::fmt;
use std::future::ready;
use std::sync::{PoisonError, RwLock};

use countersign_random::{KeyedDigest, LookupDigest};
use time::OffsetDateTime;

use self::tables::Tables;
use crate::{
    Error, FoundSession, Kind, Purged, Rotation, RotationOutcome, SessionRecord, StoredSession, StoredToken,
    TokenLookup, TokenRecord, TokenStore,
};

/// A [`TokenStore`] in this process's memory.
#[derive(Default)]
pub struct MemoryTokenStore(RwLock<Tables>);

/// Shows nothing of what it holds.
impl fmt::Debug for MemoryTokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryTokenStore")
    }
}

impl MemoryTokenStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs one step that changes something.
    fn step<T>(&self, step: impl FnOnce(&mut Tables) -> T) -> Result<T, Error> {
        self.0.write().map(|mut tables| step(&mut tables)).map_err(poisoned)
    }

    /// Looks something up, beside others who do.
    fn look<T>(&self, look: impl FnOnce(&Tables) -> T) -> Result<T, Error> {
        self.0.read().map(|tables| look(&tables)).map_err(poisoned)
    }

    /// Takes the lock for a small batch at a time, so that a look-up never waits for a large purge.
    fn purge_now(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        let mut removed = 0_usize;
        loop {
            let batch = limit.saturating_sub(removed).min(PURGE_BATCH);
            let purged = self.step(|tables| tables.purge_expired(now, batch))?;
            removed = removed.saturating_add(purged.removed);
            if !purged.more || removed >= limit {
                return Ok(Purged { removed, more: purged.more });
            }
        }
    }
}

/// The most records that are removed under one lock: some tens of microseconds' work.
const PURGE_BATCH: usize = 64;

/// A step died half-way: what the store holds is not to be trusted.
fn poisoned<T>(_: PoisonError<T>) -> Error {
    let cause = "a writer panicked while it held the store";
    Error::unavailable(cause).with_cause(cause)
}

impl TokenStore for MemoryTokenStore {
    fn insert(&self, token: StoredToken) -> impl Future<Output = Result<(), Error>> + Send {
        ready(self.step(|tables| tables.insert(token)).flatten())
    }

    fn find(
        &self,
        kind: Kind,
        digests: &[KeyedDigest],
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<TokenLookup, Error>> + Send {
        ready(self.look(|tables| tables.find(kind, digests, now)))
    }

    fn list(&self, kind: Kind, owner: &str) -> impl Future<Output = Result<Vec<TokenRecord>, Error>> + Send {
        ready(self.look(|tables| tables.list(kind, owner)))
    }

    fn remove(&self, kind: Kind, owner: &str, id: &str) -> impl Future<Output = Result<bool, Error>> + Send {
        ready(self.step(|tables| tables.remove(kind, owner, id)))
    }

    fn expire(
        &self,
        kind: Kind,
        owner: &str,
        id: &str,
        at: OffsetDateTime,
    ) -> impl Future<Output = Result<bool, Error>> + Send {
        ready(self.step(|tables| tables.expire(kind, owner, id, at)))
    }

    fn remove_by_owner(&self, kind: Kind, owner: &str) -> impl Future<Output = Result<u64, Error>> + Send {
        ready(self.step(|tables| tables.remove_by_owner(kind, owner)))
    }

    fn record_use(&self, id: &str, now: OffsetDateTime) -> impl Future<Output = Result<(), Error>> + Send {
        ready(self.step(|tables| tables.record_use(id, now)))
    }

    fn redigest(
        &self,
        id: &str,
        from: KeyedDigest,
        to: KeyedDigest,
    ) -> impl Future<Output = Result<bool, Error>> + Send {
        ready(self.step(|tables| tables.redigest(id, from, to)).flatten())
    }

    fn count_by_digest_key(&self) -> impl Future<Output = Result<BTreeMap<u32, u64>, Error>> + Send {
        ready(self.look(Tables::count_by_digest_key))
    }

    fn create_session(&self, session: StoredSession) -> impl Future<Output = Result<(), Error>> + Send {
        ready(self.step(|tables| tables.create_session(session)).flatten())
    }

    fn rotate(&self, rotation: &Rotation<'_>) -> impl Future<Output = Result<RotationOutcome, Error>> + Send {
        ready(self.step(|tables| tables.rotate(rotation)).flatten())
    }

    fn find_session(
        &self,
        locator: &LookupDigest,
    ) -> impl Future<Output = Result<Option<FoundSession>, Error>> + Send {
        ready(self.look(|tables| tables.find_session(locator)))
    }

    fn session(
        &self,
        id: &str,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Option<SessionRecord>, Error>> + Send {
        ready(self.look(|tables| tables.session(id, now)))
    }

    fn end_session(&self, id: &str) -> impl Future<Output = Result<bool, Error>> + Send {
        ready(self.step(|tables| tables.end_session(id)))
    }

    fn end_sessions(&self, subject: &str) -> impl Future<Output = Result<u64, Error>> + Send {
        ready(self.step(|tables| tables.end_sessions(subject)))
    }

    fn purge_expired(
        &self,
        now: OffsetDateTime,
        limit: usize,
    ) -> impl Future<Output = Result<Purged, Error>> + Send {
        ready(self.purge_now(now, limit))
    }
}
