//! [`TokenStore`] on SQLite. No rule is here: what a record means is for `countersign-token-store` to decide.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use countersign_random::KeyedDigest;
use countersign_token_store::{Error, Purged, Record, RecordKind, TokenStore, Version, Versioned};
use sqlx::SqliteConnection;
use time::OffsetDateTime;

use super::sql::Sql;
use super::store::Shared;
use super::transaction::{begin, recount, settings};
use crate::error::Failure;
use crate::row::{Columns, in_time, key_id, limit, milliseconds, readable, unsigned, version, versioned};

/// How many rows a purge removes in one transaction, so that other writers wait only briefly.
const CHUNK: usize = 200;

/// Tokens and sessions, in a [`SqliteStore`](crate::SqliteStore). Cheap to clone.
#[derive(Clone)]
pub struct SqliteTokenStore {
    shared: Arc<Shared>,
}

async fn next_version(connection: &mut SqliteConnection, sql: &Sql) -> Result<i64, Failure> {
    Ok(sqlx::query_scalar(sql.next_version.clone()).fetch_one(connection).await?)
}

async fn insert(connection: &mut SqliteConnection, sql: &Sql, record: &Record) -> Result<(), Failure> {
    let columns = Columns::of(record)?;
    let version = next_version(connection, sql).await?;
    let query = sqlx::query(sql.insert.clone())
        .bind(record.kind().as_str())
        .bind(record.id().to_owned())
        .bind(record.owner().to_owned())
        .bind(columns.digest_key)
        .bind(columns.digest)
        .bind(columns.counted_key)
        .bind(columns.ends_at)
        .bind(version)
        .bind(columns.body);
    query.execute(&mut *connection).await?;
    recount(connection, sql, &[(columns.counted_key, 1)]).await
}

async fn replace(
    connection: &mut SqliteConnection,
    sql: &Sql,
    (of, next): (Version, &Record),
) -> Result<bool, Failure> {
    let (kind, id) = (next.kind().as_str(), next.id().to_owned());
    let query = sqlx::query_scalar(sql.counted_key.clone()).bind(kind).bind(id.clone()).bind(version(of));
    let Some(before) = query.fetch_optional(&mut *connection).await? else { return Ok(false) };
    let columns = Columns::of(next)?;
    let version = next_version(connection, sql).await?;
    let query = sqlx::query(sql.replace.clone())
        .bind(kind)
        .bind(id)
        .bind(columns.digest_key)
        .bind(columns.digest)
        .bind(columns.counted_key)
        .bind(columns.ends_at)
        .bind(version)
        .bind(columns.body);
    query.execute(&mut *connection).await?;
    recount(connection, sql, &[(before, -1), (columns.counted_key, 1)]).await?;
    Ok(true)
}

/// Takes removed records, of which these are the counted keys, from the counts.
async fn take(connection: &mut SqliteConnection, sql: &Sql, keys: &[Option<i64>]) -> Result<(), Failure> {
    let changes: Vec<_> = keys.iter().map(|key| (*key, -1)).collect();
    recount(connection, sql, &changes).await
}

impl SqliteTokenStore {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Inserts a record over a connection of the application's own, so that it is committed or rolled back with what
    /// else the transaction writes. Until the commit no other connection finds the record.
    ///
    /// Begin the transaction with `BEGIN IMMEDIATE` (`pool.begin_with("BEGIN IMMEDIATE")`): a transaction that has only
    /// read so far can fail to become one that writes.
    ///
    /// # Errors
    /// As [`insert`](TokenStore::insert). Roll the transaction back then.
    pub async fn insert_in(&self, connection: &mut SqliteConnection, record: &Record) -> Result<(), Error> {
        settings(connection).await?;
        Ok(insert(connection, &self.shared.sql, record).await?)
    }

    async fn insert_now(&self, record: &Record) -> Result<(), Failure> {
        let mut transaction = begin(&self.shared.pool).await?;
        settings(&mut transaction).await?;
        insert(&mut transaction, &self.shared.sql, record).await?;
        Ok(transaction.commit().await?)
    }

    async fn find_now(
        &self,
        kind: RecordKind,
        digests: &[KeyedDigest],
    ) -> Result<Option<Versioned>, Failure> {
        for asked in digests {
            let query = sqlx::query_as(self.shared.sql.find.clone())
                .bind(kind.as_str())
                .bind(i64::from(asked.key_id))
                .bind(asked.digest.as_bytes().to_vec());
            if let Some(row) = query.fetch_optional(&self.shared.pool).await? {
                return versioned(kind, row).map(Some);
            }
        }
        Ok(None)
    }

