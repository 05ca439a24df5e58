//! The one way to let tokens in without knowing: for a while, counted, and by a name that says so.
//!
//! A store that cannot answer is an error, which a service answers with 503. For some services an outage of
//! their own is worse than a revoked token that works for some minutes more. They say so with this, and can
//! see how often it happened.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use time::OffsetDateTime;

use crate::{Answer, Check, Counts, Error, ErrorKind, Purged, RevocationStore, Target, Until, Verdict};

/// A store whose checks answer [`NotRevoked`](Verdict::NotRevoked) while it is out of reach, from the first
/// failure on and for a bounded time.
///
/// - **Security: revoked tokens are let in meanwhile.** Whoever can cut the service off from its store can bring
///   that about. The time begins anew once a check has succeeded.
/// - Past the bound a check is an error again, as it is without this.
/// - Checks alone: a revocation that could not be recorded and a generation that could not be read are errors, so
///   nobody logs in or out.
/// - A store that holds [unreadable data](ErrorKind::Corrupt) is not out of reach, and lets nobody in.
///
/// ```
/// use std::time::Duration;
/// use countersign_revocation::{MemoryRevocationStore, OpenDoorWhileUnreachable};
///
/// let store = OpenDoorWhileUnreachable::new(MemoryRevocationStore::new(), Duration::from_secs(30));
/// assert_eq!((store.let_in(), store.is_open()), (0, false)); // for monitoring, and for an alarm
/// ```
pub struct OpenDoorWhileUnreachable<S> {
    store: S,
    /// In nanoseconds.
    bound: u64,
    /// When the first check failed since one succeeded, in nanoseconds of the clock, plus one; 0 if none did.
    failing_since: AtomicU64,
    let_in: AtomicU64,
    clock: Box<dyn Fn() -> Duration + Send + Sync>,
}

impl<S> OpenDoorWhileUnreachable<S> {
    /// The longest bound: an outage that lasts longer is one to be seen.
    pub const LONGEST: Duration = Duration::from_secs(10 * 60);

    /// `store`, with a door that stays open for at most `bound` once it cannot be reached; for at most
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
        let (failing_since, let_in) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { store, bound, failing_since, let_in, clock: Box::new(clock) }
    }

    /// How many checks were answered without knowing.
    #[must_use]
    pub fn let_in(&self) -> u64 {
        self.let_in.load(Ordering::Relaxed)
    }

    /// Whether the last check that reached an end failed, and the next one would be let in if it fails too.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let since = self.failing_since.load(Ordering::Acquire);
        since != 0 && self.is_within(since)
    }

    /// The store itself.
    #[must_use]
    pub fn store(&self) -> &S {
        &self.store
    }

    fn is_within(&self, since: u64) -> bool {
        nanoseconds((self.clock)()).saturating_add(1).saturating_sub(since) < self.bound
    }

    fn decide(&self, answer: Result<Verdict, Error>) -> Result<Verdict, Error> {
        let error = match answer {
            Ok(verdict) => {
                self.failing_since.store(0, Ordering::Release);
                return Ok(verdict);
            }
            Err(error) if error.kind() == ErrorKind::Unavailable => error,
            Err(error) => return Err(error),
        };
        let now = nanoseconds((self.clock)()).saturating_add(1);
        // Whoever fails first sets the time for all.
        let first = self.failing_since.compare_exchange(0, now, Ordering::AcqRel, Ordering::Acquire);
        if !self.is_within(first.map_or_else(|since| since, |_| now)) {
            return Err(error);
        }
        self.let_in.fetch_add(1, Ordering::Relaxed);
        Ok(Verdict::NotRevoked)
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl<S> fmt::Debug for OpenDoorWhileUnreachable<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenDoorWhileUnreachable").field("let_in", &self.let_in()).finish_non_exhaustive()
    }
}

impl<S: RevocationStore> RevocationStore for OpenDoorWhileUnreachable<S> {
    fn revoke(
        &self,
        issuer: &str,
        target: Target<'_>,
        until: Until,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        self.store.revoke(issuer, target, until)
    }

    fn revoke_subject(
        &self,
        issuer: &str,
        sub: &str,
        until: Until,
        now: OffsetDateTime,
        skew: Duration,
    ) -> impl Future<Output = Result<u64, Error>> + Send {
        self.store.revoke_subject(issuer, sub, until, now, skew)
    }

    fn generation(&self, issuer: &str, sub: &str) -> impl Future<Output = Result<u64, Error>> + Send {
        self.store.generation(issuer, sub)
    }

    fn check<'a>(
        &'a self,
        check: &'a Check<'a>,
        now: OffsetDateTime,
    ) -> Answer<impl Future<Output = Result<Verdict, Error>> + Send + 'a> {
        match self.store.check(check, now) {
            Answer::Ready(answer) => Answer::Ready(self.decide(answer)),
            Answer::Wait(future) => Answer::Wait(async { self.decide(future.await) }),
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
