//! A store that is shared with whoever watches it.
//!
//! An authenticator takes its store by value. A replica's age, and how many tokens
//! [`DangerouslyFailOpen`](crate::DangerouslyFailOpen) has accepted unchecked, are read from the store itself. So the
//! monitoring code keeps one handle, and gives the other away.

use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;

use crate::{Check, Counts, Error, MaybeReady, Purged, RetainUntil, RevocationStore, Target, Verdict};

/// ```
/// use std::{sync::Arc, time::Duration};
/// use countersign_revocation::{DangerouslyFailOpen, MemoryRevocationStore, RevocationStore};
///
/// fn watch(store: impl RevocationStore) { /* an authenticator takes it */ }
///
/// let fail_open = Arc::new(DangerouslyFailOpen::new(MemoryRevocationStore::new(), Duration::from_secs(30)));
/// watch(Arc::clone(&fail_open));
/// assert_eq!(fail_open.allowed_unchecked(), 0);
/// ```
impl<S: RevocationStore> RevocationStore for Arc<S> {
    fn revoke(
        &self,
        issuer: &str,
        target: Target<'_>,
        until: RetainUntil,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        (**self).revoke(issuer, target, until)
    }

    fn revoke_subject(
        &self,
        issuer: &str,
        sub: &str,
        until: RetainUntil,
        now: OffsetDateTime,
        skew: Duration,
    ) -> impl Future<Output = Result<u64, Error>> + Send {
        (**self).revoke_subject(issuer, sub, until, now, skew)
    }

    fn subject_version(&self, issuer: &str, sub: &str) -> impl Future<Output = Result<u64, Error>> + Send {
        (**self).subject_version(issuer, sub)
    }

    fn check<'a>(
        &'a self,
        check: &'a Check<'a>,
        now: OffsetDateTime,
    ) -> MaybeReady<impl Future<Output = Result<Verdict, Error>> + Send + 'a> {
        (**self).check(check, now)
    }

    fn purge_expired(
        &self,
        now: OffsetDateTime,
        limit: usize,
    ) -> impl Future<Output = Result<Purged, Error>> + Send {
        (**self).purge_expired(now, limit)
    }

    fn count(&self) -> impl Future<Output = Result<Counts, Error>> + Send {
        (**self).count()
    }

    fn purges_itself(&self) -> bool {
        (**self).purges_itself()
    }
}