    async fn get_now(&self, kind: RecordKind, id: &str) -> Result<Option<Versioned>, Failure> {
        let query = sqlx::query_as(self.shared.sql.get.clone()).bind(kind.as_str()).bind(id.to_owned());
        query.fetch_optional(&self.shared.pool).await?.map_or(Ok(None), |row| readable(kind, row))
    }

    async fn list_now(&self, kind: RecordKind, owner: &str) -> Result<Vec<Versioned>, Failure> {
        let query = sqlx::query_as(self.shared.sql.list.clone()).bind(kind.as_str()).bind(owner.to_owned());
        let rows = query.fetch_all(&self.shared.pool).await?;
        rows.into_iter().filter_map(|row| readable(kind, row).transpose()).collect()
    }

    async fn replace_now(&self, changes: &[(Version, Record)]) -> Result<Vec<bool>, Failure> {
        let mut transaction = begin(&self.shared.pool).await?;
        settings(&mut transaction).await?;
        let mut replaced = Vec::with_capacity(changes.len());
        for (version, next) in changes {
            replaced.push(replace(&mut transaction, &self.shared.sql, (*version, next)).await?);
        }
        transaction.commit().await?;
        Ok(replaced)
    }

    async fn remove_now(&self, kind: RecordKind, owner: &str, id: Option<&str>) -> Result<u64, Failure> {
        let sql = &self.shared.sql;
        let mut transaction = begin(&self.shared.pool).await?;
        settings(&mut transaction).await?;
        let statement = if id.is_some() { &sql.remove } else { &sql.remove_by_owner };
        let mut query = sqlx::query_scalar(statement.clone()).bind(kind.as_str()).bind(owner.to_owned());
        if let Some(id) = id {
            query = query.bind(id.to_owned());
        }
        let keys: Vec<Option<i64>> = query.fetch_all(&mut *transaction).await?;
        take(&mut transaction, sql, &keys).await?;
        transaction.commit().await?;
        Ok(u64::try_from(keys.len()).unwrap_or(u64::MAX))
    }

    async fn purge_chunk(&self, now: i64, most: usize) -> Result<usize, Failure> {
        let sql = &self.shared.sql;
        let mut transaction = begin(&self.shared.pool).await?;
        settings(&mut transaction).await?;
        let query = sqlx::query_scalar(sql.purge.clone()).bind(now).bind(limit(most));
        let keys: Vec<Option<i64>> = query.fetch_all(&mut *transaction).await?;
        take(&mut transaction, sql, &keys).await?;
        transaction.commit().await?;
        Ok(keys.len())
    }

    async fn purge_now(&self, now: OffsetDateTime, most: usize) -> Result<Purged, Failure> {
        let now = milliseconds(now);
        let mut removed = 0_usize;
        while removed < most {
            let asked = most.saturating_sub(removed).min(CHUNK);
            let gone = in_time(self.shared.timeout, self.purge_chunk(now, asked)).await?;
            removed = removed.saturating_add(gone);
            if gone < asked {
                break;
            }
        }
        Ok(Purged { removed, more: removed >= most })
    }

    async fn count_now(&self) -> Result<BTreeMap<u32, u64>, Failure> {
        let query = sqlx::query_as(self.shared.sql.count_by_digest_key.clone());
        let rows: Vec<(i64, i64)> = query.fetch_all(&self.shared.pool).await?;
        rows.into_iter().map(|(key, records)| Ok((key_id(key)?, unsigned(records)?))).collect()
    }
}

impl fmt::Debug for SqliteTokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SqliteTokenStore")
    }
}

impl TokenStore for SqliteTokenStore {
    async fn insert(&self, record: Record) -> Result<(), Error> {
        Ok(in_time(self.shared.timeout, self.insert_now(&record)).await?)
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
        Ok(in_time(self.shared.timeout, self.replace_now(&changes)).await?)
    }

    async fn list(&self, kind: RecordKind, owner: &str) -> Result<Vec<Versioned>, Error> {
        Ok(in_time(self.shared.timeout, self.list_now(kind, owner)).await?)
    }

    async fn remove(&self, kind: RecordKind, owner: &str, id: &str) -> Result<bool, Error> {
        Ok(in_time(self.shared.timeout, self.remove_now(kind, owner, Some(id))).await? > 0)
    }

    async fn remove_by_owner(&self, kind: RecordKind, owner: &str) -> Result<u64, Error> {
        Ok(in_time(self.shared.timeout, self.remove_now(kind, owner, None)).await?)
    }

    async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        Ok(self.purge_now(now, limit).await?)
    }

    async fn count_by_digest_key(&self) -> Result<BTreeMap<u32, u64>, Error> {
        Ok(in_time(self.shared.timeout, self.count_now()).await?)
    }
}
