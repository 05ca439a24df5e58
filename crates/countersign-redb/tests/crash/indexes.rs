//! Every index agrees with its records. Reads the tables themselves.

use std::collections::BTreeSet;

use countersign_redb::redb::{
    Database, Key, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, Value,
};
use countersign_token_store::{StoredSession, StoredToken};
use time::OffsetDateTime;

/// An entry of what is revoked: end, version, cutoff.
type Entry = (u64, u64, i64);

const SCOPES: [&str; 4] = ["tokens", "sessions", "subjects", "keys"];

pub(crate) fn verify(database: &Database) {
    let transaction = database.begin_read().unwrap();
    sessions(&transaction);
    tokens(&transaction);
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

fn sessions(transaction: &ReadTransaction) {
    let sessions = rows::<&str, &[u8], _>(transaction, "countersign/sessions", |id, bytes| {
        let session: StoredSession = serde_json::from_slice(bytes).unwrap();
        assert_eq!(session.record.id, id);
        session
    });
    assert_same(
        "sessions by locator",
        rows::<&[u8; 32], &str, _>(transaction, "countersign/sessions-by-locator", |locator, id| {
            (*locator, id.to_owned())
        }),
        sessions.iter().map(|one| (*one.locator.as_bytes(), one.record.id.clone())).collect(),
    );
    assert_same(
        "sessions by subject",
        rows::<(&str, &str), (), _>(transaction, "countersign/sessions-by-subject", |(subject, id), ()| {
            (subject.to_owned(), id.to_owned())
        }),
        sessions.iter().map(|one| (one.record.subject.clone(), one.record.id.clone())).collect(),
    );
    assert_same(
        "sessions by end",
        rows::<(i64, &str), (), _>(transaction, "countersign/sessions-by-end", |(end, id), ()| {
            (end, id.to_owned())
        }),
        sessions.iter().map(|one| (milliseconds(one.record.ends_at()), one.record.id.clone())).collect(),
    );
}

fn tokens(transaction: &ReadTransaction) {
    let tokens = rows::<&str, &[u8], _>(transaction, "countersign/tokens", |id, bytes| {
        let token: StoredToken = serde_json::from_slice(bytes).unwrap();
        assert_eq!(token.record.id, id);
        token
    });
    assert_same(
        "tokens by digest",
        rows::<(u32, &[u8; 32]), &str, _>(transaction, "countersign/tokens-by-digest", |digest, id| {
            (digest.0, *digest.1, id.to_owned())
        }),
        tokens
            .iter()
            .map(|one| (one.digest.key_id, *one.digest.digest.as_bytes(), one.record.id.clone()))
            .collect(),
    );
    assert_same(
        "tokens by owner",
        rows::<(&str, &str, &str), (), _>(transaction, "countersign/tokens-by-owner", |row, ()| {
            (row.0.to_owned(), row.1.to_owned(), row.2.to_owned())
        }),
        tokens
            .iter()
            .map(|one| {
                let kind = one.record.kind.as_str().to_owned();
                (kind, one.record.owner.clone(), one.record.id.clone())
            })
            .collect(),
    );
    assert_same(
        "tokens by end",
        rows::<(i64, &str), (), _>(transaction, "countersign/tokens-by-end", |(end, id), ()| {
            (end, id.to_owned())
        }),
        tokens
            .iter()
            .filter_map(|one| Some((milliseconds(one.record.expires_at?), one.record.id.clone())))
            .collect(),
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
