//! Both stores on SQLite. Each operation is one statement, except a purge of revocations.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use countersign_random::KeyedDigest;
use countersign_revocation::{
    Check, Counts, MaybeReady, RetainUntil, RevocationStore, SUBJECT_TAG, Target, Verdict, cutoff,
    next_subject_version,
};
use countersign_token_store::{Error, Purged, Record, RecordKind, TokenStore, Version, Versioned};
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Row as _, Sqlite, SqliteConnection, SqlitePool};
use time::OffsetDateTime;

use crate::error::{Failure, MigrateError};
use crate::row::{self, Asked, Columns};

const MIGRATION_1: &str = include_str!("../migrations/sqlite/0001_tables.sql");
const KNOWN: i64 = 1;
const INSERT: &str = "INSERT INTO countersign_records (kind, id, owner, digest_key, digest, counted_key, ends_at, body) \
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";

/// Tokens, sessions and revocations in an SQLite database. Cheap to clone.
#[derive(Clone)]
pub struct SqliteStore {
    pool: SqlitePool,
    prefix: Arc<str>,
}

impl SqliteStore {
    /// Uses the application's pool. The tables have the prefix `countersign_`.
    #[must_use]
    pub fn from_pool(pool: SqlitePool) -> Self {
        Self { pool, prefix: "countersign_".into() }
    }

    /// Sets the prefix of the tables: 1 to 32 ASCII letters, digits or `_`, of which the first is a letter.
    ///
    /// # Errors
    /// [`Options`](crate::MigrateErrorKind::Options): SQLite would need quotes for that prefix.
    pub fn table_prefix(mut self, prefix: &str) -> Result<Self, MigrateError> {
        let is_plain = prefix.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        // SQLite keeps names that begin with `sqlite_` for itself.
        let is_free = prefix.starts_with(|c: char| c.is_ascii_alphabetic())
            && !prefix.to_ascii_lowercase().starts_with("sqlite_");
        if !is_plain || !is_free || prefix.len() > 32 {
            return Err(Failure::Prefix.into());
        }
        self.prefix = prefix.into();
        Ok(self)
    }

    fn sql(&self, text: &str) -> AssertSqlSafe<String> {
        AssertSqlSafe(text.replace("countersign_", &self.prefix))
    }

    /// Returns a connection whose commits are durable before the call returns.
    async fn writer(&self) -> Result<PoolConnection<Sqlite>, Failure> {
        let mut connection = self.pool.acquire().await?;
        demand(&mut connection).await?;
        Ok(connection)
    }

    /// Creates the tables, or brings them up to date. Any number of processes may call it at once.
    ///
    /// # Errors
    /// See [`MigrateErrorKind`](crate::MigrateErrorKind).
    pub async fn migrate(&self) -> Result<(), MigrateError> {
        Ok(self.migrate_now().await?)
    }

    async fn migrate_now(&self) -> Result<(), Failure> {
        drop(self.writer().await?);
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let exists = "SELECT count(*) FROM sqlite_schema WHERE name = 'countersign_numbers'";
        let exists: i64 = sqlx::query_scalar(self.sql(exists)).fetch_one(&mut *transaction).await?;
        if exists > 0 {
            let version = "SELECT value FROM countersign_numbers WHERE name = 'version'";
            let found: i64 = sqlx::query_scalar(self.sql(version)).fetch_one(&mut *transaction).await?;
            return if found == KNOWN {
                Ok(())
            } else {
                Err(Failure::UnknownVersion { found, known: KNOWN })
            };
        }
        sqlx::raw_sql(self.sql(MIGRATION_1)).execute(&mut *transaction).await?;
        Ok(transaction.commit().await?)
    }

    /// Inserts records inside the application's own transaction.
    pub fn in_transaction<'a>(&'a self, connection: &'a mut SqliteConnection) -> SqliteInserter<'a> {
        SqliteInserter { store: self, connection }
    }

