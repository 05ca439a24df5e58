//! [`TokenStore`] on PostgreSQL: each operation is one statement on the table of records, which contains no rule.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use countersign_random::{KeyedDigest, LookupDigest};
use countersign_token_store::{Error, Purged, Record, RecordKind, TokenStore, Version, Versioned};
use time::OffsetDateTime;
use tokio_postgres::Row;

use crate::database::Retry;
use crate::error::Failure;
use crate::owner_lock;
use crate::parameter::{Hidden, indexed, limit, milliseconds};
use crate::revocations::unsigned;
use crate::store::Shared;

/// Tokens and sessions, in a [`PostgresStore`](crate::PostgresStore). Cheap to clone.
///
/// Reads are repeated on another connection where one was cut. What inserts, removes or replaces is not, since nothing
/// tells whether it happened.
#[derive(Clone)]
pub struct PostgresTokenStore {
    shared: Arc<Shared>,
}

impl PostgresTokenStore {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    async fn insert_now(&self, record: &Record) -> Result<(), Failure> {
        let (kind, digest) = (record.kind(), record.digest());
        let json = json_of(record)?;
        let owner = owner_index(kind, record.owner());
        let lock = owner_lock::number(&owner);
        let Shared { database, sql, .. } = &*self.shared;
        let inserted = database
            .execute(
                &sql.insert_record,
                &[
                    &Hidden(id_index(kind, record.id())),
                    &kind.as_str(),
                    &Hidden(owner),
                    &i64::from(digest.key_id),
                    &Hidden(digest.digest.as_bytes().as_slice()),
                    &record.digest_key().map(i64::from),
                    &record.ends_at().map(milliseconds),
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
        kind: RecordKind,
        digests: &[KeyedDigest],
    ) -> Result<Option<Versioned>, Failure> {
        let asked: Vec<&[u8]> = digests.iter().map(|digest| digest.digest.as_bytes().as_slice()).collect();
        let Shared { database, sql, .. } = &*self.shared;
        let rows = database.query(&sql.find_record, &[&kind.as_str(), &Hidden(asked)], Retry::Safe).await?;
        for row in rows {
            let stored = digest_of(&row)?;
            let is_asked =
                |asked: &KeyedDigest| asked.key_id == stored.key_id && asked.digest.matches(&stored.digest);
            if digests.iter().any(is_asked) {
                return versioned(kind, column(&row, 2)?, column(&row, 3)?).map(Some);
            }
        }
        Ok(None)
    }

    /// The records of a statement that returns version and JSON. An unreadable session is none: it cannot be
    /// refreshed, and must not hold up a logout.
    async fn read(
        &self,
        statement: &str,
        kind: RecordKind,
        index: Vec<u8>,
    ) -> Result<Vec<Versioned>, Failure> {
        let rows = self.shared.database.query(statement, &[&Hidden(index)], Retry::Safe).await?;
        let mut records = Vec::with_capacity(rows.len());
        for row in &rows {
            match versioned(kind, column(row, 0)?, column(row, 1)?) {
                Err(Failure::Corrupt(_)) if kind == RecordKind::Session => {}
                record => records.push(record?),
            }
        }
        Ok(records)
    }

    async fn replace_now(&self, version: Version, next: &Record) -> Result<bool, Failure> {
        let digest = next.digest();
        let json = json_of(next)?;
        let Shared { database, sql, .. } = &*self.shared;
        let replaced = database
            .execute(
                &sql.replace_record,
                &[
                    &Hidden(id_index(next.kind(), next.id())),
                    &version.0.cast_signed(),
                    &i64::from(digest.key_id),
                    &Hidden(digest.digest.as_bytes().as_slice()),
                    &next.digest_key().map(i64::from),
                    &next.ends_at().map(milliseconds),
                    &Hidden(json),
                ],
                Retry::Never,
            )
            .await?;
        Ok(replaced > 0)
    }

    async fn remove_now(&self, kind: RecordKind, owner: &str, id: &str) -> Result<bool, Failure> {
        let Shared { database, sql, .. } = &*self.shared;
        let (id, owner) = (Hidden(id_index(kind, id)), Hidden(owner_index(kind, owner)));
        Ok(database.execute(&sql.remove_record, &[&id, &owner], Retry::Never).await? > 0)
    }

    async fn remove_by_owner_now(&self, kind: RecordKind, owner: &str) -> Result<u64, Failure> {
        let Shared { database, sql, .. } = &*self.shared;
        let owner = owner_index(kind, owner);
        let lock = owner_lock::number(&owner);
        owner_lock::change_all(database, lock, &sql.remove_records_of_owner, &[&Hidden(owner)]).await
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
        let Shared { database, sql, .. } = &*self.shared;
        let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 2] = [&milliseconds(now), &limit(most)];
        let rows = database.execute(&sql.purge_records, &parameters, Retry::Safe).await?;
        let removed = usize::try_from(rows).unwrap_or(usize::MAX);
        Ok(Purged { removed, more: removed >= most })
    }
}

impl fmt::Debug for PostgresTokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgresTokenStore")
    }
}

fn id_index(kind: RecordKind, id: &str) -> Vec<u8> {
    indexed("countersign-postgres/record", &[kind.as_str(), id])
}

fn owner_index(kind: RecordKind, owner: &str) -> Vec<u8> {
    indexed("countersign-postgres/owner", &[kind.as_str(), owner])
}

fn json_of(record: &Record) -> Result<Vec<u8>, Failure> {
    record.to_json().map_err(|_| Failure::Corrupt("a record has a moment that JSON cannot hold"))
}

fn versioned(kind: RecordKind, version: i64, json: &[u8]) -> Result<Versioned, Failure> {
    let record = Record::from_json(kind, json).map_err(|_| Failure::Corrupt("a record cannot be read"))?;
    Ok(Versioned { record, version: Version(version.cast_unsigned()) })
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

impl TokenStore for PostgresTokenStore {
    async fn insert(&self, record: Record) -> Result<(), Error> {
        Ok(self.insert_now(&record).await?)
    }

    async fn find(&self, kind: RecordKind, digests: &[KeyedDigest]) -> Result<Option<Versioned>, Error> {
        Ok(self.find_now(kind, digests).await?)
    }

    async fn get(&self, kind: RecordKind, id: &str) -> Result<Option<Versioned>, Error> {
        Ok(self.read(&self.shared.sql.get_record, kind, id_index(kind, id)).await?.pop())
    }

    async fn replace(&self, version: Version, next: Record) -> Result<bool, Error> {
        Ok(self.replace_now(version, &next).await?)
    }

    async fn list(&self, kind: RecordKind, owner: &str) -> Result<Vec<Versioned>, Error> {
        Ok(self.read(&self.shared.sql.list_records, kind, owner_index(kind, owner)).await?)
    }

    async fn remove(&self, kind: RecordKind, owner: &str, id: &str) -> Result<bool, Error> {
        Ok(self.remove_now(kind, owner, id).await?)
    }

    async fn remove_by_owner(&self, kind: RecordKind, owner: &str) -> Result<u64, Error> {
        Ok(self.remove_by_owner_now(kind, owner).await?)
    }

    async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        Ok(self.purge_now(now, limit).await?)
    }

    /// Counts at most 10,000 records of each key, so that the cost does not grow with the table.
    async fn count_by_digest_key(&self) -> Result<BTreeMap<u32, u64>, Error> {
        Ok(self.count_now().await?)
    }
}
