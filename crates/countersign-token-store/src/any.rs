//! A token store whose type has been erased, so that what is built on it needs no type parameter.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use countersign_random::{KeyedDigest, LookupDigest};
use time::OffsetDateTime;

use crate::{
    Error, FoundSession, Kind, Purged, Rotation, RotationOutcome, SessionRecord, StoredSession, StoredToken,
    TokenLookup, TokenRecord, TokenStore,
};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// Any [`TokenStore`], shared: cheap to clone, and itself a store.
#[derive(Clone)]
pub struct AnyTokenStore(Arc<dyn Erased>);

impl AnyTokenStore {
    /// Erases the type of `store`.
    #[must_use]
    pub fn new(store: impl TokenStore + 'static) -> Self {
        Self(Arc::new(store))
    }
}

impl fmt::Debug for AnyTokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnyTokenStore")
    }
}

/// [`TokenStore`] in the shape that a virtual table can hold.
trait Erased: Send + Sync {
    fn insert(&self, token: StoredToken) -> Boxed<'_, ()>;
    fn find<'a>(
        &'a self,
        kind: Kind,
        digests: &'a [KeyedDigest],
        now: OffsetDateTime,
    ) -> Boxed<'a, TokenLookup>;
    fn list<'a>(&'a self, kind: Kind, owner: &'a str) -> Boxed<'a, Vec<TokenRecord>>;
    fn remove<'a>(&'a self, kind: Kind, owner: &'a str, id: &'a str) -> Boxed<'a, bool>;
    fn expire<'a>(&'a self, kind: Kind, owner: &'a str, id: &'a str, at: OffsetDateTime) -> Boxed<'a, bool>;
    fn remove_by_owner<'a>(&'a self, kind: Kind, owner: &'a str) -> Boxed<'a, u64>;
    fn record_use<'a>(&'a self, id: &'a str, now: OffsetDateTime) -> Boxed<'a, ()>;
    fn redigest<'a>(&'a self, id: &'a str, from: KeyedDigest, to: KeyedDigest) -> Boxed<'a, bool>;
    fn count_by_digest_key(&self) -> Boxed<'_, BTreeMap<u32, u64>>;
    fn create_session(&self, session: StoredSession) -> Boxed<'_, ()>;
    fn rotate<'a>(&'a self, rotation: &'a Rotation<'a>) -> Boxed<'a, RotationOutcome>;
    fn find_session<'a>(&'a self, locator: &'a LookupDigest) -> Boxed<'a, Option<FoundSession>>;
    fn session<'a>(&'a self, id: &'a str, now: OffsetDateTime) -> Boxed<'a, Option<SessionRecord>>;
    fn end_session<'a>(&'a self, id: &'a str) -> Boxed<'a, bool>;
    fn end_sessions<'a>(&'a self, subject: &'a str) -> Boxed<'a, u64>;
    fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Boxed<'_, Purged>;
    fn purges_itself(&self) -> bool;
}

