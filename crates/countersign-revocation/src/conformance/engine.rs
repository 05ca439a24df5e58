//! An engine that a test can cut off, for what wraps one.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use time::OffsetDateTime;

use crate::{
    Check, Counts, Error, MaybeReady, MemoryRevocationStore, Purged, RetainUntil, RevocationStore, Target,
    Verdict,
};

/// An engine in memory that always answers with a future, as one behind a network does, and that a test can cut off.
/// Clones share its table and its switch.
#[derive(Clone, Default)]
pub struct Engine {
    store: Arc<MemoryRevocationStore>,
    is_cut: Arc<AtomicBool>,
}

impl Engine {
    /// An empty engine within reach.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// While `is_cut`, every call returns [`Unavailable`](crate::ErrorKind::Unavailable).
    pub fn cut(&self, is_cut: bool) {
        self.is_cut.store(is_cut, Ordering::SeqCst);
    }

    fn reach(&self) -> Result<&MemoryRevocationStore, Error> {
        if self.is_cut.load(Ordering::SeqCst) {
            Err(Error::unavailable("the engine is cut off"))
        } else {
            Ok(&self.store)
        }
    }
}

/// Shows no entry.
impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Engine")
    }
}

impl RevocationStore for Engine {
    async fn revoke(&self, issuer: &str, target: Target<'_>, until: RetainUntil) -> Result<(), Error> {
        self.reach()?.revoke(issuer, target, until).await
    }

    async fn revoke_subject(
        &self,
        issuer: &str,
        sub: &str,
        until: RetainUntil,
        now: OffsetDateTime,
        skew: Duration,
    ) -> Result<u64, Error> {
        self.reach()?.revoke_subject(issuer, sub, until, now, skew).await
    }

    async fn subject_version(&self, issuer: &str, sub: &str) -> Result<u64, Error> {
        self.reach()?.subject_version(issuer, sub).await
    }

    fn check<'a>(
        &'a self,
        check: &'a Check<'a>,
        now: OffsetDateTime,
    ) -> MaybeReady<impl Future<Output = Result<Verdict, Error>> + Send + 'a> {
        MaybeReady::Wait(async move { self.reach()?.check(check, now).wait().await })
    }

    async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        self.reach()?.purge_expired(now, limit).await
    }

    async fn count(&self) -> Result<Counts, Error> {
        self.reach()?.count().await
    }
}
