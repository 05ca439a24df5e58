//! The records in their tables: each function is one step of a transaction.
//!
//! All indexes of a record are written in the transaction that writes the record, and so is the count of its digest
//! key. No rule is here: what a record means is for `countersign-token-store` to decide.

use std::collections::BTreeMap;

use countersign_random::KeyedDigest;
use countersign_token_store::{Record, RecordKind, Version, Versioned};
use redb::{ReadOnlyTable, ReadTransaction, ReadableTable, WriteTransaction};
use time::OffsetDateTime;

use crate::error::Failure;
use crate::latest::Snapshot;
use crate::operation::Done;
use crate::schema::{
    DIGEST_KEYS, NUMBERS, RECORD_VERSION, RECORDS, RECORDS_BY_DIGEST, RECORDS_BY_END, RECORDS_BY_OWNER, Row,
    number,
};

/// A moment as the index has it: in Unix milliseconds, cut off as the record itself has it once it has been written
/// (`time::serde::timestamp::milliseconds`), so that the row is found again from the record.
pub(crate) fn milliseconds(moment: OffsetDateTime) -> i64 {
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
pub(crate) fn take(transaction: &WriteTransaction, kind: &str, id: &str) -> Result<bool, Failure> {
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
