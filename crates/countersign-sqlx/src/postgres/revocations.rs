//! [`RevocationStore`] on PostgreSQL: each operation is one statement, but for the two of a purge.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use countersign_revocation::{
    Check, Counts, Error, MaybeReady, Purged, RetainUntil, RevocationStore, SUBJECT_TAG, Target, Verdict,
    cutoff, next_subject_version,
};
use time::OffsetDateTime;

use super::key;
use super::store::Shared;
use crate::error::Failure;
use crate::row::{Asked, count, end, in_time, limit, name, unsigned};

/// A row of a check, which says first whether the server is a standby.
type Checked = (bool, Option<Vec<u8>>, Option<i64>, Option<i64>);

/// The table of what is revoked, in a [`PostgresStore`](crate::PostgresStore). Cheap to clone.
#[derive(Clone)]
pub struct PostgresRevocationStore {
    shared: Arc<Shared>,
}

impl PostgresRevocationStore {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    async fn check_now(&self, check: &Check<'_>, now: OffsetDateTime) -> Result<Verdict, Failure> {
        let asked = Asked::by(check, key::revoked);
        let keys: Vec<_> = asked.keys().into_iter().map(<[u8]>::to_vec).collect();
        let query =
            sqlx::query_as(self.shared.sql.check.clone()).bind(keys).bind(now.unix_timestamp().max(0));
        let answer: Vec<Checked> = query.fetch_all(&self.shared.pool).await?;
        let mut rows = Vec::with_capacity(answer.len());
        for (is_standby, key, subject_version, cutoff) in answer {
            key::from_primary(is_standby)?;
            if let (Some(key), Some(subject_version), Some(cutoff)) = (key, subject_version, cutoff) {
                rows.push((key, subject_version, cutoff));
            }
        }
        asked.verdict(&rows)
    }

    async fn revoke_now(&self, issuer: &str, target: Target<'_>, until: RetainUntil) -> Result<(), Failure> {
        let (tag, bytes) = target.name();
        let query = sqlx::query(self.shared.sql.revoke.clone())
            .bind(key::revoked(issuer, tag, bytes))
            .bind(name(issuer, tag, bytes))
            .bind(end(until));
        query.execute(&self.shared.pool).await?;
        Ok(())
    }

    async fn revoke_subject_now(
        &self,
        (issuer, sub): (&str, &str),
        until: RetainUntil,
        (least, cutoff): (u64, i64),
    ) -> Result<u64, Failure> {
        let query = sqlx::query_scalar(self.shared.sql.revoke_subject.clone())
            .bind(key::revoked(issuer, SUBJECT_TAG, sub.as_bytes()))
            .bind(name(issuer, SUBJECT_TAG, sub.as_bytes()))
            .bind(end(until))
            .bind(i64::try_from(least).unwrap_or(i64::MAX))
            .bind(cutoff);
        unsigned(query.fetch_one(&self.shared.pool).await?)
    }

    async fn subject_version_now(&self, key: Vec<u8>) -> Result<u64, Failure> {
        let query = sqlx::query_as(self.shared.sql.subject_version.clone()).bind(key);
        let (is_standby, version): (bool, Option<i64>) = query.fetch_one(&self.shared.pool).await?;
        key::from_primary(is_standby)?;
        version.map_or(Ok(0), unsigned)
    }

    async fn purge_now(&self, now: OffsetDateTime, most: usize) -> Result<Purged, Failure> {
        let now = now.unix_timestamp().max(0);
        let mut removed = 0_usize;
        for statement in [&self.shared.sql.purge_revoked, &self.shared.sql.purge_subjects] {
            let room = most.saturating_sub(removed);
            if room > 0 {
                let query = sqlx::query(statement.clone()).bind(now).bind(limit(room));
                let gone = query.execute(&self.shared.pool).await?.rows_affected();
                removed = removed.saturating_add(usize::try_from(gone).unwrap_or(usize::MAX));
            }
        }
        Ok(Purged { removed, more: removed >= most })
    }

    async fn count_now(&self) -> Result<Counts, Failure> {
        let query = sqlx::query_as(self.shared.sql.count_revoked.clone());
        let rows: Vec<(bool, Option<i32>, Option<i64>)> = query.fetch_all(&self.shared.pool).await?;
        let mut counts = Counts::default();
        for (is_standby, tag, number) in rows {
            key::from_primary(is_standby)?;
            if let (Some(tag), Some(number)) = (tag, number) {
                count(&mut counts, u8::try_from(tag).unwrap_or(0), unsigned(number)?);
            }
        }
        Ok(counts)
    }
}

impl fmt::Debug for PostgresRevocationStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgresRevocationStore")
    }
}

impl RevocationStore for PostgresRevocationStore {
    async fn revoke(&self, issuer: &str, target: Target<'_>, until: RetainUntil) -> Result<(), Error> {
        Ok(in_time(self.shared.timeout, self.revoke_now(issuer, target, until)).await?)
    }

    async fn revoke_subject(
        &self,
        issuer: &str,
        sub: &str,
        until: RetainUntil,
        now: OffsetDateTime,
        skew: Duration,
    ) -> Result<u64, Error> {
        let least = (next_subject_version(0, now), cutoff(now, skew));
        Ok(in_time(self.shared.timeout, self.revoke_subject_now((issuer, sub), until, least)).await?)
    }

    async fn subject_version(&self, issuer: &str, sub: &str) -> Result<u64, Error> {
        let key = key::revoked(issuer, SUBJECT_TAG, sub.as_bytes());
        Ok(in_time(self.shared.timeout, self.subject_version_now(key)).await?)
    }

    fn check<'a>(
        &'a self,
        check: &'a Check<'a>,
        now: OffsetDateTime,
    ) -> MaybeReady<impl Future<Output = Result<Verdict, Error>> + Send + 'a> {
        MaybeReady::Wait(async move { Ok(in_time(self.shared.timeout, self.check_now(check, now)).await?) })
    }

    async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        Ok(in_time(self.shared.timeout, self.purge_now(now, limit)).await?)
    }

    async fn count(&self) -> Result<Counts, Error> {
        Ok(in_time(self.shared.timeout, self.count_now()).await?)
    }
}