    async fn check_now(&self, check: &Check<'_>, now: OffsetDateTime) -> Result<Verdict, Failure> {
        let asked = Asked::new(check);
        let keys = asked.keys();
        let places = vec!["?"; keys.len()].join(", ");
        let sql = format!(
            "SELECT key, subject_version, cutoff FROM countersign_revoked WHERE until > ? AND key IN ({places})"
        );
        let mut query = sqlx::query_as(self.sql(&sql)).bind(now.unix_timestamp().max(0));
        for key in keys {
            query = query.bind(key);
        }
        asked.verdict(&query.fetch_all(&self.pool).await?)
    }

    async fn purge_revoked(&self, now: OffsetDateTime, most: usize) -> Result<usize, Failure> {
        drop(self.writer().await?);
        let now = now.unix_timestamp().max(0);
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let floor = "UPDATE countersign_numbers SET value = max(value, (SELECT coalesce(max(subject_version), 0) FROM \
            (SELECT subject_version FROM countersign_revoked WHERE until <= ?1 ORDER BY until, key LIMIT ?2))) \
            WHERE name = 'subject-version-floor'";
        let delete = "DELETE FROM countersign_revoked WHERE key IN \
            (SELECT key FROM countersign_revoked WHERE until <= ?1 ORDER BY until, key LIMIT ?2)";
        sqlx::query(self.sql(floor)).bind(now).bind(row::limit(most)).execute(&mut *transaction).await?;
        let done =
            sqlx::query(self.sql(delete)).bind(now).bind(row::limit(most)).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(usize::try_from(done.rows_affected()).unwrap_or(usize::MAX))
    }

    async fn records(&self, kind: RecordKind, rest: &str, value: Vec<u8>) -> Result<Vec<Versioned>, Error> {
        let sql = format!("SELECT version, body FROM countersign_records WHERE kind = ? AND {rest} = ?");
        let rows: Vec<(i64, String)> = sqlx::query_as(self.sql(&sql))
            .bind(kind.as_str())
            .bind(value)
            .fetch_all(&self.pool)
            .await
            .map_err(Failure::from)?;
        rows.iter().map(|(version, body)| row::versioned(kind, *version, body)).collect()
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SqliteStore")
    }
}

impl fmt::Debug for SqliteInserter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SqliteInserter")
    }
}

/// Refuses a connection that can lose what it acknowledges, or that gives up at once if another one writes.
async fn demand(connection: &mut SqliteConnection) -> Result<(), Failure> {
    let asked = "SELECT (SELECT journal_mode FROM pragma_journal_mode), \
        (SELECT synchronous FROM pragma_synchronous), (SELECT timeout FROM pragma_busy_timeout)";
    let (mode, synchronous, timeout): (String, i64, i64) =
        sqlx::query_as(asked).fetch_one(connection).await?;
    match () {
        () if mode != "wal" => Err(Failure::Option("set `journal_mode` to WAL in the pool's options")),
        () if synchronous < 2 => Err(Failure::Option("set `synchronous` to FULL in the pool's options")),
        () if timeout <= 0 => Err(Failure::Option("set `busy_timeout` above zero in the pool's options")),
        () => Ok(()),
    }
}

/// Inserts records on a connection of the application, for example in its transaction.
pub struct SqliteInserter<'a> {
    store: &'a SqliteStore,
    connection: &'a mut SqliteConnection,
}

impl SqliteInserter<'_> {
    /// Inserts a token or a session. It works once the application has committed.
    ///
    /// # Errors
    /// [`Duplicate`](countersign_token_store::ErrorKind::Duplicate) if its id or digest is taken; otherwise the database
    /// cannot answer.
    pub async fn insert(&mut self, record: impl Into<Record>) -> Result<(), Error> {
        demand(self.connection).await?;
        insert(self.store, self.connection, &record.into()).await
    }
}

async fn insert(
    store: &SqliteStore,
    connection: &mut SqliteConnection,
    record: &Record,
) -> Result<(), Error> {
    let columns = Columns::new(record)?;
    let query = sqlx::query(store.sql(INSERT)).bind(columns.kind).bind(columns.id).bind(columns.owner);
    let query = query.bind(columns.digest_key).bind(columns.digest).bind(columns.counted_key);
    let query = query.bind(columns.ends_at).bind(columns.body);
    let done = query.execute(connection).await.map_err(Failure::from)?;
    if done.rows_affected() == 0 { Err(Failure::Duplicate.into()) } else { Ok(()) }
}

