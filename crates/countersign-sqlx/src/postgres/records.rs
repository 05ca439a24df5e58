//! [`TokenStore`] on PostgreSQL. No rule is here: what a record means is for `countersign-token-store` to decide.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use countersign_random::KeyedDigest;
use countersign_token_store::{Error, Purged, Record, RecordKind, TokenStore, Version, Versioned};
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

use super::store::Shared;
use super::{key, sql::Sql};
use crate::error::Failure;
use crate::row::{Columns, in_time, key_id, limit, milliseconds, readable, unsigned, version, versioned};

/// A record's version and body, behind whether the server is a standby.
type Read = (bool, Option<i64>, Option<String>);

/// Tokens and sessions, in a [`PostgresStore`](crate::PostgresStore). Cheap to clone.
#[derive(Clone)]
pub struct PostgresTokenStore {
    shared: Arc<Shared>,
}

/// The row that a reading statement found, if there is one.
fn found((is_standby, version, body): Read) -> Result<Option<(i64, String)>, Failure> {
    key::from_primary(is_standby)?;
    Ok(version.zip(body))
}

async fn insert(executor: impl PgExecutor<'_>, sql: &Sql, record: &Record) -> Result<(), Failure> {
    let columns = Columns::of(record)?;
    let owner = key::owner(record.kind(), record.owner());
    let lock = key::lock(&owner);
    let query = sqlx::query_scalar(sql.insert.clone())
        .bind(record.kind().as_str())
        .bind(key::id(record.id()))
        .bind(owner)
        .bind(columns.digest_key)
        .bind(columns.digest)
        .bind(columns.counted_key)
        .bind(columns.ends_at)
        .bind(columns.body)
        .bind(lock);
    let inserted: i64 = query.fetch_one(executor).await?;
    if inserted == 1 { Ok(()) } else { Err(Failure::Duplicate) }
}

impl PostgresTokenStore {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Inserts a record over a connection of the application's own, so that it is committed or rolled back with what
    /// else the transaction writes. Until the commit no other connection finds the record, and a removal of all of its
    /// owner's records waits.
    ///
    /// # Errors
    /// As [`insert`](TokenStore::insert). Roll the transaction back then.
    pub async fn insert_in(&self, connection: &mut PgConnection, record: &Record) -> Result<(), Error> {
        Ok(insert(connection, &self.shared.sql, record).await?)
    }

    async fn find_now(
        &self,
        kind: RecordKind,
        digests: &[KeyedDigest],
    ) -> Result<Option<Versioned>, Failure> {
        let keys: Vec<_> = digests.iter().map(|asked| i64::from(asked.key_id)).collect();
        let bytes: Vec<_> = digests.iter().map(|asked| asked.digest.as_bytes().to_vec()).collect();
        let statement = self.shared.sql.find.clone();
        let query = sqlx::query_as(statement).bind(kind.as_str()).bind(keys).bind(bytes);
        let rows: Vec<Read> = query.fetch_all(&self.shared.pool).await?;
        for row in rows {
            if let Some(row) = found(row)? {
                return versioned(kind, row).map(Some);
            }
        }
        Ok(None)
    }

    async fn get_now(&self, kind: RecordKind, id: &str) -> Result<Option<Versioned>, Failure> {
        let query = sqlx::query_as(self.shared.sql.get.clone()).bind(kind.as_str()).bind(key::id(id));
        found(query.fetch_one(&self.shared.pool).await?)?.map_or(Ok(None), |row| readable(kind, row))
    }

    async fn list_now(&self, kind: RecordKind, owner: &str) -> Result<Vec<Versioned>, Failure> {
        let query =
            sqlx::query_as(self.shared.sql.list.clone()).bind(kind.as_str()).bind(key::owner(kind, owner));
        let rows: Vec<Read> = query.fetch_all(&self.shared.pool).await?;
        let mut records = Vec::with_capacity(rows.len());
        for row in rows {
            if let Some(row) = found(row)? {
                records.extend(readable(kind, row)?);
            }
        }
        Ok(records)
    }

    /// Replaces records of one kind, none of them twice, by one statement.
    async fn replace_now(&self, changes: &[(Version, Record)]) -> Result<Vec<bool>, Failure> {
        let Some((_, first)) = changes.first() else { return Ok(Vec::new()) };
        let mut columns = Vec::with_capacity(changes.len());
        for (_, next) in changes {
            columns.push(Columns::of(next)?);
        }
        let ids: Vec<_> = changes.iter().map(|(_, next)| key::id(next.id())).collect();
        let query = sqlx::query_scalar(self.shared.sql.replace.clone())
            .bind(first.kind().as_str())
            .bind(ids.clone())
            .bind(changes.iter().map(|(of, _)| version(*of)).collect::<Vec<_>>())
            .bind(columns.iter().map(|columns| columns.digest_key).collect::<Vec<_>>())
            .bind(columns.iter().map(|columns| columns.digest.clone()).collect::<Vec<_>>())
            .bind(columns.iter().map(|columns| columns.counted_key).collect::<Vec<_>>())
            .bind(columns.iter().map(|columns| columns.ends_at).collect::<Vec<_>>())
            .bind(columns.into_iter().map(|columns| columns.body).collect::<Vec<_>>());
        let replaced: Vec<Vec<u8>> = query.fetch_all(&self.shared.pool).await?;
        let replaced: BTreeSet<_> = replaced.into_iter().collect();
        Ok(ids.iter().map(|id| replaced.contains(id)).collect())
    }

