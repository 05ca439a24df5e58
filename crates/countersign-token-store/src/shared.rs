//! A token store that is shared with the rest of the application.

use std::collections::BTreeMap;
use std::sync::Arc;

use countersign_random::{KeyedDigest, LookupDigest};
use time::OffsetDateTime;

use crate::{
    Error, FoundSession, Kind, Purged, Rotation, RotationOutcome, SessionRecord, StoredSession, StoredToken,
    TokenLookup, TokenRecord, TokenStore,
};

/// A store that is shared with the rest of the application.
impl<S: TokenStore> TokenStore for Arc<S> {
    fn insert(&self, token: StoredToken) -> impl Future<Output = Result<(), Error>> + Send {
        (**self).insert(token)
    }

    fn find(
        &self,
        kind: Kind,
        digests: &[KeyedDigest],
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<TokenLookup, Error>> + Send {
        (**self).find(kind, digests, now)
    }

    fn list(&self, kind: Kind, owner: &str) -> impl Future<Output = Result<Vec<TokenRecord>, Error>> + Send {
        (**self).list(kind, owner)
    }

    fn remove(&self, kind: Kind, owner: &str, id: &str) -> impl Future<Output = Result<bool, Error>> + Send {
        (**self).remove(kind, owner, id)
    }

    fn expire(
        &self,
        kind: Kind,
        owner: &str,
        id: &str,
        at: OffsetDateTime,
    ) -> impl Future<Output = Result<bool, Error>> + Send {
        (**self).expire(kind, owner, id, at)
    }

    fn remove_by_owner(&self, kind: Kind, owner: &str) -> impl Future<Output = Result<u64, Error>> + Send {
        (**self).remove_by_owner(kind, owner)
    }

    fn record_use(&self, id: &str, now: OffsetDateTime) -> impl Future<Output = Result<(), Error>> + Send {
        (**self).record_use(id, now)
    }

    fn redigest(
        &self,
        id: &str,
        from: KeyedDigest,
        to: KeyedDigest,
    ) -> impl Future<Output = Result<bool, Error>> + Send {
        (**self).redigest(id, from, to)
    }

    fn count_by_digest_key(&self) -> impl Future<Output = Result<BTreeMap<u32, u64>, Error>> + Send {
        (**self).count_by_digest_key()
    }

    fn create_session(&self, session: StoredSession) -> impl Future<Output = Result<(), Error>> + Send {
        (**self).create_session(session)
    }

    fn find_session(
        &self,
        locator: &LookupDigest,
    ) -> impl Future<Output = Result<Option<FoundSession>, Error>> + Send {
        (**self).find_session(locator)
    }

    fn rotate(&self, rotation: &Rotation<'_>) -> impl Future<Output = Result<RotationOutcome, Error>> + Send {
        (**self).rotate(rotation)
    }

    fn session(
        &self,
        id: &str,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Option<SessionRecord>, Error>> + Send {
        (**self).session(id, now)
    }

    fn end_session(&self, id: &str) -> impl Future<Output = Result<bool, Error>> + Send {
        (**self).end_session(id)
    }

    fn end_sessions(&self, subject: &str) -> impl Future<Output = Result<u64, Error>> + Send {
        (**self).end_sessions(subject)
    }

    fn purge_expired(
        &self,
        now: OffsetDateTime,
        limit: usize,
    ) -> impl Future<Output = Result<Purged, Error>> + Send {
        (**self).purge_expired(now, limit)
    }

    fn purges_itself(&self) -> bool {
        (**self).purges_itself()
    }
}
