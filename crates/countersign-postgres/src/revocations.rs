//! [`RevocationStore`] on PostgreSQL: each operation is one statement, but for the two of a purge.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use countersign_revocation::{
    Check, Counts, Error, MaybeReady, Purged, RetainUntil, RevocationStore, SUBJECT_TAG, Scope, Target,
    Verdict, cutoff, next_subject_version,
};
use time::OffsetDateTime;
use tokio::sync::oneshot;

use crate::database::Retry;
use crate::error::Failure;
use crate::parameter::{Hidden, limit, revoked_key, revoked_name};
use crate::store::Shared;
use crate::tokens::column;

/// The table of what is revoked, in a [`PostgresStore`](crate::PostgresStore). Cheap to clone.
///
/// A check is one round trip. Revocations and checks are repeated on another connection where one was cut.
pub struct PostgresRevocationStore {
    shared: Arc<Shared>,
    /// The driver of the replica that this is the engine of ends when this is dropped.
    _driver: Option<oneshot::Sender<()>>,
}

impl PostgresRevocationStore {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, _driver: None }
    }

    pub(crate) fn with_driver(shared: Arc<Shared>, driver: oneshot::Sender<()>) -> Self {
        Self { shared, _driver: Some(driver) }
    }

    async fn check_now(&self, check: &Check<'_>, now: OffsetDateTime) -> Result<Verdict, Failure> {
        let keys: Vec<_> = check
            .targets()
            .map(|target| {
                let (tag, name) = target.name();
                (target.scope(), revoked_key(check.issuer(), tag, name))
            })
            .collect();
        let subject = check
            .asked_subject()
            .map(|(sub, version)| (revoked_key(check.issuer(), SUBJECT_TAG, sub.as_bytes()), version));
        let asked: Vec<&[u8]> = keys
            .iter()
            .map(|(_, key)| key.as_slice())
            .chain(subject.iter().map(|(key, _)| key.as_slice()))
            .collect();
        let now = now.unix_timestamp().max(0);
        let rows =
            self.shared.database.query(&self.shared.sql.check, &[&Hidden(asked), &now], Retry::Safe).await?;
        let mut widest: Option<Scope> = None;
        for row in rows {
            let key: &[u8] = column(&row, 0)?;
            let scope = match &subject {
                Some((subject, version)) if subject == key => {
                    let subject_version = unsigned(column(&row, 1)?)?;
                    let cutoff = column(&row, 2)?;
                    version.is_dead(subject_version, cutoff).then_some(Scope::Subject)
                }
                _ => keys.iter().find(|(_, asked)| asked == key).map(|(scope, _)| *scope),
            };
            // The widest comes first in their order.
            widest = widest.into_iter().chain(scope).min();
        }
        Ok(widest.map_or(Verdict::NotRevoked, Verdict::Revoked))
    }

    async fn revoke_now(&self, issuer: &str, target: Target<'_>, until: RetainUntil) -> Result<(), Failure> {
        let (tag, name) = target.name();
        let (key, name) = (revoked_key(issuer, tag, name), revoked_name(issuer, tag, name));
        let Shared { database, sql, .. } = &*self.shared;
        let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
            [&Hidden(key.as_slice()), &Hidden(name), &end(until)];
        database.change_and_tell(&sql.revoke, &parameters, &sql.notify).await?;
        Ok(())
    }

    async fn revoke_subject_now(
        &self,
        issuer: &str,
        sub: &str,
        until: RetainUntil,
        now: OffsetDateTime,
        cutoff: i64,
    ) -> Result<u64, Failure> {
        let key = revoked_key(issuer, SUBJECT_TAG, sub.as_bytes());
        let name = revoked_name(issuer, SUBJECT_TAG, sub.as_bytes());
        let least = i64::try_from(next_subject_version(0, now)).unwrap_or(i64::MAX);
        let Shared { database, sql, .. } = &*self.shared;
        let rows = database
            .change_and_tell(
                &sql.revoke_subject,
                &[&Hidden(key.as_slice()), &Hidden(name), &end(until), &least, &cutoff],
                &sql.notify,
            )
            .await?;
        let row = rows.first().ok_or(Failure::Unwritten)?;
        unsigned(column(row, 0)?)
    }

    async fn subject_version_now(&self, issuer: &str, sub: &str) -> Result<u64, Failure> {
        let key = revoked_key(issuer, SUBJECT_TAG, sub.as_bytes());
        let Shared { database, sql, .. } = &*self.shared;
        let rows = database.query(&sql.subject_version, &[&Hidden(key.as_slice())], Retry::Safe).await?;
        rows.first().map_or(Ok(0), |row| unsigned(column(row, 0)?))
    }

    async fn purge_now(&self, now: OffsetDateTime, most: usize) -> Result<Purged, Failure> {
        let now = now.unix_timestamp().max(0);
        let mut removed = 0_usize;
        let Shared { database, sql, .. } = &*self.shared;
        for statement in [&sql.purge_revoked, &sql.purge_subjects] {
            let room = most.saturating_sub(removed);
            if room > 0 {
                let rows = database.execute(statement, &[&now, &limit(room)], Retry::Safe).await?;
                removed = removed.saturating_add(usize::try_from(rows).unwrap_or(usize::MAX));
            }
        }
        Ok(Purged { removed, more: removed >= most })
    }

    async fn count_now(&self) -> Result<Counts, Failure> {
        let Shared { database, sql, .. } = &*self.shared;
        let mut counts = Counts::default();
        for row in database.query(&sql.count_revoked, &[], Retry::Safe).await? {
            let tag: i32 = column(&row, 0)?;
            let number = unsigned(column(&row, 1)?)?;
            match u8::try_from(tag) {
                Ok(b'k') => counts.keys = number,
                Ok(b's') => counts.sessions = number,
                Ok(SUBJECT_TAG) => counts.subjects = number,
                // A token is named by its `jti` or by its signing input.
                _ => counts.tokens = counts.tokens.saturating_add(number),
            }
        }
        Ok(counts)
    }
}

