//! Removing many records, in slices.

use countersign_token_store::{Purged, RecordKind};
use redb::{ReadableTable, WriteTransaction};
use time::OffsetDateTime;

use crate::error::Failure;
use crate::records::{milliseconds, take};
use crate::schema::{RECORDS, RECORDS_BY_END, RECORDS_BY_OWNER};
use crate::slices::{Budget, Slice};

/// How many rows a purge reads before it removes them and looks at the time.
const CHUNK: usize = 16;

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
    use std::collections::BTreeMap;
    use std::time::Duration;

    use countersign_random::{KeyedDigest, LookupDigest};
    use countersign_token_store::{Kind, SessionRecord, StoredSession, StoredToken, TokenRecord};
    use redb::{Database, ReadableDatabase, backends::InMemoryBackend};
    use time::macros::datetime;

    use super::*;
    use crate::records::{Encoded, count, insert};

    const NOW: OffsetDateTime = datetime!(2026-11-01 12:00 UTC);

    fn api_key(id: &str, owner: &str, key_id: u32, byte: u8) -> Encoded {
        let record = TokenRecord {
            id: id.to_owned(),
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
        Encoded::new(StoredToken { record, digest }.into()).unwrap()
    }

    /// A database with `number` API keys of each of two owners that have expired, and as many sessions of `alice`.
    fn filled(number: u8) -> Database {
        let database = redb::Builder::new().create_with_backend(InMemoryBackend::new()).unwrap();
        crate::schema::prepare(&database).unwrap();
        let transaction = database.begin_write().unwrap();
        for byte in 0..number {
            for (owner, key_id) in [("alice", 1), ("bob", 2)] {
                insert(&transaction, &api_key(&format!("{owner}-{byte}"), owner, key_id, byte)).unwrap();
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
    fn removal_by_owner_removes_what_is_inserted_between_its_slices() {
        let database = filled(20);
        let (mut removed, mut slices) = (0, 0);
        let (_, result) = in_slices(&database, |transaction, budget| {
            slices += 1;
            if slices == 5 {
                // It sorts before all that is left.
                insert(transaction, &api_key("alice", "alice", 1, 99)).unwrap();
            }
            remove_by_owner(transaction, budget, (RecordKind::ApiKey, "alice"), &mut removed)
        });
        assert_eq!(result, 21);
        let transaction = database.begin_write().unwrap();
        assert_eq!(first_of_owner(&transaction, RecordKind::ApiKey, "alice").unwrap(), None);
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
