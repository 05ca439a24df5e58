//! A token store whose type has been erased, so that what is built on it needs no type parameter.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use countersign_random::KeyedDigest;
use time::OffsetDateTime;

use crate::{Error, Purged, Record, RecordKind, TokenStore, Version, Versioned};

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
    fn insert(&self, record: Record) -> Boxed<'_, ()>;
    fn find<'a>(&'a self, kind: RecordKind, digests: &'a [KeyedDigest]) -> Boxed<'a, Option<Versioned>>;
    fn get<'a>(&'a self, kind: RecordKind, id: &'a str) -> Boxed<'a, Option<Versioned>>;
    fn replace(&self, version: Version, next: Record) -> Boxed<'_, bool>;
    fn replace_all(&self, changes: Vec<(Version, Record)>) -> Boxed<'_, Vec<bool>>;
    fn confirm<'a>(&'a self, kind: RecordKind, owner: &'a str) -> Boxed<'a, ()>;
    fn list<'a>(&'a self, kind: RecordKind, owner: &'a str) -> Boxed<'a, Vec<Versioned>>;
    fn remove<'a>(&'a self, kind: RecordKind, owner: &'a str, id: &'a str) -> Boxed<'a, bool>;
    fn remove_by_owner<'a>(&'a self, kind: RecordKind, owner: &'a str) -> Boxed<'a, u64>;
    fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Boxed<'_, Purged>;
    fn count_by_digest_key(&self) -> Boxed<'_, BTreeMap<u32, u64>>;
    fn purges_itself(&self) -> bool;
}

impl<S: TokenStore> Erased for S {
    fn insert(&self, record: Record) -> Boxed<'_, ()> {
        Box::pin(TokenStore::insert(self, record))
    }

    fn find<'a>(&'a self, kind: RecordKind, digests: &'a [KeyedDigest]) -> Boxed<'a, Option<Versioned>> {
        Box::pin(TokenStore::find(self, kind, digests))
    }

    fn get<'a>(&'a self, kind: RecordKind, id: &'a str) -> Boxed<'a, Option<Versioned>> {
        Box::pin(TokenStore::get(self, kind, id))
    }

    fn replace(&self, version: Version, next: Record) -> Boxed<'_, bool> {
        Box::pin(TokenStore::replace(self, version, next))
    }

    fn replace_all(&self, changes: Vec<(Version, Record)>) -> Boxed<'_, Vec<bool>> {
        Box::pin(TokenStore::replace_all(self, changes))
    }

    fn confirm<'a>(&'a self, kind: RecordKind, owner: &'a str) -> Boxed<'a, ()> {
        Box::pin(TokenStore::confirm(self, kind, owner))
    }

    fn list<'a>(&'a self, kind: RecordKind, owner: &'a str) -> Boxed<'a, Vec<Versioned>> {
        Box::pin(TokenStore::list(self, kind, owner))
    }

    fn remove<'a>(&'a self, kind: RecordKind, owner: &'a str, id: &'a str) -> Boxed<'a, bool> {
        Box::pin(TokenStore::remove(self, kind, owner, id))
    }

    fn remove_by_owner<'a>(&'a self, kind: RecordKind, owner: &'a str) -> Boxed<'a, u64> {
        Box::pin(TokenStore::remove_by_owner(self, kind, owner))
    }

    fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Boxed<'_, Purged> {
        Box::pin(TokenStore::purge_expired(self, now, limit))
    }

    fn count_by_digest_key(&self) -> Boxed<'_, BTreeMap<u32, u64>> {
        Box::pin(TokenStore::count_by_digest_key(self))
    }

    fn purges_itself(&self) -> bool {
        TokenStore::purges_itself(self)
    }
}

impl TokenStore for AnyTokenStore {
    async fn insert(&self, record: Record) -> Result<(), Error> {
        self.0.insert(record).await
    }

    async fn find(&self, kind: RecordKind, digests: &[KeyedDigest]) -> Result<Option<Versioned>, Error> {
        self.0.find(kind, digests).await
    }

    async fn get(&self, kind: RecordKind, id: &str) -> Result<Option<Versioned>, Error> {
        self.0.get(kind, id).await
    }

    async fn replace(&self, version: Version, next: Record) -> Result<bool, Error> {
        self.0.replace(version, next).await
    }

    async fn replace_all(&self, changes: Vec<(Version, Record)>) -> Result<Vec<bool>, Error> {
        self.0.replace_all(changes).await
    }

    async fn confirm(&self, kind: RecordKind, owner: &str) -> Result<(), Error> {
        self.0.confirm(kind, owner).await
    }

    async fn list(&self, kind: RecordKind, owner: &str) -> Result<Vec<Versioned>, Error> {
        self.0.list(kind, owner).await
    }

    async fn remove(&self, kind: RecordKind, owner: &str, id: &str) -> Result<bool, Error> {
        self.0.remove(kind, owner, id).await
    }

    async fn remove_by_owner(&self, kind: RecordKind, owner: &str) -> Result<u64, Error> {
        self.0.remove_by_owner(kind, owner).await
    }

    async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        self.0.purge_expired(now, limit).await
    }

    async fn count_by_digest_key(&self) -> Result<BTreeMap<u32, u64>, Error> {
        self.0.count_by_digest_key().await
    }

    fn purges_itself(&self) -> bool {
        self.0.purges_itself()
    }
}
