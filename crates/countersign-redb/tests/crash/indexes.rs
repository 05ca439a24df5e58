//! Every index agrees with its records. Reads the tables themselves.

use std::collections::{BTreeMap, BTreeSet};

use countersign_redb::redb::{
    Database, Key, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, Value,
};
use countersign_token_store::{Record, RecordKind};
use time::OffsetDateTime;

/// A stored record: version, digest key, and then its places by digest, owner and end, and its JSON.
type Row = (u64, Option<u32>, u32, &'static [u8; 32], &'static str, Option<i64>, &'static [u8]);

/// An entry of what is revoked: end, version, cutoff.
type Entry = (u64, u64, i64);

const SCOPES: [&str; 4] = ["tokens", "sessions", "subjects", "keys"];

pub(crate) fn verify(database: &Database) {
    let transaction = database.begin_read().unwrap();
    records(&transaction);
    revoked(&transaction);
}

/// The rows of a table, as `take` sees them.
fn rows<K: Key + 'static, V: Value + 'static, T>(
    transaction: &ReadTransaction,
    name: &str,
    mut take: impl FnMut(K::SelfType<'_>, V::SelfType<'_>) -> T,
) -> Vec<T> {
    let table = transaction.open_table(TableDefinition::<K, V>::new(name)).unwrap();
    let rows = table.iter().unwrap();
    rows.map(|row| row.map(|(key, value)| take(key.value(), value.value())).unwrap()).collect()
}

fn milliseconds(moment: OffsetDateTime) -> i64 {
    i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).unwrap()
}

/// Both have the same rows. `index` comes sorted, as the table is.
fn assert_same<T: Ord + std::fmt::Debug>(name: &str, index: Vec<T>, mut records: Vec<T>) {
    records.sort();
    assert_eq!(index, records, "{name}");
}

fn records(transaction: &ReadTransaction) {
    let mut versions = BTreeSet::new();
    let mut counted = BTreeMap::<u32, u64>::new();
    let records = rows::<(&str, &str), Row, _>(
        transaction,
        "countersign/records",
        |(kind, id), (version, digest_key, key_id, digest, owner, end, json)| {
            let kind = RecordKind::ALL.into_iter().find(|known| known.as_str() == kind).unwrap();
            let record = Record::from_json(kind, json).unwrap();
            assert_eq!((record.id(), record.digest_key()), (id, digest_key));
            assert_eq!((record.owner(), record.ends_at().map(milliseconds)), (owner, end));
            assert_eq!((record.digest().key_id, record.digest().digest.as_bytes()), (key_id, digest));
            assert!(versions.insert(version), "a version twice");
            if let Some(key) = digest_key {
                *counted.entry(key).or_default() += 1;
            }
            record
        },
    );
    let names = |record: &Record| (record.kind().as_str().to_owned(), record.id().to_owned());
    assert_same(
        "records by digest",
        rows::<(&str, u32, &[u8; 32]), &str, _>(transaction, "countersign/records-by-digest", |key, id| {
            (key.0.to_owned(), key.1, *key.2, id.to_owned())
        }),
        records
            .iter()
            .map(|one| {
                let ((kind, id), digest) = (names(one), one.digest());
                (kind, digest.key_id, *digest.digest.as_bytes(), id)
            })
            .collect(),
    );
    assert_same(
        "records by owner",
        rows::<(&str, &str, &str), (), _>(transaction, "countersign/records-by-owner", |row, ()| {
            (row.0.to_owned(), row.1.to_owned(), row.2.to_owned())
        }),
        records
            .iter()
            .map(|one| {
                let (kind, id) = names(one);
                (kind, one.owner().to_owned(), id)
            })
            .collect(),
    );
    assert_same(
        "records by end",
        rows::<(i64, &str, &str), (), _>(transaction, "countersign/records-by-end", |(end, kind, id), ()| {
            (end, (kind.to_owned(), id.to_owned()))
        }),
        records.iter().filter_map(|one| Some((milliseconds(one.ends_at()?), names(one)))).collect(),
    );
    assert_same(
        "digest keys",
        rows::<u32, u64, _>(transaction, "countersign/digest-keys", |key, count| (key, count)),
        counted.into_iter().collect(),
    );
}

/// A purge finds each entry at its end, and what it finds besides is an earlier end of an entry.
fn revoked(transaction: &ReadTransaction) {
    let entries: BTreeSet<(Vec<u8>, u64)> = SCOPES
        .into_iter()
        .flat_map(|scope| {
            rows::<&[u8], Entry, _>(transaction, &format!("countersign/revoked-{scope}"), |key, entry| {
                (key.to_owned(), entry.0)
            })
        })
        .collect();
    let mut ends = BTreeSet::new();
    rows::<(u64, u64), (u64, &[u8]), _>(transaction, "countersign/revoked-ends", |(span, _), (end, key)| {
        assert_eq!(span, end / 64, "the span of an end");
        let later = (key.to_owned(), end)..=(key.to_owned(), u64::MAX);
        assert!(entries.range(later).next().is_some(), "an end of no entry");
        assert!(ends.insert((key.to_owned(), end)), "an end twice");
    });
    for entry in entries.iter().filter(|entry| entry.1 != u64::MAX) {
        assert!(ends.contains(entry), "no purge finds an entry");
    }
}
