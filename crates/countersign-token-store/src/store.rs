//! The trait that an engine implements.

use std::collections::BTreeMap;

use countersign_random::KeyedDigest;
use time::OffsetDateTime;

use crate::{Error, Record, RecordKind, Version, Versioned};

/// Stores records: random tokens and sessions, by their digests.
///
/// An engine offers steps on records and contains no rule. What a use, a rotation, an expiry or an end means is
/// decided by [`TokenStoreExt`](crate::TokenStoreExt), once for all engines: it reads a record, decides, and replaces
/// the record if it still has the version that was read. If another caller was quicker, it reads and decides again.
///
/// Time comes in as `now`. A store never reads a clock, and a server's own expiry is only garbage collection.
///
/// # What every engine promises
///
/// - Each method is one atomic step. A call that returned `Ok` is seen by all that start afterwards, and outlives a
///   crash if the engine does. A call that returned an error, or whose future was dropped, happened whole or not at all.
/// - `find` returns only records of the kind that was asked for. An expired record is returned like any other.
/// - Every record that can be found is listed and is removed with its owner, also if it was added while another call
///   ran. [`remove_by_owner`](Self::remove_by_owner) removes all records that there are at one moment. So an API key
///   whose rotation races the removal leaves no successor.
/// - Of any number of concurrent [`replace`](Self::replace) calls with one version, one returns `true`.
///
/// # An engine
///
/// This one keeps records in a list. It passes the suite that the feature `conformance` contains.
///
/// ```
/// use std::collections::BTreeMap;
/// use std::sync::Mutex;
///
/// use countersign_random::KeyedDigest;
/// use countersign_token_store::{Error, Purged, Record, RecordKind, TokenStore, Version, Versioned};
/// use time::OffsetDateTime;
///
/// #[derive(Default)]
/// struct List(Mutex<(Vec<Versioned>, u64)>);
///
/// fn is_same(a: &KeyedDigest, b: &KeyedDigest) -> bool {
///     a.key_id == b.key_id && a.digest.matches(&b.digest)
/// }
///
/// fn is_of(stored: &Versioned, kind: RecordKind, owner: &str) -> bool {
///     stored.record.kind() == kind && stored.record.owner() == owner
/// }
///
/// impl List {
///     /// Runs a step under the lock, with the next version.
///     fn step<T>(&self, step: impl FnOnce(&mut Vec<Versioned>, Version) -> T) -> T {
///         let mut list = self.0.lock().unwrap();
///         list.1 += 1;
///         let version = Version(list.1);
///         step(&mut list.0, version)
///     }
/// }
///
/// impl TokenStore for List {
///     async fn insert(&self, record: Record) -> Result<(), Error> {
///         self.step(|list, version| {
///             let is_taken = list.iter().map(|stored| &stored.record).any(|other| {
///                 other.kind() == record.kind()
///                     && (other.id() == record.id() || is_same(&other.digest(), &record.digest()))
///             });
///             if is_taken {
///                 return Err(Error::duplicate());
///             }
///             list.push(Versioned { record, version });
///             Ok(())
///         })
///     }
///
///     async fn find(&self, kind: RecordKind, digests: &[KeyedDigest]) -> Result<Option<Versioned>, Error> {
///         let is_asked = |stored: &&Versioned| {
///             let digest = stored.record.digest();
///             stored.record.kind() == kind && digests.iter().any(|asked| is_same(asked, &digest))
///         };
///         Ok(self.step(|list, _| list.iter().find(is_asked).cloned()))
///     }
///
///     async fn get(&self, kind: RecordKind, id: &str) -> Result<Option<Versioned>, Error> {
///         let is_asked = |stored: &&Versioned| stored.record.kind() == kind && stored.record.id() == id;
///         Ok(self.step(|list, _| list.iter().find(is_asked).cloned()))
///     }
///
///     async fn replace(&self, version: Version, next: Record) -> Result<bool, Error> {
///         self.step(|list, next_version| {
///             let Some(at) = list.iter().position(|stored| stored.version == version) else { return Ok(false) };
///             let is_taken = list.iter().any(|other| {
///                 other.version != version
///                     && other.record.kind() == next.kind()
///                     && is_same(&other.record.digest(), &next.digest())
///             });
///             if is_taken {
///                 return Err(Error::duplicate());
///             }
///             list[at] = Versioned { record: next, version: next_version };
///             Ok(true)
///         })
///     }
///
///     async fn list(&self, kind: RecordKind, owner: &str) -> Result<Vec<Versioned>, Error> {
///         Ok(self.step(|list, _| list.iter().filter(|stored| is_of(stored, kind, owner)).cloned().collect()))
///     }
///
///     async fn remove(&self, kind: RecordKind, owner: &str, id: &str) -> Result<bool, Error> {
///         self.step(|list, _| {
///             let before = list.len();
///             list.retain(|stored| !is_of(stored, kind, owner) || stored.record.id() != id);
///             Ok(list.len() < before)
///         })
///     }
///
///     async fn remove_by_owner(&self, kind: RecordKind, owner: &str) -> Result<u64, Error> {
///         self.step(|list, _| {
///             let before = list.len();
///             list.retain(|stored| !is_of(stored, kind, owner));
///             Ok((before - list.len()) as u64)
///         })
///     }
///
///     async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
///         self.step(|list, _| {
///             let mut removed = 0;
///             list.retain(|stored| {
///                 let goes = removed < limit && stored.record.ends_at().is_some_and(|end| now >= end);
///                 removed += usize::from(goes);
///                 !goes
///             });
///             Ok(Purged { removed, more: removed >= limit })
///         })
///     }
///
///     // A real engine keeps these counts.
///     async fn count_by_digest_key(&self) -> Result<BTreeMap<u32, u64>, Error> {
///         let mut counts = BTreeMap::new();
///         for key_id in self.step(|list, _| list.clone()).iter().filter_map(|stored| stored.record.digest_key()) {
///             *counts.entry(key_id).or_default() += 1;
///         }
///         Ok(counts)
///     }
/// }
///
/// # #[cfg(feature = "conformance")]
/// assert_eq!(
///     countersign_token_store::conformance::run(&|future| pollster::block_on(future), async || List::default()),
///     []
/// );
/// ```
pub trait TokenStore: Send + Sync {
    /// Adds a record.
    ///
    /// # Errors
    /// [`Duplicate`](crate::ErrorKind::Duplicate) if a record of that kind has its id or its digest; otherwise the
    /// store cannot answer.
    fn insert(&self, record: Record) -> impl Future<Output = Result<(), Error>> + Send;

