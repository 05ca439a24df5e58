//! An engine that can be out of reach, and a clock that the test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use countersign_revocation::{
    Answer, Check, Counts, Error, MemoryRevocationStore, Purged, RevocationStore, Target, Until, Verdict,
};
use time::OffsetDateTime;

/// An engine that always waits, as one behind a network does, and that can be out of reach.
#[derive(Clone, Default)]
pub(crate) struct Engine(Arc<MemoryRevocationStore>, Arc<AtomicBool>);

impl Engine {
    fn reach(&self) -> Result<&MemoryRevocationStore, Error> {
        if self.1.load(Ordering::SeqCst) { Err(Error::unavailable("out of reach")) } else { Ok(&self.0) }
    }

    pub(crate) fn cut(&self, cut: bool) {
        self.1.store(cut, Ordering::SeqCst);
    }
}

impl RevocationStore for Engine {
    async fn revoke(&self, issuer: &str, target: Target<'_>, until: Until) -> Result<(), Error> {
        self.reach()?.revoke(issuer, target, until).await
    }

    async fn revoke_subject(
        &self,
        issuer: &str,
        sub: &str,
        until: Until,
        now: OffsetDateTime,
        skew: Duration,
    ) -> Result<u64, Error> {
        self.reach()?.revoke_subject(issuer, sub, until, now, skew).await
    }

    async fn generation(&self, issuer: &str, sub: &str) -> Result<u64, Error> {
        self.reach()?.generation(issuer, sub).await
    }

    fn check<'a>(
        &'a self,
        check: &'a Check<'a>,
        now: OffsetDateTime,
    ) -> Answer<impl Future<Output = Result<Verdict, Error>> + Send + 'a> {
        Answer::Wait(async move { self.reach()?.check(check, now).wait().await })
    }

    async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        self.reach()?.purge_expired(now, limit).await
    }

    async fn count(&self) -> Result<Counts, Error> {
        self.reach()?.count().await
    }
}

/// A clock of milliseconds that the test moves.
#[derive(Clone, Default)]
pub(crate) struct Clock(Arc<AtomicU64>);

impl Clock {
    pub(crate) fn advance(&self, milliseconds: u64) {
        self.0.fetch_add(milliseconds, Ordering::SeqCst);
    }

    pub(crate) fn now(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}
