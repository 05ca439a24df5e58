//! The store in memory: for one process, for tests, and as the model of the others.
//!
//! Sharded by the fingerprint of a name, one lock a shard, and no call holds two locks at once. It is
//! empty again after a restart, so a service on it must let its tokens die with the process (or be
//! short-lived enough); `countersign-redb` remembers.

mod fingerprint;
mod shard;

use std::fmt;
use std::future::{Ready, ready};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use time::OffsetDateTime;

use self::fingerprint::{Fingerprint, Fingerprinter};
use self::shard::Shard;
use crate::replica::Recorded;
use crate::{
    Answer, Change, Check, Counts, Error, Purged, RevocationStore, SUBJECT_TAG, Scope, Target, Until,
    Verdict, cutoff,
};

/// The number of shards: enough that a few dozen threads seldom meet at one lock.
const SHARDS: usize = 64;

/// A [`RevocationStore`] in this process's memory. Debug shows nothing of what it holds.
pub struct MemoryRevocationStore {
    fingerprinter: Fingerprinter,
    shards: Vec<Mutex<Shard>>,
}

impl MemoryRevocationStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::new(Shard::default())).collect();
        Self { fingerprinter: Fingerprinter::default(), shards }
    }

    fn shard(&self, fingerprint: Fingerprint) -> Result<MutexGuard<'_, Shard>, Error> {
        let shard = self.shards.get(fingerprint.shard(SHARDS)).ok_or_else(no_shard)?;
        lock(shard)
    }

    /// Takes in what another store has recorded, as its change feed tells it: an end, a generation or a cutoff
    /// is raised and never lowered, so the same change twice, or an older one after a newer, does no harm.
    ///
    /// # Errors
    /// It cannot be taken in; the store may lack it.
    pub fn apply(&self, change: &Change) -> Result<(), Error> {
        let (issuer, tag, name) = change.parts();
        let fingerprint = self.fingerprinter.of(issuer, tag, name);
        let mut shard = self.shard(fingerprint)?;
        match change.recorded() {
            Recorded::Entry(scope) => shard.revoke(fingerprint, scope, change.until()),
            Recorded::Subject { generation, cutoff } => {
                shard.raise_subject(fingerprint, change.until(), generation, cutoff);
            }
        }
        Ok(())
    }

    /// The number of entries by scope.
    pub(crate) fn counts(&self) -> Result<Counts, Error> {
        let mut counts = Counts::default();
        for shard in &self.shards {
            lock(shard)?.add_to(&mut counts);
        }
        Ok(counts)
    }

    pub(crate) fn check_now(&self, check: &Check<'_>, now: OffsetDateTime) -> Result<Verdict, Error> {
        let mut found: Option<Scope> = None;
        for target in check.targets() {
            let fingerprint = self.fingerprinter.of_target(check.issuer(), target);
            if self.shard(fingerprint)?.is_revoked(fingerprint, now) {
                found = Some(target.scope());
                break;
            }
        }
        if found != Some(Scope::Key)
            && let Some((sub, vintage)) = check.asked_subject()
        {
            let fingerprint = self.fingerprinter.of(check.issuer(), SUBJECT_TAG, sub.as_bytes());
            if self.shard(fingerprint)?.is_subject_dead(fingerprint, vintage, now) {
                found = Some(Scope::Subject);
            }
        }
        Ok(found.map_or(Verdict::NotRevoked, Verdict::Revoked))
    }

    pub(crate) fn purge_now(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        let mut removed = 0_usize;
        for shard in &self.shards {
            let room = limit.saturating_sub(removed);
            if room == 0 {
                break;
            }
            removed = removed.saturating_add(lock(shard)?.purge_expired(now, room));
        }
        Ok(Purged { removed, more: removed >= limit })
    }
}

impl fmt::Debug for MemoryRevocationStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryRevocationStore")
    }
}

impl Default for MemoryRevocationStore {
    fn default() -> Self {
        Self::new()
    }
}

/// A poisoned lock means that a writer died half-way: what the shard holds is not to be trusted.
fn lock(shard: &Mutex<Shard>) -> Result<MutexGuard<'_, Shard>, Error> {
    shard.lock().map_err(|_| Error::unavailable("a writer panicked while it held the shard"))
}

fn no_shard() -> Error {
    Error::unavailable("no such shard")
}

impl RevocationStore for MemoryRevocationStore {
    fn revoke(
        &self,
        issuer: &str,
        target: Target<'_>,
        until: Until,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        let fingerprint = self.fingerprinter.of_target(issuer, target);
        ready(self.shard(fingerprint).map(|mut shard| shard.revoke(fingerprint, target.scope(), until)))
    }

    fn revoke_subject(
        &self,
        issuer: &str,
        sub: &str,
        until: Until,
        now: OffsetDateTime,
        skew: Duration,
    ) -> impl Future<Output = Result<u64, Error>> + Send {
        let fingerprint = self.fingerprinter.of(issuer, SUBJECT_TAG, sub.as_bytes());
        let cutoff = cutoff(now, skew);
        ready(self.shard(fingerprint).map(|mut shard| shard.revoke_subject(fingerprint, until, now, cutoff)))
    }

    fn generation(&self, issuer: &str, sub: &str) -> impl Future<Output = Result<u64, Error>> + Send {
        let fingerprint = self.fingerprinter.of(issuer, SUBJECT_TAG, sub.as_bytes());
        ready(self.shard(fingerprint).map(|shard| shard.generation(fingerprint)))
    }

    fn check<'a>(
        &'a self,
        check: &'a Check<'a>,
        now: OffsetDateTime,
    ) -> Answer<impl Future<Output = Result<Verdict, Error>> + Send + 'a> {
        Answer::<Ready<_>>::Ready(self.check_now(check, now))
    }

    fn purge_expired(
        &self,
        now: OffsetDateTime,
        limit: usize,
    ) -> impl Future<Output = Result<Purged, Error>> + Send {
        ready(self.purge_now(now, limit))
    }

    fn count(&self) -> impl Future<Output = Result<Counts, Error>> + Send {
        ready(self.counts())
    }
}
