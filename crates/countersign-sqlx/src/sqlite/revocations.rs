//! [`RevocationStore`] on SQLite.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use countersign_revocation::{
    Check, Counts, Error, MaybeReady, Purged, RetainUntil, RevocationStore, SUBJECT_TAG, Target, Verdict,
    cutoff, next_subject_version,
};
use time::OffsetDateTime;

use super::store::Shared;
use super::transaction::{begin, settings};
use crate::error::Failure;
use crate::row::{Asked, count, end, in_time, limit, name, unsigned};

/// How many rows a purge removes in one transaction, so that other writers wait only briefly.
const CHUNK: usize = 500;

/// The table of what is revoked, in a [`SqliteStore`](crate::SqliteStore). Cheap to clone.
#[derive(Clone)]
pub struct SqliteRevocationStore {
    shared: Arc<Shared>,
}

impl SqliteRevocationStore {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    async fn check_now(&self, check: &Check<'_>, now: OffsetDateTime) -> Result<Verdict, Failure> {
        let asked = Asked::by(check, name);
        let keys = asked.keys();
        let statement = self.shared.sql.check(keys.len());
        let mut query = sqlx::query_as(statement).bind(now.unix_timestamp().max(0));
        for key in keys {
            query = query.bind(key.to_vec());
        }
        asked.verdict(&query.fetch_all(&self.shared.pool).await?)
    }

    async fn revoke_now(&self, name: Vec<u8>, until: RetainUntil) -> Result<(), Failure> {
        let mut transaction = begin(&self.shared.pool).await?;
        settings(&mut transaction).await?;
        let statement = self.shared.sql.revoke.clone();
        sqlx::query(statement).bind(name).bind(end(until)).execute(&mut *transaction).await?;
        Ok(transaction.commit().await?)
    }

    async fn revoke_subject_now(
        &self,
        name: Vec<u8>,
        until: RetainUntil,
        (least, cutoff): (u64, i64),
    ) -> Result<u64, Failure> {
        let mut transaction = begin(&self.shared.pool).await?;
        settings(&mut transaction).await?;
        let statement = self.shared.sql.revoke_subject.clone();
        let query = sqlx::query_scalar(statement)
            .bind(name)
            .bind(end(until))
            .bind(i64::try_from(least).unwrap_or(i64::MAX))
            .bind(cutoff);
        let version = query.fetch_one(&mut *transaction).await?;
        transaction.commit().await?;
        unsigned(version)
    }

    async fn purge_chunk(&self, now: i64, most: usize) -> Result<usize, Failure> {
        let sql = &self.shared.sql;
        let mut transaction = begin(&self.shared.pool).await?;
        settings(&mut transaction).await?;
        let query = sqlx::query_scalar(sql.purge_revoked.clone()).bind(now).bind(limit(most));
        let versions: Vec<i64> = query.fetch_all(&mut *transaction).await?;
        if let Some(highest) = versions.iter().max().filter(|highest| **highest > 0) {
            sqlx::query(sql.raise_floor.clone()).bind(*highest).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok(versions.len())
    }

    async fn purge_now(&self, now: OffsetDateTime, most: usize) -> Result<Purged, Failure> {
        let now = now.unix_timestamp().max(0);
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

    async fn count_now(&self) -> Result<Counts, Failure> {
        let query = sqlx::query_as(self.shared.sql.count_revoked.clone());
        let rows: Vec<(String, i64)> = query.fetch_all(&self.shared.pool).await?;
        let mut counts = Counts::default();
        for (tag, number) in rows {
            count(&mut counts, u8::from_str_radix(&tag, 16).unwrap_or(0), unsigned(number)?);
        }
        Ok(counts)
    }

    async fn subject_version_now(&self, name: Vec<u8>) -> Result<u64, Failure> {
        let query = sqlx::query_scalar(self.shared.sql.subject_version.clone()).bind(name);
        query.fetch_optional(&self.shared.pool).await?.map_or(Ok(0), unsigned)
    }
}

impl fmt::Debug for SqliteRevocationStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SqliteRevocationStore")
    }
}

impl RevocationStore for SqliteRevocationStore {
    async fn revoke(&self, issuer: &str, target: Target<'_>, until: RetainUntil) -> Result<(), Error> {
        let (tag, bytes) = target.name();
        Ok(in_time(self.shared.timeout, self.revoke_now(name(issuer, tag, bytes), until)).await?)
    }

    async fn revoke_subject(
        &self,
        issuer: &str,
        sub: &str,
        until: RetainUntil,
        now: OffsetDateTime,
        skew: Duration,
    ) -> Result<u64, Error> {
        let name = name(issuer, SUBJECT_TAG, sub.as_bytes());
        let least = (next_subject_version(0, now), cutoff(now, skew));
        Ok(in_time(self.shared.timeout, self.revoke_subject_now(name, until, least)).await?)
    }

    async fn subject_version(&self, issuer: &str, sub: &str) -> Result<u64, Error> {
        let name = name(issuer, SUBJECT_TAG, sub.as_bytes());
        Ok(in_time(self.shared.timeout, self.subject_version_now(name)).await?)
    }

    fn check<'a>(
        &'a self,
        check: &'a Check<'a>,
        now: OffsetDateTime,
    ) -> MaybeReady<impl Future<Output = Result<Verdict, Error>> + Send + 'a> {
        MaybeReady::Wait(async move { Ok(in_time(self.shared.timeout, self.check_now(check, now)).await?) })
    }

    async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        Ok(self.purge_now(now, limit).await?)
    }

    async fn count(&self) -> Result<Counts, Error> {
        Ok(in_time(self.shared.timeout, self.count_now()).await?)
    }
}
