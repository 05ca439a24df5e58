//! The records in their tables: each function is one step of a transaction.
//!
//! All indexes of a record are written in the transaction that writes the record, and so is the count of its digest
//! key. No rule is here: what a record means is for `countersign-token-store` to decide.

use std::collections::BTreeMap;

use countersign_random::KeyedDigest;
use countersign_token_store::{Purged, Record, RecordKind, Version, Versioned};
use redb::{ReadOnlyTable, ReadTransaction, ReadableTable, WriteTransaction};
use time::OffsetDateTime;

use crate::error::Failure;
use crate::latest::Snapshot;
use crate::operation::Done;
use crate::schema::{
    DIGEST_KEYS, NUMBERS, RECORD_VERSION, RECORDS, RECORDS_BY_DIGEST, RECORDS_BY_END, RECORDS_BY_OWNER, Row,
    number,
};
use crate::slices::{Budget, Slice};

/// How many rows a purge reads before it removes them and looks at the time.
const CHUNK: usize = 16;

/// A moment as the index has it: in Unix milliseconds, cut off as the record itself has it once it has been written
/// (`time::serde::timestamp::milliseconds`), so that the row is found again from the record.
fn milliseconds(moment: OffsetDateTime) -> i64 {
    i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

fn read(
    table: &impl ReadableTable<(&'static str, &'static str), Row>,
    kind: RecordKind,
    id: &str,
) -> Result<Option<Versioned>, Failure> {
    let Some(row) = table.get((kind.as_str(), id))? else { return Ok(None) };
    let (version, .., json) = row.value();
    let record = Record::from_json(kind, json).map_err(|_| Failure::Corrupt)?;
    Ok(Some(Versioned { record, version: Version(version) }))
}

/// The record that has one of the digests.
pub(crate) fn find(
    snapshot: &Snapshot,
    kind: RecordKind,
    digests: &[KeyedDigest],
) -> Result<Option<Versioned>, Failure> {
    for digest in digests {
        let index = (kind.as_str(), digest.key_id, digest.digest.as_bytes());
        if let Some(id) = snapshot.records_by_digest.get(index)? {
            return Ok(Some(read(&snapshot.records, kind, id.value())?.ok_or(Failure::Corrupt)?));
        }
    }
    Ok(None)
}

/// The record of an id. An unreadable session is none: it cannot be refreshed, and must not hold up a logout.
pub(crate) fn get(
    table: &ReadOnlyTable<(&'static str, &'static str), Row>,
    kind: RecordKind,
    id: &str,
) -> Result<Option<Versioned>, Failure> {
    match read(table, kind, id) {
        Err(Failure::Corrupt) if kind == RecordKind::Session => Ok(None),
        found => found,
    }
}

/// All records of an owner, as [`get`] returns them.
pub(crate) fn list(snapshot: &Snapshot, kind: RecordKind, owner: &str) -> Result<Vec<Versioned>, Failure> {
    let by_owner = snapshot.transaction.open_table(RECORDS_BY_OWNER)?;
    let mut records = Vec::new();
    for row in by_owner.range::<(&str, &str, &str)>((kind.as_str(), owner, "")..)? {
        let key = row?.0;
        let (of_kind, of_owner, id) = key.value();
        if (of_kind, of_owner) != (kind.as_str(), owner) {
            break;
        }
        records.extend(get(&snapshot.records, kind, id)?);
    }
    Ok(records)
}

/// How many records need each digest key: a row for each key, however many records there are.
pub(crate) fn count(transaction: &ReadTransaction) -> Result<BTreeMap<u32, u64>, Failure> {
    let rows = transaction.open_table(DIGEST_KEYS)?;
    rows.iter()?
        .map(|row| row.map(|(key_id, count)| (key_id.value(), count.value())).map_err(Failure::from))
        .collect()
}

/// Adds to the count of a digest key, or takes from it.
fn recount(transaction: &WriteTransaction, key_id: Option<u32>, change: i64) -> Result<(), Failure> {
    let Some(key_id) = key_id else { return Ok(()) };
    let mut counts = transaction.open_table(DIGEST_KEYS)?;
    let before = counts.get(key_id)?.map_or(0, |count| count.value());
    match before.saturating_add_signed(change) {
        0 => counts.remove(key_id)?,
        count => counts.insert(key_id, count)?,
    };
    Ok(())
}

/// A record to be written, with its JSON: encoded by the caller's thread, not by the one that writes for all.
pub(crate) struct Encoded {
    record: Record,
    json: Vec<u8>,
}

impl Encoded {
    pub(crate) fn new(record: Record) -> Result<Self, countersign_token_store::Error> {
        Ok(Self { json: record.to_json()?, record })
    }
}

/// Writes a record that is in no table.
fn put(transaction: &WriteTransaction, Encoded { record, json }: &Encoded) -> Result<(), Failure> {
    let version = number(transaction, RECORD_VERSION)?.saturating_add(1);
    transaction.open_table(NUMBERS)?.insert(RECORD_VERSION, version)?;
    let (kind, id, owner) = (record.kind().as_str(), record.id(), record.owner());
    let (digest, end) = (record.digest(), record.ends_at().map(milliseconds));
    let (key_id, digest) = (digest.key_id, digest.digest.as_bytes());
    let row = (version, record.digest_key(), key_id, digest, owner, end, json.as_slice());
    transaction.open_table(RECORDS)?.insert((kind, id), row)?;
    transaction.open_table(RECORDS_BY_DIGEST)?.insert((kind, key_id, digest), id)?;
    transaction.open_table(RECORDS_BY_OWNER)?.insert((kind, owner, id), ())?;
    if let Some(end) = end {
        transaction.open_table(RECORDS_BY_END)?.insert((end, kind, id), ())?;
    }
    recount(transaction, record.digest_key(), 1)
}

/// Removes a record from all tables. Returns whether there was one. It needs the row alone, so a record whose JSON is
/// unreadable goes like any other.
fn take(transaction: &WriteTransaction, kind: &str, id: &str) -> Result<bool, Failure> {
    let mut records = transaction.open_table(RECORDS)?;
    let Some(row) = records.remove((kind, id))? else { return Ok(false) };
    let (_, digest_key, key_id, digest, owner, end, _) = row.value();
    transaction.open_table(RECORDS_BY_DIGEST)?.remove((kind, key_id, digest))?;
    transaction.open_table(RECORDS_BY_OWNER)?.remove((kind, owner, id))?;
    if let Some(end) = end {
        transaction.open_table(RECORDS_BY_END)?.remove((end, kind, id))?;
    }
    recount(transaction, digest_key, -1)?;
    Ok(true)
}

/// The id of the record that has this one's digest.
fn holder_of_digest(transaction: &WriteTransaction, record: &Record) -> Result<Option<String>, Failure> {
    let digest = record.digest();
    let index = (record.kind().as_str(), digest.key_id, digest.digest.as_bytes());
    Ok(transaction.open_table(RECORDS_BY_DIGEST)?.get(index)?.map(|id| id.value().to_owned()))
}

pub(crate) fn insert(transaction: &WriteTransaction, new: &Encoded) -> Result<Done<()>, Failure> {
    let key = (new.record.kind().as_str(), new.record.id());
    let is_there = transaction.open_table(RECORDS)?.get(key)?.is_some();
    if is_there || holder_of_digest(transaction, &new.record)?.is_some() {
        return Err(Failure::Duplicate);
    }
    put(transaction, new)?;
    Ok(Done::Changed(()))
}

pub(crate) fn replace(
    transaction: &WriteTransaction,
    version: Version,
    next: &Encoded,
) -> Result<Done<bool>, Failure> {
    let (kind, id) = (next.record.kind().as_str(), next.record.id());
    let stored = transaction.open_table(RECORDS)?.get((kind, id))?.map(|row| row.value().0);
    if stored != Some(version.0) {
        return Ok(Done::Unchanged(false));
    }
    if holder_of_digest(transaction, &next.record)?.is_some_and(|holder| holder != id) {
        return Err(Failure::Duplicate);
    }
    take(transaction, kind, id)?;
    put(transaction, next)?;
    Ok(Done::Changed(true))
}

pub(crate) fn remove(
    transaction: &WriteTransaction,
    kind: RecordKind,
    owner: &str,
    id: &str,
) -> Result<Done<bool>, Failure> {
    let is_theirs = transaction.open_table(RECORDS_BY_OWNER)?.get((kind.as_str(), owner, id))?.is_some();
    let is_removed = is_theirs && take(transaction, kind.as_str(), id)?;
    Ok(Done::if_changed(is_removed, is_removed))
}

/// The first id that the index has of an owner.
fn first_of_owner(
    transaction: &WriteTransaction,
    kind: RecordKind,
    owner: &str,
) -> Result<Option<String>, Failure> {
    let table = transaction.open_table(RECORDS_BY_OWNER)?;
    let Some(row) = table.range::<(&str, &str, &str)>((kind.as_str(), owner, "")..)?.next() else {
        return Ok(None);
    };
    let key = row?.0;
    let (of_kind, of_owner, id) = key.value();
    Ok(((of_kind, of_owner) == (kind.as_str(), owner)).then(|| id.to_owned()))
}

/// A slice of a removal, which has removed `removed` records so far.
///
/// It ends in a transaction that leaves the owner without a record. So it removes also what is inserted between two
/// slices, such as the successor of an API key that an earlier slice removed.
pub(crate) fn remove_by_owner(
    transaction: &WriteTransaction,
    budget: &Budget,
    (kind, owner): (RecordKind, &str),
    removed: &mut u64,
) -> Result<Slice<u64>, Failure> {
    let before = *removed;
    // One by one, since the list of the rest would be read again by each slice.
    while let Some(id) = first_of_owner(transaction, kind, owner)? {
        take(transaction, kind.as_str(), &id)?;
        // Also a row that leads to no record, or this would never end.
        transaction.open_table(RECORDS_BY_OWNER)?.remove((kind.as_str(), owner, id.as_str()))?;
        *removed = removed.saturating_add(1);
        if budget.is_spent() {
            return Ok(Slice { changed: true, result: None });
        }
    }
    Ok(Slice { changed: *removed > before, result: Some(*removed) })
}

/// The rows of the index by end that `now` is past, at most `limit`.
fn due(
    transaction: &WriteTransaction,
    now: OffsetDateTime,
    limit: usize,
) -> Result<Vec<(i64, String, String)>, Failure> {
    let end = milliseconds(now).saturating_add(1);
    let table = transaction.open_table(RECORDS_BY_END)?;
    let mut rows = Vec::new();
    for row in table.range::<(i64, &str, &str)>(..(end, "", ""))?.take(limit) {
        let key = row?.0;
        let (end, kind, id) = key.value();
        rows.push((end, kind.to_owned(), id.to_owned()));
    }
    Ok(rows)
}

/// A slice of a purge, which has removed `removed` records so far.
pub(crate) fn purge(
    transaction: &WriteTransaction,
    budget: &Budget,
    (now, limit): (OffsetDateTime, usize),
    removed: &mut usize,
) -> Result<Slice<Purged>, Failure> {
    let before = *removed;
    while *removed < limit {
        let number = limit.saturating_sub(*removed).min(CHUNK);
        let rows = due(transaction, now, number)?;
        for (end, kind, id) in &rows {
            let (kind, id) = (kind.as_str(), id.as_str());
            let ends = transaction.open_table(RECORDS)?.get((kind, id))?.and_then(|row| row.value().5);
            // A row that is not the record's own takes nothing with it.
            if ends == Some(*end) {
                take(transaction, kind, id)?;
            }
            transaction.open_table(RECORDS_BY_END)?.remove((*end, kind, id))?;
        }
        *removed = removed.saturating_add(rows.len());
        if rows.is_empty() {
            break;
        }
        if budget.is_spent() {
            return Ok(Slice { changed: true, result: None });
        }
    }
    let purged = Purged { removed: *removed, more: *removed >= limit };
    Ok(Slice { changed: *removed > before, result: Some(purged) })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use countersign_random::LookupDigest;
    use countersign_token_store::{Kind, SessionRecord, StoredSession, StoredToken, TokenRecord};
    use redb::{Database, ReadableDatabase, backends::InMemoryBackend};
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-01 12:00 UTC);

    /// A database with `number` API keys of each of two owners that have expired, and as many sessions of `alice`.
    fn filled(number: u8) -> Database {
        let database = redb::Builder::new().create_with_backend(InMemoryBackend::new()).unwrap();
        crate::schema::prepare(&database).unwrap();
        let transaction = database.begin_write().unwrap();
        for byte in 0..number {
            for (owner, key_id) in [("alice", 1), ("bob", 2)] {
                let record = TokenRecord {
                    id: format!("{owner}-{byte}"),
                    kind: Kind::ApiKey,
                    owner: owner.to_owned(),
                    name: String::new(),
                    hint: String::new(),
                    scopes: vec![],
                    roles: vec![],
                    created_at: NOW,
                    expires_at: Some(NOW),
                    last_used_at: None,
                };
                let digest = KeyedDigest { key_id, digest: LookupDigest::from_bytes([byte; 32]) };
                insert(&transaction, &Encoded::new(StoredToken { record, digest }.into()).unwrap()).unwrap();
            }
            let record = SessionRecord {
                id: format!("session-{byte}"),
                subject: "alice".to_owned(),
                subject_version: 0,
                scopes: vec![],
                name: String::new(),
                created_at: NOW,
                last_refreshed_at: None,
                idle_expires_at: NOW,
                expires_at: NOW,
            };
            let locator = LookupDigest::from_bytes([byte; 32]);
            let current = KeyedDigest { key_id: 1, digest: locator };
            let session = StoredSession { record, locator, current, previous: None, ended: false };
            insert(&transaction, &Encoded::new(session.into()).unwrap()).unwrap();
        }
        transaction.commit().unwrap();
        database
    }

    /// Runs an operation to its end, each slice in its own transaction and as short as possible. Returns the number of
    /// slices and the result.
    fn in_slices<T>(
        database: &Database,
        mut step: impl FnMut(&WriteTransaction, &Budget) -> Result<Slice<T>, Failure>,
    ) -> (usize, T) {
        for number in 1.. {
            let transaction = database.begin_write().unwrap();
            let slice = step(&transaction, &Budget::new(Duration::ZERO)).unwrap();
            transaction.commit().unwrap();
            if let Some(result) = slice.result {
                return (number, result);
            }
        }
        panic!("it does not end")
    }

    #[test]
    fn removal_by_owner_in_slices_removes_all_of_owner_and_counts_each_once() {
        let database = filled(20);
        let mut removed = 0;
        let (slices, result) = in_slices(&database, |transaction, budget| {
            remove_by_owner(transaction, budget, (RecordKind::ApiKey, "alice"), &mut removed)
        });
        assert_eq!((slices, result), (21, 20));
        let transaction = database.begin_write().unwrap();
        assert_eq!(first_of_owner(&transaction, RecordKind::ApiKey, "alice").unwrap(), None);
        assert!(first_of_owner(&transaction, RecordKind::ApiKey, "bob").unwrap().is_some());
        transaction.commit().unwrap();
        let counts = count(&database.begin_read().unwrap()).unwrap();
        assert_eq!(counts, BTreeMap::from([(1, 20), (2, 20)]), "alice's sessions, and bob's keys");
    }

    #[test]
    fn purge_in_slices_keeps_its_limit() {
        let database = filled(40);
        let purge_up_to = |limit: usize| {
            let mut removed = 0;
            in_slices(&database, |transaction, budget| purge(transaction, budget, (NOW, limit), &mut removed))
        };
        let (slices, purged) = purge_up_to(100);
        assert_eq!(purged, Purged { removed: 100, more: true });
        assert_eq!(slices, 8, "80 tokens by 16, then 16 and 4 sessions, and the end");
        assert_eq!(purge_up_to(100).1, Purged { removed: 20, more: false });
        assert_eq!(purge_up_to(100).1, Purged { removed: 0, more: false });
    }
}