impl TokenStore for SqliteStore {
    async fn insert(&self, record: Record) -> Result<(), Error> {
        insert(self, &mut *self.writer().await?, &record).await
    }

    async fn find(&self, kind: RecordKind, digests: &[KeyedDigest]) -> Result<Option<Versioned>, Error> {
        let places = vec!["?"; digests.len()].join(", ");
        let sql = format!(
            "SELECT version, body, digest_key, digest FROM countersign_records WHERE kind = ? AND digest IN ({places})"
        );
        let mut query = sqlx::query_as(self.sql(&sql)).bind(kind.as_str());
        for digest in digests {
            query = query.bind(digest.digest.as_bytes().to_vec());
        }
        let rows: Vec<(i64, String, i64, Vec<u8>)> =
            query.fetch_all(&self.pool).await.map_err(Failure::from)?;
        let found = rows.iter().find(|(_, _, key, digest)| row::is_asked(digests, *key, digest));
        found.map(|(version, body, ..)| row::versioned(kind, *version, body)).transpose()
    }

    async fn get(&self, kind: RecordKind, id: &str) -> Result<Option<Versioned>, Error> {
        Ok(self.records(kind, "id", row::id(id)).await?.pop())
    }

    async fn replace(&self, version: Version, next: Record) -> Result<bool, Error> {
        let columns = Columns::new(&next)?;
        let sql = "UPDATE countersign_records SET digest_key = ?, digest = ?, counted_key = ?, ends_at = ?, body = ?, \
            version = random() WHERE kind = ? AND id = ? AND owner = ? AND version = ?";
        let query = sqlx::query(self.sql(sql)).bind(columns.digest_key).bind(columns.digest);
        let query =
            query.bind(columns.counted_key).bind(columns.ends_at).bind(columns.body).bind(columns.kind);
        let query = query.bind(columns.id).bind(columns.owner).bind(version.0.cast_signed());
        let done = query.execute(&mut *self.writer().await?).await.map_err(Failure::from)?;
        Ok(done.rows_affected() > 0)
    }

    async fn list(&self, kind: RecordKind, owner: &str) -> Result<Vec<Versioned>, Error> {
        self.records(kind, "owner", row::owner(owner)).await
    }

    async fn remove(&self, kind: RecordKind, owner: &str, id: &str) -> Result<bool, Error> {
        let sql = self.sql("DELETE FROM countersign_records WHERE kind = ? AND owner = ? AND id = ?");
        let query = sqlx::query(sql).bind(kind.as_str()).bind(row::owner(owner)).bind(row::id(id));
        let done = query.execute(&mut *self.writer().await?).await.map_err(Failure::from)?;
        Ok(done.rows_affected() > 0)
    }

    async fn remove_by_owner(&self, kind: RecordKind, owner: &str) -> Result<u64, Error> {
        let sql = self.sql("DELETE FROM countersign_records WHERE kind = ? AND owner = ?");
        let query = sqlx::query(sql).bind(kind.as_str()).bind(row::owner(owner));
        Ok(query.execute(&mut *self.writer().await?).await.map_err(Failure::from)?.rows_affected())
    }

    async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        let sql = "DELETE FROM countersign_records WHERE rowid IN \
            (SELECT rowid FROM countersign_records WHERE ends_at <= ? ORDER BY ends_at LIMIT ?)";
        let query = sqlx::query(self.sql(sql)).bind(row::milliseconds(now)).bind(row::limit(limit));
        let done = query.execute(&mut *self.writer().await?).await.map_err(Failure::from)?;
        let removed = usize::try_from(done.rows_affected()).unwrap_or(usize::MAX);
        Ok(Purged { removed, more: removed >= limit })
    }

    async fn count_by_digest_key(&self) -> Result<BTreeMap<u32, u64>, Error> {
        let sql = self.sql("SELECT digest_key, number FROM countersign_counts WHERE number > 0");
        let rows: Vec<(i64, i64)> = sqlx::query_as(sql).fetch_all(&self.pool).await.map_err(Failure::from)?;
        let read = |(key, number): (i64, i64)| {
            let key = u32::try_from(key).map_err(|_| Failure::Corrupt("the id of a digest key is none"))?;
            Ok((key, row::unsigned(number)?))
        };
        rows.into_iter().map(read).collect()
    }
}

