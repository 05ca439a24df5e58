//! The store in memory: for one process, for tests, for replicas, and as the model of the other engines.
//!
//! Each scope has its entries apart (`shards`), so a check skips a scope that holds none. An entry is a fingerprint
//! of its name and its end (`fingerprint`, `end`), 12 bytes, in a hash table beside the order of the ends (`shard`).
//! No call holds two locks at once. A reader waits for one change, one batch of a purge or one growing table of one
//! shard at most.
//!
//! The store is empty again after a restart. Use it where tokens die with the process or expire soon enough;
//! `countersign-redb` keeps its entries.

mod end;
mod fingerprint;
mod shard;
mod shards;

use std::fmt;
use std::future::{Ready, ready};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use time::OffsetDateTime;

use self::end::End;
use self::fingerprint::{Fingerprint, Fingerprinter};
use self::shard::Value;
use self::shards::{SHARDS, Shards};
use crate::change::Recorded;
use crate::{
    Change, Check, Counts, Error, MaybeReady, Purged, RetainUntil, RevocationStore, SUBJECT_TAG, Scope,
    Target, Verdict, cutoff, next_subject_version,
};

/// A [`RevocationStore`] in this process's memory. Debug shows nothing of what it holds.
///
/// A revoked token takes 45 to 65 bytes, all included, and an empty store some 60 KiB. An end after the year 2106
/// counts as none: such an entry stays until the process ends. The store keeps a keyed 64-bit hash of each name.
/// Two names share a hash with a probability of 2^-64; then both count as revoked if either is. For example, with a
/// million revoked tokens one check in 18 million million refuses a token that is not revoked.
#[derive(Default)]
pub struct MemoryRevocationStore {
    fingerprinter: Fingerprinter,
    keys: Shards<()>,
    subjects: Shards<Subject>,
    sessions: Shards<()>,
    tokens: Shards<()>,
    /// The shard where the next purge starts, counted through all scopes: the one where the last purge stopped, so
    /// that small limits reach every shard in turn.
    next: AtomicUsize,
}

/// The version of a subject's tokens below which they are revoked, and the same as a time for tokens of other issuers.
struct Subject {
    subject_version: u64,
    cutoff: i64,
}

impl Default for Subject {
    fn default() -> Self {
        Self { subject_version: 0, cutoff: i64::MIN }
    }
}

impl Value for Subject {
    fn raise(&mut self, other: &Self) {
        self.subject_version = self.subject_version.max(other.subject_version);
        self.cutoff = self.cutoff.max(other.cutoff);
    }
}

