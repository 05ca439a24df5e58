//! The store in memory: for one process, for tests, for replicas, and as the model of the other engines.
//!
//! Names are kept as fingerprints of 128 bits, so an entry's size does not depend on its text. Entries lie in
//! many shards of unequal weight (`weights`), each a table that is read without a lock (`table`), and a heap of ends
//! behind its writers' lock (`entries`). Subjects, which are few, lie in parts of their own, each behind a lock that
//! readers share (`subjects`). No call holds two locks at once, and none holds one for longer than it takes to
//! rebuild one shard's table or to remove one small batch. A check waits for no writer of entries, not even for one
//! that the system has put to sleep under its lock, and for one of subjects that long at most.
//!
//! It is empty again after a restart, so a service on it must let its tokens die with the process (or be
//! short-lived enough); `countersign-redb` remembers.

mod end;
mod entries;
mod filter;
mod fingerprint;
mod places;
mod size;
mod subjects;
mod table;
mod universal;
mod weights;

use std::fmt;
use std::future::{Ready, ready};
use std::time::Duration;

use time::OffsetDateTime;

use self::end::End;
use self::filter::Filter;
use self::fingerprint::Fingerprinter;
use self::places::Places;
use crate::replica::Recorded;
use crate::{
    Answer, Change, Check, Counts, Error, Purged, RevocationStore, SUBJECT_TAG, Scope, Target, Until,
    Verdict, cutoff,
};

/// A [`RevocationStore`] in this process's memory. Debug shows nothing of what it holds.
///
/// A revoked token takes 43 to 56 bytes, all included, and an empty store some 40 KiB. An end after
/// the year 2106 counts as none: such an entry stays for ever. Names are kept as keyed hashes of 126 bits: two
/// different ones are taken for one with a probability of 2^-124, and then an unrevoked one counts as revoked.
pub struct MemoryRevocationStore {
    fingerprinter: Fingerprinter,
    /// The signing keys that were ever revoked: once in a long while, and mostly for ever.
    keys: Filter,
    places: Places,
}

impl MemoryRevocationStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self { fingerprinter: Fingerprinter::new(), keys: Filter::default(), places: Places::new() }
    }

    /// Takes in what another store has recorded, as its change feed tells it: an end, a generation or a cutoff
    /// is raised and never lowered, so the same change twice, or an older one after a newer, does no harm.
    ///
    /// # Errors
    /// It cannot be taken in; the store may lack it.
    pub fn apply(&self, change: &Change) -> Result<(), Error> {
        let (issuer, tag, name) = change.parts();
        match change.recorded() {
            Recorded::Entry(_) => self.revoke_now(issuer, tag, name, change.until()),
            Recorded::Subject { generation, cutoff } => {
                let fingerprint = self.fingerprinter.of(issuer, tag, name);
                self.places.change_subjects(fingerprint, |subjects| {
                    subjects.raise(fingerprint, change.until(), generation, cutoff);
                })
            }
        }
    }

    /// The number of entries by scope.
    pub(crate) fn counts(&self) -> Result<Counts, Error> {
        self.places.counts()
    }

    fn revoke_now(&self, issuer: &str, tag: u8, name: &[u8], until: Until) -> Result<(), Error> {
        let fingerprint = self.fingerprinter.of(issuer, tag, name);
        if fingerprint.scope() == Scope::Key {
            self.keys.note(fingerprint);
        }
        self.places.revoke(fingerprint, End::of(until))
    }

    pub(crate) fn check_now(&self, check: &Check<'_>, now: OffsetDateTime) -> Result<Verdict, Error> {
        let under = self.fingerprinter.under(check.issuer());
        let end = End::now(now);
        // All that is asked about is hashed first, so that the look-ups, which wait for memory, follow each
        // other closely.
        let hash = |(tag, name)| under.name(tag, name);
        let key = if self.keys.is_empty() { None } else { check.key_name().map(hash) };
        let subject =
            check.asked_subject().map(|(sub, vintage)| (hash((SUBJECT_TAG, sub.as_bytes())), vintage));
        let session = check.session_name().map(hash);
        let token = check.token_name().map(hash);
        let tables = self.places.tables();

        if let Some(key) = key
            && self.keys.may_hold(key)
            && tables.is_revoked(key, end)?
        {
            return Ok(Verdict::Revoked(Scope::Key));
        }
        if let Some((subject, vintage)) = subject
            && self.places.is_dead(subject, vintage, now)?
        {
            return Ok(Verdict::Revoked(Scope::Subject));
        }
        for (fingerprint, scope) in [(session, Scope::Session), (token, Scope::Token)] {
            if let Some(fingerprint) = fingerprint
                && tables.is_revoked(fingerprint, end)?
            {
                return Ok(Verdict::Revoked(scope));
            }
        }
        Ok(Verdict::NotRevoked)
    }

    pub(crate) fn purge_now(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        self.places.purge_expired(now, limit)
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

impl RevocationStore for MemoryRevocationStore {
    fn revoke(
        &self,
        issuer: &str,
        target: Target<'_>,
        until: Until,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        let (tag, name) = target.name();
        ready(self.revoke_now(issuer, tag, name, until))
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
        ready(self.places.change_subjects(fingerprint, |subjects| {
            subjects.revoke(fingerprint, until, now, cutoff(now, skew))
        }))
    }

    fn generation(&self, issuer: &str, sub: &str) -> impl Future<Output = Result<u64, Error>> + Send {
        let fingerprint = self.fingerprinter.of(issuer, SUBJECT_TAG, sub.as_bytes());
        ready(self.places.subjects(fingerprint).map(|subjects| subjects.generation(fingerprint)))
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