impl RevocationStore for SqliteStore {
    async fn revoke(
        &self,
        issuer: &str,
        target: Target<'_>,
        until: RetainUntil,
    ) -> Result<(), countersign_revocation::Error> {
        let (tag, name) = target.name();
        let (key, name) = row::revoked(issuer, tag, name);
        let sql = "INSERT INTO countersign_revoked (key, name, until) VALUES (?, ?, ?) \
            ON CONFLICT (key) DO UPDATE SET until = max(until, excluded.until)";
        let query = sqlx::query(self.sql(sql)).bind(key).bind(name).bind(row::end(until));
        query.execute(&mut *self.writer().await?).await.map_err(Failure::from)?;
        Ok(())
    }

    async fn revoke_subject(
        &self,
        issuer: &str,
        sub: &str,
        until: RetainUntil,
        now: OffsetDateTime,
        skew: Duration,
    ) -> Result<u64, countersign_revocation::Error> {
        let (key, name) = row::revoked(issuer, SUBJECT_TAG, sub.as_bytes());
        let least = i64::try_from(next_subject_version(0, now)).unwrap_or(i64::MAX);
        let sql = "INSERT INTO countersign_revoked (key, name, until, subject_version, cutoff) \
            SELECT ?1, ?2, ?3, max(value + 1, ?4), ?5 FROM countersign_numbers WHERE name = 'subject-version-floor' \
            ON CONFLICT (key) DO UPDATE SET until = max(until, excluded.until), \
            subject_version = max(subject_version + 1, ?4), cutoff = max(cutoff, excluded.cutoff) \
            RETURNING subject_version";
        let query = sqlx::query(self.sql(sql)).bind(key).bind(name).bind(row::end(until));
        let query = query.bind(least).bind(cutoff(now, skew));
        // All rows are read, since SQLite commits when the statement ends.
        let rows = query.fetch_all(&mut *self.writer().await?).await.map_err(Failure::from)?;
        let version = rows.first().ok_or(Failure::Unwritten)?.try_get(0).map_err(Failure::from)?;
        Ok(row::unsigned(version)?)
    }

    async fn subject_version(&self, issuer: &str, sub: &str) -> Result<u64, countersign_revocation::Error> {
        let (key, _) = row::revoked(issuer, SUBJECT_TAG, sub.as_bytes());
        let sql = self.sql("SELECT subject_version FROM countersign_revoked WHERE key = ?");
        let found =
            sqlx::query_scalar(sql).bind(key).fetch_optional(&self.pool).await.map_err(Failure::from)?;
        Ok(row::unsigned(found.unwrap_or(0))?)
    }

    fn check<'a>(
        &'a self,
        check: &'a Check<'a>,
        now: OffsetDateTime,
    ) -> MaybeReady<impl Future<Output = Result<Verdict, countersign_revocation::Error>> + Send + 'a> {
        MaybeReady::Wait(async move { Ok(self.check_now(check, now).await?) })
    }

    async fn purge_expired(
        &self,
        now: OffsetDateTime,
        limit: usize,
    ) -> Result<countersign_revocation::Purged, countersign_revocation::Error> {
        let removed = self.purge_revoked(now, limit).await?;
        Ok(countersign_revocation::Purged { removed, more: removed >= limit })
    }

    async fn count(&self) -> Result<Counts, countersign_revocation::Error> {
        let sql =
            self.sql("SELECT unicode(substr(name, 1, 1)), count(*) FROM countersign_revoked GROUP BY 1");
        let rows: Vec<(i64, i64)> = sqlx::query_as(sql).fetch_all(&self.pool).await.map_err(Failure::from)?;
        let mut counts = Counts::default();
        for (tag, number) in rows {
            row::add(&mut counts, u8::try_from(tag).unwrap_or(0), row::unsigned(number)?);
        }
        Ok(counts)
    }
}