impl MemoryRevocationStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Applies a change that another store recorded, as its change feed reports it. It raises an end, a subject version
    /// or a cutoff and never lowers one, so the same change twice, or an older one after a newer, does no harm.
    ///
    /// # Errors
    /// The store could not apply the change and may lack it.
    pub fn apply(&self, change: &Change) -> Result<(), Error> {
        let (issuer, tag, name) = change.parts();
        let fingerprint = self.fingerprinter.of(issuer, tag, name);
        let end = End::of(change.until());
        match change.recorded() {
            Recorded::Entry(scope) => self.revoke_now(scope, fingerprint, end),
            Recorded::Subject { subject_version, cutoff } => {
                let new = Subject { subject_version, cutoff };
                self.subjects.upsert(fingerprint, end, |subject| subject.raise(&new))
            }
        }
    }

    /// The number of entries by scope.
    pub(crate) fn counts(&self) -> Counts {
        Counts {
            tokens: self.tokens.len() as u64,
            sessions: self.sessions.len() as u64,
            keys: self.keys.len() as u64,
            subjects: self.subjects.len() as u64,
        }
    }

    fn revoke_now(&self, scope: Scope, fingerprint: Fingerprint, end: End) -> Result<(), Error> {
        let shards = match scope {
            Scope::Key => &self.keys,
            Scope::Session => &self.sessions,
            Scope::Subject => return self.subjects.upsert(fingerprint, end, |_| ()),
            Scope::Token => &self.tokens,
        };
        shards.upsert(fingerprint, end, |()| ())
    }

    /// Asks for the widest scope first.
    pub(crate) fn check_now(&self, check: &Check<'_>, now: OffsetDateTime) -> Result<Verdict, Error> {
        let under = self.fingerprinter.under(check.issuer());
        let end = End::now(now);
        let is_revoked = |shards: &Shards<()>, name: Option<(u8, &[u8])>| match name {
            Some((tag, name)) if shards.len() > 0 => {
                let fingerprint = under.name(tag, name);
                Ok(shards.read(fingerprint)?.live(fingerprint, end).is_some())
            }
            _ => Ok(false),
        };
        if is_revoked(&self.keys, check.key_name())? {
            return Ok(Verdict::Revoked(Scope::Key));
        }
        if let Some((sub, version)) = check.asked_subject()
            && self.subjects.len() > 0
        {
            let fingerprint = under.name(SUBJECT_TAG, sub.as_bytes());
            let shard = self.subjects.read(fingerprint)?;
            if shard
                .live(fingerprint, end)
                .is_some_and(|subject| version.is_dead(subject.subject_version, subject.cutoff))
            {
                return Ok(Verdict::Revoked(Scope::Subject));
            }
        }
        if is_revoked(&self.sessions, check.session_name())? {
            return Ok(Verdict::Revoked(Scope::Session));
        }
        if is_revoked(&self.tokens, check.token_name())? {
            return Ok(Verdict::Revoked(Scope::Token));
        }
        Ok(Verdict::NotRevoked)
    }

    pub(crate) fn purge_now(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        let (now, mut removed, first) = (End::now(now), 0_usize, self.next.load(Ordering::Relaxed));
        for number in 0..4 * SHARDS {
            let at = first.wrapping_add(number) % (4 * SHARDS);
            self.next.store(at, Ordering::Relaxed);
            let room = limit.saturating_sub(removed);
            let count = match at / SHARDS {
                0 => self.tokens.purge_shard(at % SHARDS, now, room),
                1 => self.sessions.purge_shard(at % SHARDS, now, room),
                2 => self.subjects.purge_shard(at % SHARDS, now, room),
                _ => self.keys.purge_shard(at % SHARDS, now, room),
            }?;
            removed = removed.saturating_add(count);
            if removed >= limit {
                break;
            }
        }
        Ok(Purged { removed, more: removed >= limit })
    }
}

impl fmt::Debug for MemoryRevocationStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryRevocationStore")
    }
}

impl RevocationStore for MemoryRevocationStore {
    fn revoke(
        &self,
        issuer: &str,
        target: Target<'_>,
        until: RetainUntil,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        let (tag, name) = target.name();
        let fingerprint = self.fingerprinter.of(issuer, tag, name);
        ready(self.revoke_now(target.scope(), fingerprint, End::of(until)))
    }

    fn revoke_subject(
        &self,
        issuer: &str,
        sub: &str,
        until: RetainUntil,
        now: OffsetDateTime,
        skew: Duration,
    ) -> impl Future<Output = Result<u64, Error>> + Send {
        let fingerprint = self.fingerprinter.of(issuer, SUBJECT_TAG, sub.as_bytes());
        ready(self.subjects.upsert(fingerprint, End::of(until), |subject| {
            let subject_version = next_subject_version(subject.subject_version, now);
            subject.raise(&Subject { subject_version, cutoff: cutoff(now, skew) });
            subject_version
        }))
    }

    fn subject_version(&self, issuer: &str, sub: &str) -> impl Future<Output = Result<u64, Error>> + Send {
        let fingerprint = self.fingerprinter.of(issuer, SUBJECT_TAG, sub.as_bytes());
        ready(
            self.subjects
                .read(fingerprint)
                .map(|shard| shard.value(fingerprint).map_or(0, |subject| subject.subject_version)),
        )
    }

    fn check<'a>(
        &'a self,
        check: &'a Check<'a>,
        now: OffsetDateTime,
    ) -> MaybeReady<impl Future<Output = Result<Verdict, Error>> + Send + 'a> {
        MaybeReady::<Ready<_>>::Ready(self.check_now(check, now))
    }

    fn purge_expired(
        &self,
        now: OffsetDateTime,
        limit: usize,
    ) -> impl Future<Output = Result<Purged, Error>> + Send {
        ready(self.purge_now(now, limit))
    }

    fn count(&self) -> impl Future<Output = Result<Counts, Error>> + Send {
        ready(Ok(self.counts()))
    }
}
