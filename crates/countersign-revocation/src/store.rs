//! The trait that an engine implements.
//!
//! No default method reads and then writes: each operation is one step of the engine, so that an engine
//! cannot forget to make it atomic.

use std::time::Duration;

use time::OffsetDateTime;

use crate::{Check, Error, MaybeReady, RetainUntil, Target, Verdict};

/// A table of what is revoked.
///
/// Time comes in as `now`; a store never reads a clock, and a server's own expiry is only garbage
/// collection. All names live under their issuer (`iss`) and may be any text, the empty one included.
///
/// # What every implementation promises
///
/// - When `revoke` has returned `Ok`, every check that starts afterwards sees it, and it outlives a crash
///   if the store outlives one.
/// - Revoking again never shortens an entry.
/// - An entry counts while `now < until`, whether purged in time or not.
/// - A store that cannot answer returns an [`Error`]; it never says [`Verdict::NotRevoked`] for want of
///   knowing.
///
/// The `conformance` feature has the suite that proves these.
///
/// # A complete small store
///
/// ```
/// use std::{collections::HashMap, future::Ready, sync::Mutex, time::Duration};
/// use countersign_revocation::*;
/// use time::OffsetDateTime;
///
/// #[derive(Default)]
/// struct Small(Mutex<Tables>);
///
/// #[derive(Default)]
/// struct Tables {
///     entries: HashMap<Vec<u8>, RetainUntil>,
///     subjects: HashMap<Vec<u8>, (u64, i64, RetainUntil)>, // version, cutoff, until
///     floor: u64,                                    // the highest subject version ever purged
/// }
///
/// fn key(issuer: &str, tag: u8, name: &[u8]) -> Vec<u8> {
///     let mut key = Vec::new();
///     encode(issuer, tag, name, |part| key.extend_from_slice(part));
///     key
/// }
///
/// impl Small {
///     fn with<T>(&self, step: impl FnOnce(&mut Tables) -> T) -> Result<T, Error> {
///         match self.0.lock() {
///             Ok(mut tables) => Ok(step(&mut tables)),
///             Err(_) => Err(Error::unavailable("the lock is poisoned")),
///         }
///     }
/// }
///
/// impl RevocationStore for Small {
///     async fn revoke(&self, issuer: &str, target: Target<'_>, until: RetainUntil) -> Result<(), Error> {
///         let (tag, name) = target.name();
///         self.with(|tables| {
///             let entry = tables.entries.entry(key(issuer, tag, name)).or_insert(until);
///             *entry = until.max(*entry);
///         })
///     }
///
///     async fn revoke_subject(
///         &self, issuer: &str, sub: &str, until: RetainUntil, now: OffsetDateTime, skew: Duration,
///     ) -> Result<u64, Error> {
///         self.with(|tables| {
///             let floor = tables.floor;
///             let entry = tables.subjects.entry(key(issuer, SUBJECT_TAG, sub.as_bytes()))
///                 .or_insert((floor, i64::MIN, until));
///             entry.0 = next_subject_version(entry.0, now);
///             entry.1 = entry.1.max(cutoff(now, skew));
///             entry.2 = until.max(entry.2);
///             entry.0
///         })
///     }
///
///     async fn subject_version(&self, issuer: &str, sub: &str) -> Result<u64, Error> {
///         self.with(|tables| {
///             tables.subjects.get(&key(issuer, SUBJECT_TAG, sub.as_bytes())).map_or(0, |entry| entry.0)
///         })
///     }
///
///     fn check<'a>(
///         &'a self, check: &'a Check<'a>, now: OffsetDateTime,
///     ) -> MaybeReady<impl Future<Output = Result<Verdict, Error>> + Send + 'a> {
///         MaybeReady::<Ready<_>>::Ready(self.with(|tables| {
///             if let Some((sub, version)) = check.asked_subject()
///                 && let Some(entry) = tables.subjects.get(&key(check.issuer(), SUBJECT_TAG, sub.as_bytes()))
///                 && !entry.2.is_past(now) && version.is_dead(entry.0, entry.1)
///             {
///                 return Verdict::Revoked(Scope::Subject);
///             }
///             check.targets().find(|target| {
///                 let (tag, name) = target.name();
///                 tables.entries.get(&key(check.issuer(), tag, name)).is_some_and(|until| !until.is_past(now))
///             }).map_or(Verdict::NotRevoked, |target| Verdict::Revoked(target.scope()))
///         }))
///     }
///
///     async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
///         self.with(|tables| {
///             let mut removed = 0;
///             tables.entries.retain(|_, until| {
///                 let keep = removed == limit || !until.is_past(now);
///                 removed += usize::from(!keep);
///                 keep
///             });
///             let floor = &mut tables.floor;
///             tables.subjects.retain(|_, entry| {
///                 let keep = removed == limit || !entry.2.is_past(now);
///                 if !keep {
///                     removed += 1;
///                     *floor = entry.0.max(*floor);
///                 }
///                 keep
///             });
///             Purged { removed, more: removed == limit }
///         })
///     }
///
///     async fn count(&self) -> Result<Counts, Error> {
///         self.with(|tables| Counts {
///             subjects: tables.subjects.len() as u64,
///             ..Counts::default() // a real store tells the others apart
///         })
///     }
/// }
/// ```
pub trait RevocationStore: Send + Sync {
    /// Records that `target` is revoked until `until`. Doing it again never shortens the entry.
    ///
    /// # Errors
    /// It may not have been recorded; whoever asked must not be told that it was.
    fn revoke(
        &self,
        issuer: &str,
        target: Target<'_>,
        until: RetainUntil,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Ends every token that the subject has now: raises its version by the rule of
    /// [`next_subject_version`](crate::next_subject_version) and its cutoff to [`cutoff(now, skew)`](cutoff), in
    /// one step. Returns the new subject version, which tokens issued from now on carry.
    ///
    /// `skew` is how far the clock of whoever issues external tokens may run ahead of ours.
    ///
    /// # Errors
    /// It may not have been recorded; whoever asked must not be told that it was.
    fn revoke_subject(
        &self,
        issuer: &str,
        sub: &str,
        until: RetainUntil,
        now: OffsetDateTime,
        skew: Duration,
    ) -> impl Future<Output = Result<u64, Error>> + Send;

    /// The subject's current version, for login to put into its tokens. 0 where it has none. The engine itself
    /// answers: a store that wraps an engine passes the question on.
    ///
    /// # Errors
    /// The store cannot answer; no token may be issued.
    fn subject_version(&self, issuer: &str, sub: &str) -> impl Future<Output = Result<u64, Error>> + Send;

    /// Asks about everything that a token stands on, in one call. Where several scopes are revoked, the
    /// widest is reported.
    ///
    /// A store that wraps another one (a copy, a cache, a fallback for outages) may answer by itself, but not a check
    /// that [asks the engine](Check::asks_engine): it passes that one on, and returns the engine's error. A wrapper
    /// that builds a new [`Check`] from this one's parts copies the demand with [`Check::ask_engine`].
    /// `conformance::run_wrapper` tests this.
    ///
    /// # Errors
    /// The store cannot answer. That is not "not revoked": the request is refused (503).
    fn check<'a>(
        &'a self,
        check: &'a Check<'a>,
        now: OffsetDateTime,
    ) -> MaybeReady<impl Future<Output = Result<Verdict, Error>> + Send + 'a>;

