//! The one way to accept tokens without asking the store: for a bounded time, counted, and under a name that says so.
//!
//! A store that cannot answer is an error, which a service answers with 503. For some services an outage of
//! their own is worse than a revoked token that works for some minutes more. They say so with this, and can
//! see how often it happened.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use time::OffsetDateTime;

use crate::outage::Outage;
use crate::{
    Check, Counts, Error, ErrorKind, MaybeReady, Purged, RetainUntil, RevocationStore, Target, Verdict,
};

/// A store whose checks answer [`NotRevoked`](Verdict::NotRevoked) while it is out of reach, from the first
/// failure on and for a bounded time.
///
/// - **Security: revoked tokens are accepted during that time.** An attacker who can cut the service off from its store can
///   bring that about.
/// - The time runs from an outage's first failure, whether or not other checks succeed in between. The outage is over
///   once checks have succeeded for ten times the bound without one failure; until then, failures past the bound are
///   errors. So a store that answers every tenth check does not prolong the time.
/// - Past the bound a failed check is an error again, as it is without this wrapper.
/// - Only the request path is answered this way. A revocation that could not be recorded, a subject version that could
///   not be read and a check that [asks the engine](Check::asks_engine) are errors. So during an outage no client can
///   log in, refresh, log out or make an API key.
/// - A store that holds [unreadable data](ErrorKind::Corrupt) is not out of reach: its error is passed on.
///
/// ```
/// use std::time::Duration;
/// use countersign_revocation::{DangerouslyFailOpen, MemoryRevocationStore};
///
/// let store = DangerouslyFailOpen::new(MemoryRevocationStore::new(), Duration::from_secs(30));
/// assert_eq!((store.allowed_unchecked(), store.is_open()), (0, false)); // for monitoring, and for an alarm
/// ```
pub struct DangerouslyFailOpen<S> {
    store: S,
    outage: Mutex<Outage>,
    /// Whether an outage has begun and is not over: the lock is taken only then.
    is_disturbed: AtomicBool,
    allowed_unchecked: AtomicU64,
    clock: Box<dyn Fn() -> Duration + Send + Sync>,
}

impl<S> DangerouslyFailOpen<S> {
    /// The longest bound: an outage that lasts longer is one to be seen.
    pub const LONGEST: Duration = Duration::from_secs(10 * 60);

    /// Wraps `store`, and accepts tokens for at most `bound` once it cannot be reached; for at most
    /// [`LONGEST`](Self::LONGEST), whatever `bound` says.
    #[must_use]
    pub fn new(store: S, bound: Duration) -> Self {
        let started = Instant::now();
        Self::with_clock(store, bound, move || started.elapsed())
    }

    /// The same, with a monotonic clock of the caller's: the time since some fixed moment.
    #[must_use]
    pub fn with_clock(
        store: S,
        bound: Duration,
        clock: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> Self {
        let bound = nanoseconds(bound.min(Self::LONGEST));
        let (outage, is_disturbed) = (Mutex::new(Outage::new(bound)), AtomicBool::new(false));
        Self { store, outage, is_disturbed, allowed_unchecked: AtomicU64::new(0), clock: Box::new(clock) }
    }

    /// How many checks were answered without knowing.
    #[must_use]
    pub fn allowed_unchecked(&self) -> u64 {
        self.allowed_unchecked.load(Ordering::Relaxed)
    }

    /// Whether the last check failed, and the next failure would be answered with "not revoked".
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.outage().is_open(self.now())
    }

    /// The store itself.
    #[must_use]
    pub fn store(&self) -> &S {
        &self.store
    }

    fn decide(&self, answer: Result<Verdict, Error>) -> Result<Verdict, Error> {
        match answer {
            Ok(verdict) => {
                if self.is_disturbed.load(Ordering::Acquire) {
                    let mut outage = self.outage();
                    outage.note_success(self.now());
                    self.is_disturbed.store(outage.has_begun(), Ordering::Release);
                }
                Ok(verdict)
            }
            Err(error) if error.kind() == ErrorKind::Unavailable => {
                let mut outage = self.outage();
                let is_allowed = outage.note_failure(self.now());
                self.is_disturbed.store(true, Ordering::Release);
                if !is_allowed {
                    return Err(error);
                }
                self.allowed_unchecked.fetch_add(1, Ordering::Relaxed);
                Ok(Verdict::NotRevoked)
            }
            Err(error) => Err(error),
        }
    }

    fn now(&self) -> u64 {
        nanoseconds((self.clock)())
    }

    /// Ignores a poisoned lock: no code panics while it holds it.
    fn outage(&self) -> MutexGuard<'_, Outage> {
        self.outage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl<S> fmt::Debug for DangerouslyFailOpen<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DangerouslyFailOpen")
            .field("allowed_unchecked", &self.allowed_unchecked())
            .finish_non_exhaustive()
    }
}

impl<S: RevocationStore> RevocationStore for DangerouslyFailOpen<S> {
    fn revoke(
        &self,
        issuer: &str,
        target: Target<'_>,
        until: RetainUntil,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        self.store.revoke(issuer, target, until)
    }

    fn revoke_subject(
        &self,
        issuer: &str,
        sub: &str,
        until: RetainUntil,
        now: OffsetDateTime,
        skew: Duration,
    ) -> impl Future<Output = Result<u64, Error>> + Send {
        self.store.revoke_subject(issuer, sub, until, now, skew)
    }

    fn subject_version(&self, issuer: &str, sub: &str) -> impl Future<Output = Result<u64, Error>> + Send {
        self.store.subject_version(issuer, sub)
    }

    fn check<'a>(
        &'a self,
        check: &'a Check<'a>,
        now: OffsetDateTime,
    ) -> MaybeReady<impl Future<Output = Result<Verdict, Error>> + Send + 'a> {
        let decide = |answer| if check.asks_engine() { answer } else { self.decide(answer) };
        match self.store.check(check, now) {
            MaybeReady::Ready(answer) => MaybeReady::Ready(decide(answer)),
            MaybeReady::Wait(future) => MaybeReady::Wait(async move { decide(future.await) }),
        }
    }

    fn purge_expired(
        &self,
        now: OffsetDateTime,
        limit: usize,
    ) -> impl Future<Output = Result<Purged, Error>> + Send {
        self.store.purge_expired(now, limit)
    }

    fn count(&self) -> impl Future<Output = Result<Counts, Error>> + Send {
        self.store.count()
    }

    fn purges_itself(&self) -> bool {
        self.store.purges_itself()
    }
}