/// A clone is an engine without a replica.
impl Clone for PostgresRevocationStore {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.shared))
    }
}

impl fmt::Debug for PostgresRevocationStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgresRevocationStore")
    }
}

/// An end as a row has it. What a `bigint` cannot hold is further off than any clock goes, and stays for ever.
fn end(until: RetainUntil) -> i64 {
    i64::try_from(until.as_unix_seconds()).unwrap_or(i64::MAX)
}

/// The reverse of [`end`].
pub(crate) fn until(end: i64) -> Result<RetainUntil, Failure> {
    if end == i64::MAX {
        Ok(RetainUntil::FOREVER)
    } else {
        Ok(RetainUntil::from_unix_seconds(unsigned(end)?))
    }
}

/// A number that is never below zero in a row that this crate wrote.
pub(crate) fn unsigned(number: i64) -> Result<u64, Failure> {
    u64::try_from(number).map_err(|_| Failure::Corrupt("a number is below zero"))
}

impl RevocationStore for PostgresRevocationStore {
    async fn revoke(&self, issuer: &str, target: Target<'_>, until: RetainUntil) -> Result<(), Error> {
        Ok(self.revoke_now(issuer, target, until).await?)
    }

    async fn revoke_subject(
        &self,
        issuer: &str,
        sub: &str,
        until: RetainUntil,
        now: OffsetDateTime,
        skew: Duration,
    ) -> Result<u64, Error> {
        Ok(self.revoke_subject_now(issuer, sub, until, now, cutoff(now, skew)).await?)
    }

    async fn subject_version(&self, issuer: &str, sub: &str) -> Result<u64, Error> {
        Ok(self.subject_version_now(issuer, sub).await?)
    }

    fn check<'a>(
        &'a self,
        check: &'a Check<'a>,
        now: OffsetDateTime,
    ) -> MaybeReady<impl Future<Output = Result<Verdict, Error>> + Send + 'a> {
        MaybeReady::Wait(async move { Ok(self.check_now(check, now).await?) })
    }

    async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        Ok(self.purge_now(now, limit).await?)
    }

    async fn count(&self) -> Result<Counts, Error> {
        Ok(self.count_now().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_kept_and_what_is_too_far_off_stays_for_ever() {
        for seconds in [0, 1, 1_700_000_000, i64::MAX as u64 - 1] {
            let kept = RetainUntil::from_unix_seconds(seconds);
            assert_eq!(until(end(kept)).unwrap(), kept);
        }
        for seconds in [i64::MAX as u64, u64::MAX - 1, u64::MAX] {
            assert_eq!(until(end(RetainUntil::from_unix_seconds(seconds))).unwrap(), RetainUntil::FOREVER);
        }
        assert!(matches!(until(-1), Err(Failure::Corrupt(_))));
    }
}
