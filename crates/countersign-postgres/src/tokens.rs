//! [`TokenStore`] on PostgreSQL: random tokens here, sessions in [`sessions`](crate::sessions).

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use countersign_random::{KeyedDigest, LookupDigest};
use countersign_token_store::{
    Error, FoundSession, FoundToken, Kind, Purged, Rotation, RotationOutcome, SessionRecord, StoredSession,
    StoredToken, TokenLookup, TokenRecord, TokenStore,
};
use time::OffsetDateTime;
use tokio_postgres::Row;

use crate::database::Retry;
use crate::error::Failure;
use crate::owner_lock;
use crate::parameter::{Hidden, indexed, limit, milliseconds};
use crate::revocations::unsigned;
use crate::sessions;
use crate::store::Shared;

/// Tokens and sessions, in a [`PostgresStore`](crate::PostgresStore). Cheap to clone.
///
/// Reads are repeated on another connection where one was cut; what inserts, removes or rotates is not, since nobody
/// knows whether it happened.
#[derive(Clone)]
pub struct PostgresTokenStore {
    shared: Arc<Shared>,
}

impl PostgresTokenStore {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    async fn insert_now(&self, token: &StoredToken) -> Result<(), Failure> {
        let StoredToken { record, digest } = token;
        let json = serde_json::to_vec(token)?;
        let owner = owner_index(record.kind, &record.owner);
        let lock = owner_lock::number(&owner);
        let Shared { database, sql, .. } = &*self.shared;
        let inserted = database
            .execute(
                &sql.insert_token,
                &[
                    &Hidden(id_index(&record.id)),
                    &Hidden(owner),
                    &i64::from(digest.key_id),
                    &Hidden(digest.digest.as_bytes().as_slice()),
                    &record.expires_at.map(milliseconds),
                    &record.last_used_at.map(milliseconds),
                    &Hidden(json),
                    &lock,
                ],
                Retry::Never,
            )
            .await?;
        if inserted == 1 { Ok(()) } else { Err(Failure::Duplicate) }
    }

    async fn find_now(
        &self,
        kind: Kind,
        digests: &[KeyedDigest],
        now: OffsetDateTime,
    ) -> Result<TokenLookup, Failure> {
        let asked: Vec<&[u8]> = digests.iter().map(|digest| digest.digest.as_bytes().as_slice()).collect();
        let Shared { database, sql, .. } = &*self.shared;
        let rows = database.query(&sql.find_token, &[&Hidden(asked)], Retry::Safe).await?;
        for row in rows {
            let stored = digest_of(&row)?;
            let is_asked =
                |asked: &KeyedDigest| asked.key_id == stored.key_id && asked.digest.matches(&stored.digest);
            if !digests.iter().any(is_asked) {
                continue;
            }
            let record = record_of(column(&row, 2)?, column(&row, 3)?, column(&row, 4)?)?;
            return Ok(if record.kind != kind {
                TokenLookup::Unknown
            } else if record.is_expired(now) {
                TokenLookup::Expired
            } else {
                TokenLookup::Found(FoundToken { record, digest: stored })
            });
        }
        Ok(TokenLookup::Unknown)
    }

    async fn list_now(&self, kind: Kind, owner: &str) -> Result<Vec<TokenRecord>, Failure> {
        let Shared { database, sql, .. } = &*self.shared;
        let owner = Hidden(owner_index(kind, owner));
        let rows = database.query(&sql.list_tokens, &[&owner], Retry::Safe).await?;
        let mut records = rows
            .iter()
            .map(|row| record_of(column(row, 0)?, column(row, 1)?, column(row, 2)?))
            .collect::<Result<Vec<_>, Failure>>()?;
        records.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        Ok(records)
    }

    async fn remove_now(&self, kind: Kind, owner: &str, id: &str) -> Result<bool, Failure> {
        let Shared { database, sql, .. } = &*self.shared;
        let (id, owner) = (Hidden(id_index(id)), Hidden(owner_index(kind, owner)));
        Ok(database.execute(&sql.remove_token, &[&id, &owner], Retry::Never).await? > 0)
    }

    async fn expire_now(
        &self,
        kind: Kind,
        owner: &str,
        id: &str,
        at: OffsetDateTime,
    ) -> Result<bool, Failure> {
        let Shared { database, sql, .. } = &*self.shared;
        let (id, owner) = (Hidden(id_index(id)), Hidden(owner_index(kind, owner)));
        let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 3] = [&id, &owner, &milliseconds(at)];
        Ok(database.execute(&sql.expire_token, &parameters, Retry::Safe).await? > 0)
    }

    async fn remove_by_owner_now(&self, kind: Kind, owner: &str) -> Result<u64, Failure> {
        let Shared { database, sql, .. } = &*self.shared;
        let owner = owner_index(kind, owner);
        let lock = owner_lock::number(&owner);
        owner_lock::change_all(database, lock, &sql.remove_tokens_of_owner, &[&Hidden(owner)]).await
    }

    async fn record_use_now(&self, id: &str, now: OffsetDateTime) -> Result<(), Failure> {
        let Shared { database, sql, .. } = &*self.shared;
        let (id, now) = (Hidden(id_index(id)), milliseconds(now));
        database.execute(&sql.record_use, &[&id, &now], Retry::Safe).await?;
        Ok(())
    }

    async fn redigest_now(&self, id: &str, from: KeyedDigest, to: KeyedDigest) -> Result<bool, Failure> {
        let Shared { database, sql, .. } = &*self.shared;
        let changed = database
            .execute(
                &sql.redigest,
                &[
                    &Hidden(id_index(id)),
                    &i64::from(from.key_id),
                    &Hidden(from.digest.as_bytes().as_slice()),
                    &i64::from(to.key_id),
                    &Hidden(to.digest.as_bytes().as_slice()),
                ],
                Retry::Never,
            )
            .await?;
        Ok(changed > 0)
    }

    async fn count_now(&self) -> Result<BTreeMap<u32, u64>, Failure> {
        let Shared { database, sql, .. } = &*self.shared;
        let rows = database.query(&sql.count_by_digest_key, &[], Retry::Safe).await?;
        let count = |row: &Row| {
            let number = column::<i64>(row, 1)?;
            Ok((key_id(column(row, 0)?)?, unsigned(number)?))
        };
        rows.iter().map(count).collect()
    }

    async fn purge_now(&self, now: OffsetDateTime, most: usize) -> Result<Purged, Failure> {
        let now = milliseconds(now);
        let mut removed = 0_usize;
        let Shared { database, sql, .. } = &*self.shared;
        for statement in [&sql.purge_tokens, &sql.purge_sessions] {
            let room = most.saturating_sub(removed);
            if room > 0 {
                let rows = database.execute(statement, &[&now, &limit(room)], Retry::Safe).await?;
                removed = removed.saturating_add(usize::try_from(rows).unwrap_or(usize::MAX));
            }
        }
        Ok(Purged { removed, more: removed >= most })
    }
}

