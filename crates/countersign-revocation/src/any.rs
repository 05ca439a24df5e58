//! A revocation store whose type has been erased, so that what is built on it needs no type parameter.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;

use crate::{Check, Counts, Error, MaybeReady, Purged, RetainUntil, RevocationStore, Target, Verdict};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// Any [`RevocationStore`], shared: cheap to clone, and itself a store.
///
/// A check on a store that answers at once costs a virtual call and no allocation; what must wait is
/// boxed.
#[derive(Clone)]
pub struct AnyRevocationStore(Arc<dyn Erased>);

impl AnyRevocationStore {
    /// Erases the type of `store`.
    #[must_use]
    pub fn new(store: impl RevocationStore + 'static) -> Self {
        Self(Arc::new(store))
    }
}

impl fmt::Debug for AnyRevocationStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnyRevocationStore")
    }
}

/// [`RevocationStore`] in the shape that a virtual table can hold.
trait Erased: Send + Sync {
    fn revoke<'a>(&'a self, issuer: &'a str, target: Target<'a>, until: RetainUntil) -> Boxed<'a, ()>;
    fn revoke_subject<'a>(
        &'a self,
        issuer: &'a str,
        sub: &'a str,
        until: RetainUntil,
        now: OffsetDateTime,
        skew: Duration,
    ) -> Boxed<'a, u64>;
    fn subject_version<'a>(&'a self, issuer: &'a str, sub: &'a str) -> Boxed<'a, u64>;
    fn check<'a>(&'a self, check: &'a Check<'a>, now: OffsetDateTime) -> MaybeReady<Boxed<'a, Verdict>>;
    fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Boxed<'_, Purged>;
    fn count(&self) -> Boxed<'_, Counts>;
    fn purges_itself(&self) -> bool;
}

impl<S: RevocationStore> Erased for S {
    fn revoke<'a>(&'a self, issuer: &'a str, target: Target<'a>, until: RetainUntil) -> Boxed<'a, ()> {
        Box::pin(RevocationStore::revoke(self, issuer, target, until))
    }

    fn revoke_subject<'a>(
        &'a self,
        issuer: &'a str,
        sub: &'a str,
        until: RetainUntil,
        now: OffsetDateTime,
        skew: Duration,
    ) -> Boxed<'a, u64> {
        Box::pin(RevocationStore::revoke_subject(self, issuer, sub, until, now, skew))
    }

    fn subject_version<'a>(&'a self, issuer: &'a str, sub: &'a str) -> Boxed<'a, u64> {
        Box::pin(RevocationStore::subject_version(self, issuer, sub))
    }

    fn check<'a>(&'a self, check: &'a Check<'a>, now: OffsetDateTime) -> MaybeReady<Boxed<'a, Verdict>> {
        RevocationStore::check(self, check, now).map_future(|future| Box::pin(future) as Boxed<'a, Verdict>)
    }

    fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Boxed<'_, Purged> {
        Box::pin(RevocationStore::purge_expired(self, now, limit))
    }

    fn count(&self) -> Boxed<'_, Counts> {
        Box::pin(RevocationStore::count(self))
    }

    fn purges_itself(&self) -> bool {
        RevocationStore::purges_itself(self)
    }
}

impl RevocationStore for AnyRevocationStore {
    async fn revoke(&self, issuer: &str, target: Target<'_>, until: RetainUntil) -> Result<(), Error> {
        self.0.revoke(issuer, target, until).await
    }

    async fn revoke_subject(
        &self,
        issuer: &str,
        sub: &str,
        until: RetainUntil,
        now: OffsetDateTime,
        skew: Duration,
    ) -> Result<u64, Error> {
        self.0.revoke_subject(issuer, sub, until, now, skew).await
    }

    async fn subject_version(&self, issuer: &str, sub: &str) -> Result<u64, Error> {
        self.0.subject_version(issuer, sub).await
    }

    fn check<'a>(
        &'a self,
        check: &'a Check<'a>,
        now: OffsetDateTime,
    ) -> MaybeReady<impl Future<Output = Result<Verdict, Error>> + Send + 'a> {
        self.0.check(check, now)
    }

    async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        self.0.purge_expired(now, limit).await
    }

    async fn count(&self) -> Result<Counts, Error> {
        self.0.count().await
    }

    fn purges_itself(&self) -> bool {
        self.0.purges_itself()
    }
}