impl<S: TokenStore> Erased for S {
    fn insert(&self, token: StoredToken) -> Boxed<'_, ()> {
        Box::pin(TokenStore::insert(self, token))
    }

    fn find<'a>(
        &'a self,
        kind: Kind,
        digests: &'a [KeyedDigest],
        now: OffsetDateTime,
    ) -> Boxed<'a, TokenLookup> {
        Box::pin(TokenStore::find(self, kind, digests, now))
    }

    fn list<'a>(&'a self, kind: Kind, owner: &'a str) -> Boxed<'a, Vec<TokenRecord>> {
        Box::pin(TokenStore::list(self, kind, owner))
    }

    fn remove<'a>(&'a self, kind: Kind, owner: &'a str, id: &'a str) -> Boxed<'a, bool> {
        Box::pin(TokenStore::remove(self, kind, owner, id))
    }

    fn expire<'a>(&'a self, kind: Kind, owner: &'a str, id: &'a str, at: OffsetDateTime) -> Boxed<'a, bool> {
        Box::pin(TokenStore::expire(self, kind, owner, id, at))
    }

    fn remove_by_owner<'a>(&'a self, kind: Kind, owner: &'a str) -> Boxed<'a, u64> {
        Box::pin(TokenStore::remove_by_owner(self, kind, owner))
    }

    fn record_use<'a>(&'a self, id: &'a str, now: OffsetDateTime) -> Boxed<'a, ()> {
        Box::pin(TokenStore::record_use(self, id, now))
    }

    fn redigest<'a>(&'a self, id: &'a str, from: KeyedDigest, to: KeyedDigest) -> Boxed<'a, bool> {
        Box::pin(TokenStore::redigest(self, id, from, to))
    }

    fn count_by_digest_key(&self) -> Boxed<'_, BTreeMap<u32, u64>> {
        Box::pin(TokenStore::count_by_digest_key(self))
    }

    fn create_session(&self, session: StoredSession) -> Boxed<'_, ()> {
        Box::pin(TokenStore::create_session(self, session))
    }

    fn rotate<'a>(&'a self, rotation: &'a Rotation<'a>) -> Boxed<'a, RotationOutcome> {
        Box::pin(TokenStore::rotate(self, rotation))
    }

    fn find_session<'a>(&'a self, locator: &'a LookupDigest) -> Boxed<'a, Option<FoundSession>> {
        Box::pin(TokenStore::find_session(self, locator))
    }

    fn session<'a>(&'a self, id: &'a str, now: OffsetDateTime) -> Boxed<'a, Option<SessionRecord>> {
        Box::pin(TokenStore::session(self, id, now))
    }

    fn end_session<'a>(&'a self, id: &'a str) -> Boxed<'a, bool> {
        Box::pin(TokenStore::end_session(self, id))
    }

    fn end_sessions<'a>(&'a self, subject: &'a str) -> Boxed<'a, u64> {
        Box::pin(TokenStore::end_sessions(self, subject))
    }

    fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Boxed<'_, Purged> {
        Box::pin(TokenStore::purge_expired(self, now, limit))
    }

    fn purges_itself(&self) -> bool {
        TokenStore::purges_itself(self)
    }
}

impl TokenStore for AnyTokenStore {
    async fn insert(&self, token: StoredToken) -> Result<(), Error> {
        self.0.insert(token).await
    }

    async fn find(
        &self,
        kind: Kind,
        digests: &[KeyedDigest],
        now: OffsetDateTime,
    ) -> Result<TokenLookup, Error> {
        self.0.find(kind, digests, now).await
    }

    async fn list(&self, kind: Kind, owner: &str) -> Result<Vec<TokenRecord>, Error> {
        self.0.list(kind, owner).await
    }

    async fn remove(&self, kind: Kind, owner: &str, id: &str) -> Result<bool, Error> {
        self.0.remove(kind, owner, id).await
    }

    async fn expire(&self, kind: Kind, owner: &str, id: &str, at: OffsetDateTime) -> Result<bool, Error> {
        self.0.expire(kind, owner, id, at).await
    }

    async fn remove_by_owner(&self, kind: Kind, owner: &str) -> Result<u64, Error> {
        self.0.remove_by_owner(kind, owner).await
    }

    async fn record_use(&self, id: &str, now: OffsetDateTime) -> Result<(), Error> {
        self.0.record_use(id, now).await
    }

    async fn redigest(&self, id: &str, from: KeyedDigest, to: KeyedDigest) -> Result<bool, Error> {
        self.0.redigest(id, from, to).await
    }

    async fn count_by_digest_key(&self) -> Result<BTreeMap<u32, u64>, Error> {
        self.0.count_by_digest_key().await
    }

    async fn create_session(&self, session: StoredSession) -> Result<(), Error> {
        self.0.create_session(session).await
    }

    async fn rotate(&self, rotation: &Rotation<'_>) -> Result<RotationOutcome, Error> {
        self.0.rotate(rotation).await
    }

    async fn find_session(&self, locator: &LookupDigest) -> Result<Option<FoundSession>, Error> {
        self.0.find_session(locator).await
    }

    async fn session(&self, id: &str, now: OffsetDateTime) -> Result<Option<SessionRecord>, Error> {
        self.0.session(id, now).await
    }

    async fn end_session(&self, id: &str) -> Result<bool, Error> {
        self.0.end_session(id).await
    }

    async fn end_sessions(&self, subject: &str) -> Result<u64, Error> {
        self.0.end_sessions(subject).await
    }

    async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        self.0.purge_expired(now, limit).await
    }

    fn purges_itself(&self) -> bool {
        self.0.purges_itself()
    }
}