impl fmt::Debug for PostgresTokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgresTokenStore")
    }
}

fn id_index(id: &str) -> Vec<u8> {
    indexed("countersign-postgres/token", &[id])
}

fn owner_index(kind: Kind, owner: &str) -> Vec<u8> {
    indexed("countersign-postgres/owner", &[kind.as_str(), owner])
}

/// A column of a row; one of another type is not of our making.
pub(crate) fn column<'a, T: tokio_postgres::types::FromSql<'a>>(
    row: &'a Row,
    index: usize,
) -> Result<T, Failure> {
    row.try_get(index).map_err(|_| Failure::Corrupt("a column is missing or of another type"))
}

fn key_id(stored: i64) -> Result<u32, Failure> {
    u32::try_from(stored).map_err(|_| Failure::Corrupt("the number of a digest key is out of range"))
}

fn digest_of(row: &Row) -> Result<KeyedDigest, Failure> {
    let bytes: &[u8] = column(row, 1)?;
    let digest = LookupDigest::from_bytes(
        bytes.try_into().map_err(|_| Failure::Corrupt("a digest is not 32 bytes long"))?,
    );
    Ok(KeyedDigest { key_id: key_id(column(row, 0)?)?, digest })
}

/// A record, with its last use and its end as the columns have them.
fn record_of(json: &[u8], last_used: Option<i64>, expires_at: Option<i64>) -> Result<TokenRecord, Failure> {
    let mut record = serde_json::from_slice::<StoredToken>(json)?.record;
    let moment = |milliseconds: i64| {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(milliseconds).saturating_mul(1_000_000))
            .map_err(|_| Failure::Corrupt("a moment is out of range"))
    };
    record.last_used_at = last_used.map(moment).transpose()?;
    record.expires_at = expires_at.map(moment).transpose()?;
    Ok(record)
}

impl TokenStore for PostgresTokenStore {
    async fn insert(&self, token: StoredToken) -> Result<(), Error> {
        Ok(self.insert_now(&token).await?)
    }

    async fn find(
        &self,
        kind: Kind,
        digests: &[KeyedDigest],
        now: OffsetDateTime,
    ) -> Result<TokenLookup, Error> {
        Ok(self.find_now(kind, digests, now).await?)
    }

    async fn list(&self, kind: Kind, owner: &str) -> Result<Vec<TokenRecord>, Error> {
        Ok(self.list_now(kind, owner).await?)
    }

    async fn remove(&self, kind: Kind, owner: &str, id: &str) -> Result<bool, Error> {
        Ok(self.remove_now(kind, owner, id).await?)
    }

    async fn expire(&self, kind: Kind, owner: &str, id: &str, at: OffsetDateTime) -> Result<bool, Error> {
        Ok(self.expire_now(kind, owner, id, at).await?)
    }

    async fn remove_by_owner(&self, kind: Kind, owner: &str) -> Result<u64, Error> {
        Ok(self.remove_by_owner_now(kind, owner).await?)
    }

    async fn record_use(&self, id: &str, now: OffsetDateTime) -> Result<(), Error> {
        Ok(self.record_use_now(id, now).await?)
    }

    async fn redigest(&self, id: &str, from: KeyedDigest, to: KeyedDigest) -> Result<bool, Error> {
        Ok(self.redigest_now(id, from, to).await?)
    }

    async fn count_by_digest_key(&self) -> Result<BTreeMap<u32, u64>, Error> {
        Ok(self.count_now().await?)
    }

    async fn create_session(&self, session: StoredSession) -> Result<(), Error> {
        Ok(sessions::create(&self.shared, &session).await?)
    }

    async fn find_session(&self, locator: &LookupDigest) -> Result<Option<FoundSession>, Error> {
        Ok(sessions::find(&self.shared, locator).await?)
    }

    async fn rotate(&self, rotation: &Rotation<'_>) -> Result<RotationOutcome, Error> {
        Ok(sessions::rotate(&self.shared, rotation).await?)
    }

    async fn session(&self, id: &str, now: OffsetDateTime) -> Result<Option<SessionRecord>, Error> {
        Ok(sessions::live(&self.shared, id, now).await?)
    }

    async fn end_session(&self, id: &str) -> Result<bool, Error> {
        Ok(sessions::end(&self.shared, id).await?)
    }

    async fn end_sessions(&self, subject: &str) -> Result<u64, Error> {
        Ok(sessions::end_all(&self.shared, subject).await?)
    }

    async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        Ok(self.purge_now(now, limit).await?)
    }
}