    async fn replace_each(&self, changes: &[(Version, Record)]) -> Result<Vec<bool>, Failure> {
        let kinds: BTreeSet<_> = changes.iter().map(|(_, next)| next.kind()).collect();
        let ids: BTreeSet<_> = changes.iter().map(|(_, next)| next.id()).collect();
        if kinds.len() <= 1 && ids.len() == changes.len() {
            return self.replace_now(changes).await;
        }
        let mut replaced = Vec::with_capacity(changes.len());
        for change in changes {
            replaced.extend(self.replace_now(std::slice::from_ref(change)).await?);
        }
        Ok(replaced)
    }

    async fn remove_now(&self, kind: RecordKind, owner: &str, id: &str) -> Result<bool, Failure> {
        let query = sqlx::query_scalar(self.shared.sql.remove.clone())
            .bind(kind.as_str())
            .bind(key::owner(kind, owner))
            .bind(key::id(id));
        let removed: i64 = query.fetch_one(&self.shared.pool).await?;
        Ok(removed > 0)
    }

    async fn remove_by_owner_now(&self, kind: RecordKind, owner: &str) -> Result<u64, Failure> {
        let Shared { pool, sql, .. } = &*self.shared;
        let owner = key::owner(kind, owner);
        // At this isolation the statement after the lock sees what was committed before the lock was given.
        let mut transaction = pool.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED").await?;
        let lock = key::lock(&owner);
        sqlx::query(sql.take_alone.clone()).bind(lock).execute(&mut *transaction).await?;
        let query = sqlx::query_scalar(sql.remove_by_owner.clone()).bind(kind.as_str()).bind(owner);
        let removed = query.fetch_one(&mut *transaction).await?;
        transaction.commit().await?;
        unsigned(removed)
    }

    async fn purge_now(&self, now: OffsetDateTime, most: usize) -> Result<Purged, Failure> {
        let Shared { pool, sql, .. } = &*self.shared;
        let query = sqlx::query_scalar(sql.purge.clone()).bind(milliseconds(now)).bind(limit(most));
        let removed: i64 = query.fetch_one(pool).await?;
        sqlx::query(sql.add_up.clone()).execute(pool).await?;
        let removed = usize::try_from(removed).unwrap_or(usize::MAX);
        Ok(Purged { removed, more: removed >= most })
    }

    async fn count_now(&self) -> Result<BTreeMap<u32, u64>, Failure> {
        let Shared { pool, sql, .. } = &*self.shared;
        sqlx::query(sql.add_up.clone()).execute(pool).await?;
        let query = sqlx::query_as(sql.count_by_digest_key.clone());
        let rows: Vec<(bool, Option<i64>, Option<i64>)> = query.fetch_all(pool).await?;
        let mut counts = BTreeMap::new();
        for (is_standby, digest_key, records) in rows {
            key::from_primary(is_standby)?;
            if let (Some(digest_key), Some(records)) = (digest_key, records) {
                counts.insert(key_id(digest_key)?, unsigned(records)?);
            }
        }
        Ok(counts)
    }
}

impl fmt::Debug for PostgresTokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgresTokenStore")
    }
}

impl TokenStore for PostgresTokenStore {
    async fn insert(&self, record: Record) -> Result<(), Error> {
        Ok(in_time(self.shared.timeout, insert(&self.shared.pool, &self.shared.sql, &record)).await?)
    }

    async fn find(&self, kind: RecordKind, digests: &[KeyedDigest]) -> Result<Option<Versioned>, Error> {
        Ok(in_time(self.shared.timeout, self.find_now(kind, digests)).await?)
    }

    async fn get(&self, kind: RecordKind, id: &str) -> Result<Option<Versioned>, Error> {
        Ok(in_time(self.shared.timeout, self.get_now(kind, id)).await?)
    }

    async fn replace(&self, version: Version, next: Record) -> Result<bool, Error> {
        let replaced = in_time(self.shared.timeout, self.replace_now(&[(version, next)])).await?;
        Ok(replaced == [true])
    }

    async fn replace_all(&self, changes: Vec<(Version, Record)>) -> Result<Vec<bool>, Error> {
        Ok(in_time(self.shared.timeout, self.replace_each(&changes)).await?)
    }

    async fn list(&self, kind: RecordKind, owner: &str) -> Result<Vec<Versioned>, Error> {
        Ok(in_time(self.shared.timeout, self.list_now(kind, owner)).await?)
    }

    async fn remove(&self, kind: RecordKind, owner: &str, id: &str) -> Result<bool, Error> {
        Ok(in_time(self.shared.timeout, self.remove_now(kind, owner, id)).await?)
    }

    async fn remove_by_owner(&self, kind: RecordKind, owner: &str) -> Result<u64, Error> {
        Ok(in_time(self.shared.timeout, self.remove_by_owner_now(kind, owner)).await?)
    }

    async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        Ok(in_time(self.shared.timeout, self.purge_now(now, limit)).await?)
    }

    async fn count_by_digest_key(&self) -> Result<BTreeMap<u32, u64>, Error> {
        Ok(in_time(self.shared.timeout, self.count_now()).await?)
    }
}
