//! A store that is shared with whoever watches it.
//!
//! An authenticator takes its store by value. A replica's age, and how many an open door has let in, are told by the
//! store itself; so whoever watches keeps one handle, and gives the other away.

use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;

use crate::{Answer, Check, Counts, Error, Purged, RevocationStore, Target, Until, Verdict};

/// ```
/// use std::{sync::Arc, time::Duration};
/// use countersign_revocation::{MemoryRevocationStore, OpenDoorWhileUnreachable, RevocationStore};
///
/// fn watch(store: impl RevocationStore) { /* an authenticator takes it */ }
///
/// let door = Arc::new(OpenDoorWhileUnreachable::new(MemoryRevocationStore::new(), Duration::from_secs(30)));
/// watch(Arc::clone(&door));
/// assert_eq!(door.let_in(), 0);
/// ```
impl<S: RevocationStore> RevocationStore for Arc<S> {
    fn revoke(
        &self,
        issuer: &str,
        target: Target<'_>,
        until: Until,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        (**self).revoke(issuer, target, until)
    }

    fn revoke_subject(
        &self,
        issuer: &str,
        sub: &str,
        until: Until,
        now: OffsetDateTime,
        skew: Duration,
    ) -> impl Future<Output = Result<u64, Error>> + Send {
        (**self).revoke_subject(issuer, sub, until, now, skew)
    }

    fn generation(&self, issuer: &str, sub: &str) -> impl Future<Output = Result<u64, Error>> + Send {
        (**self).generation(issuer, sub)
    }

    fn check<'a>(
        &'a self,
        check: &'a Check<'a>,
        now: OffsetDateTime,
    ) -> Answer<impl Future<Output = Result<Verdict, Error>> + Send + 'a> {
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