    /// Removes entries that `now` is past, at most `limit` of them. Safe to call from several tasks and
    /// processes at once. Call again while [`Purged::more`] is set.
    ///
    /// # Errors
    /// The purge stopped early; what it removed stays removed. Trying again later is safe.
    fn purge_expired(
        &self,
        now: OffsetDateTime,
        limit: usize,
    ) -> impl Future<Output = Result<Purged, Error>> + Send;

    /// How many entries there are, expired but not yet purged ones included. For operators.
    ///
    /// # Errors
    /// The store cannot answer.
    fn count(&self) -> impl Future<Output = Result<Counts, Error>> + Send;

    /// Whether the engine removes expired entries by itself, so that nobody need call
    /// [`purge_expired`](Self::purge_expired).
    fn purges_itself(&self) -> bool {
        false
    }
}

/// What a purge did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// The number of entries removed.
    pub removed: usize,
    /// Whether the limit was reached, so that there may be more to remove.
    pub more: bool,
}

/// The number of entries by scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Single tokens.
    pub tokens: u64,
    /// Sessions.
    pub sessions: u64,
    /// Subjects.
    pub subjects: u64,
    /// Signing keys.
    pub keys: u64,
}

impl Counts {
    /// All entries together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.tokens.saturating_add(self.sessions).saturating_add(self.subjects).saturating_add(self.keys)
    }
}

/// The cutoff for a subject's external tokens, in seconds of Unix time: `now` plus `skew`, rounded up.
/// A token with `iat` at or before it is dead.
#[must_use]
pub fn cutoff(now: OffsetDateTime, skew: Duration) -> i64 {
    let fraction = u64::from(now.nanosecond()).saturating_add(u64::from(skew.subsec_nanos()));
    let skew = skew.as_secs().saturating_add(fraction.div_ceil(1_000_000_000));
    now.unix_timestamp().saturating_add(i64::try_from(skew).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cutoff_is_rounded_up() {
        let now = OffsetDateTime::UNIX_EPOCH + time::Duration::milliseconds(10_600);
        assert_eq!(cutoff(now, Duration::ZERO), 11);
        assert_eq!(cutoff(now, Duration::from_millis(400)), 11);
        assert_eq!(cutoff(now, Duration::from_millis(401)), 12);
        assert_eq!(cutoff(now, Duration::MAX), i64::MAX);
    }
}
