//! A replica: the revoked set in local memory, following an engine's change feed, so that a check costs what one
//! in memory does, whatever the engine.
//!
//! Everything in it only ever rises (an end, a subject version, a cutoff), so changes can be applied twice and out of
//! order, and a snapshot can be read into a replica that is in use. What is left to get right is *when* it is
//! known to be complete: its age runs from the beginning of the last round trip that proved it, on a monotonic clock.
//! Within its bound it answers; past it, it asks the engine, and an engine that cannot answer is an error.
//!
//! [`Feed`] is the driver's side, without I/O. The drivers are in the engines' crates.

mod feed;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use time::OffsetDateTime;

pub use self::feed::{Feed, Round, Step};
use crate::memory::MemoryRevocationStore;
use crate::{
    Change, Check, Counts, Error, MaybeReady, Purged, RetainUntil, RevocationStore, Target, Verdict, cutoff,
};

/// An engine with a copy of what it holds in this process's memory.
///
/// - A check is answered from the copy while that is no older than the bound, and by the engine otherwise. So a
///   revocation on another node is seen here after at most the bound, and usually at once.
/// - A revocation goes to the engine and then into the copy, before it is answered: this node sees its own at once.
/// - A check that [asks the engine](Check::asks_engine), and a subject version, are always answered by the engine: a
///   new credential never depends on the copy.
///
/// The clock that the age runs on stands still while a machine sleeps, on systems that have it so: whoever
/// suspends machines that serve requests chooses no replica.
pub struct Replica<E> {
    engine: E,
    shared: Arc<Shared>,
    /// In nanoseconds.
    bound: u64,
}

/// What the replica and its driver share.
pub(crate) struct Shared {
    local: MemoryRevocationStore,
    /// When the copy was last known to be complete, in nanoseconds of the clock, plus one; 0 for never.
    proved: AtomicU64,
    clock: Box<dyn Fn() -> Duration + Send + Sync>,
}

impl Shared {
    fn now(&self) -> Duration {
        (self.clock)()
    }

    fn proved(&self, at: Duration) {
        self.proved.fetch_max(nanoseconds(at).saturating_add(1), Ordering::Release);
    }

    /// The age in nanoseconds; `None` before the first proof.
    fn age(&self) -> Option<u64> {
        // Read before the clock, so that a proof that comes between the two makes it no younger than it is.
        let proved = self.proved.load(Ordering::Acquire).checked_sub(1)?;
        Some(nanoseconds(self.now()).saturating_sub(proved))
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared")
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl<E: RevocationStore> Replica<E> {
    /// A replica of `engine`, empty and not caught up, whose checks are answered from memory while it is no
    /// older than `bound`.
    #[must_use]
    pub fn new(engine: E, bound: Duration) -> Self {
        let started = Instant::now();
        Self::with_clock(engine, bound, move || started.elapsed())
    }

    /// The same, with a monotonic clock of the caller's: the time since some fixed moment.
    #[must_use]
    pub fn with_clock(
        engine: E,
        bound: Duration,
        clock: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> Self {
        let local = MemoryRevocationStore::new();
        let shared = Shared { local, proved: AtomicU64::new(0), clock: Box::new(clock) };
        Self { engine, shared: Arc::new(shared), bound: nanoseconds(bound) }
    }

    /// The driver's side. A second driver would do no harm and no good.
    #[must_use]
    pub fn feed<C>(&self) -> Feed<C> {
        Feed::new(Arc::clone(&self.shared))
    }

    /// How long ago the copy was last known to be complete; `None` if it never was. For monitoring.
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        self.shared.age().map(Duration::from_nanos)
    }

    /// Whether checks are answered from memory at this moment.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.shared.age().is_some_and(|age| age <= self.bound)
    }

    /// The number of entries in the copy, for monitoring. Expired entries count until a purge removes them.
    #[must_use]
    pub fn local_count(&self) -> Counts {
        self.shared.local.counts()
    }

    /// The engine itself.
    #[must_use]
    pub fn engine(&self) -> &E {
        &self.engine
    }
}

impl<E> fmt::Debug for Replica<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replica")
            .field("age", &self.shared.age().map(Duration::from_nanos))
            .finish_non_exhaustive()
    }
}

impl<E: RevocationStore> RevocationStore for Replica<E> {
    async fn revoke(&self, issuer: &str, target: Target<'_>, until: RetainUntil) -> Result<(), Error> {
        self.engine.revoke(issuer, target, until).await?;
        self.shared.local.apply(&Change::of_target(issuer, target, until))
    }

    async fn revoke_subject(
        &self,
        issuer: &str,
        sub: &str,
        until: RetainUntil,
        now: OffsetDateTime,
        skew: Duration,
    ) -> Result<u64, Error> {
        let subject_version = self.engine.revoke_subject(issuer, sub, until, now, skew).await?;
        let change = Change::of_subject(issuer, sub, until, subject_version, cutoff(now, skew));
        self.shared.local.apply(&change)?;
        Ok(subject_version)
    }

    fn subject_version(&self, issuer: &str, sub: &str) -> impl Future<Output = Result<u64, Error>> + Send {
        self.engine.subject_version(issuer, sub)
    }

    fn check<'a>(
        &'a self,
        check: &'a Check<'a>,
        now: OffsetDateTime,
    ) -> MaybeReady<impl Future<Output = Result<Verdict, Error>> + Send + 'a> {
        if self.is_fresh() && !check.asks_engine() {
            return MaybeReady::Ready(self.shared.local.check_now(check, now));
        }
        self.engine.check(check, now)
    }

    async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        let here = self.shared.local.purge_now(now, limit)?;
        if self.engine.purges_itself() {
            return Ok(here);
        }
        let there = self.engine.purge_expired(now, limit).await?;
        Ok(Purged { removed: there.removed, more: here.more || there.more })
    }

    async fn count(&self) -> Result<Counts, Error> {
        if self.is_fresh() { Ok(self.local_count()) } else { self.engine.count().await }
    }
}
