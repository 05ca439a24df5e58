//! [`TokenStore`] on Redis: steps on records. The rules are in `TokenStoreExt`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use countersign_random::KeyedDigest;
use countersign_token_store::{Error, Purged, Record, RecordKind, TokenStore, Version, Versioned};
use futures_util::future::try_join_all;
use redis::{Value, from_redis_value};
use time::OffsetDateTime;

use crate::error::Failure;
use crate::layout::Bucket;
use crate::place::Group;
use crate::script::{COUNT, Call};
use crate::shared::Shared;
use crate::stored::Stored;

/// Tokens and sessions, in a [`RedisStore`](crate::RedisStore).
#[derive(Clone)]
pub struct RedisTokenStore {
    shared: Arc<Shared>,
}

impl RedisTokenStore {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }
}

impl Shared {
    /// Adds up the counts that the buckets keep.
    async fn count_by_digest_key(&self) -> Result<BTreeMap<u32, u64>, Failure> {
        let count = async |bucket: Bucket| {
            let call = Call::in_bucket(&COUNT, self.layout.counts(bucket).into(), bucket);
            let counts = self.run_only(&call).await?;
            if let Value::BulkString(_) | Value::SimpleString(_) = counts {
                return Err(Failure::Corrupt);
            }
            from_redis_value::<Vec<(String, u64)>>(counts).map_err(|_| Failure::Corrupt)
        };
        let mut sums = BTreeMap::new();
        for (key, count) in try_join_all(Bucket::tokens().map(count)).await?.into_iter().flatten() {
            let key = u32::from_str_radix(&key, 16).map_err(|_| Failure::Corrupt)?;
            if count > 0 {
                let sum: &mut u64 = sums.entry(key).or_default();
                *sum = sum.saturating_add(count);
            }
        }
        Ok(sums)
    }
}

impl TokenStore for RedisTokenStore {
    async fn insert(&self, record: Record) -> Result<(), Error> {
        Ok(self.shared.insert(&record).await?)
    }

    async fn find(&self, kind: RecordKind, digests: &[KeyedDigest]) -> Result<Option<Versioned>, Error> {
        Ok(self.shared.find(kind, digests).await?.map(Stored::versioned))
    }

    async fn get(&self, kind: RecordKind, id: &str) -> Result<Option<Versioned>, Error> {
        Ok(self.shared.get(kind, id).await?.map(Stored::versioned))
    }

    async fn replace(&self, version: Version, next: Record) -> Result<bool, Error> {
        Ok(self.shared.replace(&[(version, next)]).await? == [true])
    }

    async fn replace_all(&self, changes: Vec<(Version, Record)>) -> Result<Vec<bool>, Error> {
        Ok(self.shared.replace(&changes).await?)
    }

    async fn confirm(&self, kind: RecordKind, owner: &str) -> Result<(), Error> {
        let key = self.shared.layout.records(&Group::new(kind, owner));
        Ok(self.shared.wait_for_replicas(&key).await?)
    }

    async fn list(&self, kind: RecordKind, owner: &str) -> Result<Vec<Versioned>, Error> {
        let records = self.shared.all_records(&Group::new(kind, owner)).await?;
        Ok(records.into_iter().map(Stored::versioned).collect())
    }

    async fn remove(&self, kind: RecordKind, owner: &str, id: &str) -> Result<bool, Error> {
        Ok(self.shared.take(&Group::new(kind, owner), Some(id)).await? > 0)
    }

    async fn remove_by_owner(&self, kind: RecordKind, owner: &str) -> Result<u64, Error> {
        Ok(self.shared.take(&Group::new(kind, owner), None).await?)
    }

    /// Does nothing: the server removes expired records by itself.
    async fn purge_expired(&self, _: OffsetDateTime, _: usize) -> Result<Purged, Error> {
        Ok(Purged { removed: 0, more: false })
    }

    /// Asks each of the 256 buckets for its counts, which the scripts keep. A count includes a record until its end and
    /// the collection margin have passed, and an idle session until its absolute end.
    async fn count_by_digest_key(&self) -> Result<BTreeMap<u32, u64>, Error> {
        Ok(self.shared.count_by_digest_key().await?)
    }

    fn purges_itself(&self) -> bool {
        true
    }
}

impl fmt::Debug for RedisTokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedisTokenStore")
    }
}