    /// Returns the record of `kind` that is stored under one of `digests` (one for each active digest key), expired or
    /// not.
    ///
    /// # Errors
    /// The store cannot answer. That is not "unknown": the request gets 503.
    fn find(
        &self,
        kind: RecordKind,
        digests: &[KeyedDigest],
    ) -> impl Future<Output = Result<Option<Versioned>, Error>> + Send;

    /// Returns the record of `kind` with that id, expired or not.
    ///
    /// # Errors
    /// The store cannot answer.
    fn get(
        &self,
        kind: RecordKind,
        id: &str,
    ) -> impl Future<Output = Result<Option<Versioned>, Error>> + Send;

    /// Replaces a record by `next`, which has the same kind, id and owner, if the stored one still has `version`.
    /// Returns `false` if it has another version or is gone.
    ///
    /// A driver may send a call twice. If the first one was carried out, the second must return `true` too.
    ///
    /// # Errors
    /// [`Duplicate`](crate::ErrorKind::Duplicate) if another record of the kind has the digest of `next`. Otherwise
    /// the store cannot answer, and the replacement may have happened.
    fn replace(&self, version: Version, next: Record) -> impl Future<Output = Result<bool, Error>> + Send;

    /// Replaces several records of one owner and kind, each as [`replace`](Self::replace) does. Returns in their order
    /// whether each was replaced. An engine that a network separates from its caller does this in one round trip.
    ///
    /// # Errors
    /// As `replace`. Some of the records may have been replaced.
    fn replace_all(
        &self,
        changes: Vec<(Version, Record)>,
    ) -> impl Future<Output = Result<Vec<bool>, Error>> + Send {
        async move {
            let mut replaced = Vec::with_capacity(changes.len());
            for (version, next) in changes {
                replaced.push(self.replace(version, next).await?);
            }
            Ok(replaced)
        }
    }

    /// Waits until all that was written about an owner's records, also by other callers, is as durable as a write of
    /// this call would be. Rules call it before they acknowledge something that they found done. Only an engine whose
    /// writes wait for replicas has to implement it.
    ///
    /// # Errors
    /// The store cannot answer, or the replicas did not confirm in time.
    fn confirm(&self, kind: RecordKind, owner: &str) -> impl Future<Output = Result<(), Error>> + Send {
        let _ = (kind, owner);
        std::future::ready(Ok(()))
    }

    /// Returns the records of `kind` of one owner, expired ones included, in any order.
    ///
    /// # Errors
    /// The store cannot answer.
    fn list(
        &self,
        kind: RecordKind,
        owner: &str,
    ) -> impl Future<Output = Result<Vec<Versioned>, Error>> + Send;

    /// Removes one record of an owner. Returns `false` if the owner has no such record of that kind.
    ///
    /// # Errors
    /// The record may still be there.
    fn remove(
        &self,
        kind: RecordKind,
        owner: &str,
        id: &str,
    ) -> impl Future<Output = Result<bool, Error>> + Send;

    /// Removes all records of `kind` of an owner. Returns how many there were.
    ///
    /// # Errors
    /// Some of the records may still be there.
    fn remove_by_owner(
        &self,
        kind: RecordKind,
        owner: &str,
    ) -> impl Future<Output = Result<u64, Error>> + Send;

    /// Removes records whose [end](Record::ends_at) is not after `now`, at most `limit` of them. Any number of tasks
    /// and processes may call it at once. Call it again while [`Purged::more`] is set.
    ///
    /// # Errors
    /// The purge stopped early. What it removed stays removed, and trying again is safe.
    fn purge_expired(
        &self,
        now: OffsetDateTime,
        limit: usize,
    ) -> impl Future<Output = Result<Purged, Error>> + Send;

    /// Counts the records that need each digest key ([`Record::digest_key`]). A key that no record needs can be
    /// retired. The cost must not grow with the number of records.
    ///
    /// # Errors
    /// The store cannot answer.
    fn count_by_digest_key(&self) -> impl Future<Output = Result<BTreeMap<u32, u64>, Error>> + Send;

    /// Whether the engine removes expired records by itself, so that [`purge_expired`](Self::purge_expired) need not
    /// be called.
    fn purges_itself(&self) -> bool {
        false
    }
}

/// What a purge did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// The number of records removed.
    pub removed: usize,
    /// Whether the limit was reached, so that there may be more to remove.
    pub more: bool,
}
