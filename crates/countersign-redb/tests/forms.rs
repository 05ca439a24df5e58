//! Files that another version of this crate has written.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use countersign_random::{KeyedDigest, LookupDigest};
use countersign_redb::{OpenErrorKind, RedbRevocationStore, RedbStore, redb};
use countersign_revocation::{
    Check, Counts, RetainUntil, RevocationStore, Scope, SubjectVersion, Target, TokenId, Verdict,
};
use countersign_token_store::{Kind, TokenLookup, TokenStore, TokenStoreExt};
use pollster::block_on;
use redb::{ReadableDatabase, TableDefinition, TableHandle};
use tempfile::TempDir;
use time::OffsetDateTime;

/// An entry of version 1: end, version, cutoff.
type Entry = (u64, u64, i64);

const NUMBERS: TableDefinition<'_, &str, u64> = TableDefinition::new("countersign/numbers");
const REVOKED: TableDefinition<'_, &[u8], Entry> = TableDefinition::new("countersign/revoked");
const BY_END: TableDefinition<'_, (u64, &[u8]), ()> = TableDefinition::new("countersign/revoked-by-end");
const COUNTS: TableDefinition<'_, u8, u64> = TableDefinition::new("countersign/revoked-counts");

/// What is revoked in the file of version 1, under the issuer `i`.
const ENTRIES: &[(&[u8], Entry)] = &[
    (b"j\0\0\0\0\0\0\0\x01ijti", (1000, 0, 0)),
    (b"i\0\0\0\0\0\0\0\x01i01234567890123456789012345678901", (1001, 0, 0)),
    (b"s\0\0\0\0\0\0\0\x01isid", (2000, 0, 0)),
    (b"u\0\0\0\0\0\0\0\x01isub", (3000, 50, 7)),
    (b"k\0\0\0\0\0\0\0\x01ikid", (u64::MAX, 0, 0)),
];

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap()
}

fn file() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    (folder, path)
}

fn write_version(path: &Path, version: u64) {
    let database = redb::Database::create(path).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(NUMBERS).unwrap().insert("version", version).unwrap();
    transaction.commit().unwrap();
}

/// A file as version 1 left it: the entries, their ends in order, and a count for each first byte of a key.
fn write_version_1(path: &Path) {
    let database = redb::Database::create(path).unwrap();
    let transaction = database.begin_write().unwrap();
    for (key, entry) in ENTRIES {
        transaction.open_table(REVOKED).unwrap().insert(key, entry).unwrap();
        if entry.0 != u64::MAX {
            transaction.open_table(BY_END).unwrap().insert((entry.0, *key), ()).unwrap();
        }
        transaction.open_table(COUNTS).unwrap().insert(key.first().unwrap(), 1).unwrap();
    }
    transaction.open_table(NUMBERS).unwrap().insert("generation-floor", 90).unwrap();
    transaction.commit().unwrap();
    drop(database);
    write_version(path, 1);
}

fn verdict(store: &RedbRevocationStore, check: &Check<'_>) -> Verdict {
    block_on(store.check(check, at(500)).wait()).unwrap()
}

#[test]
fn what_version_1_revoked_stays_revoked_and_is_purged_at_its_end() {
    let (_folder, path) = file();
    write_version_1(&path);
    // Twice: the second time there is nothing to do.
    drop(RedbStore::open(&path).unwrap());
    let store = RedbStore::open(&path).unwrap().revocations();
    let i = Check::new("i");
    for (check, scope) in [
        (i.token(TokenId::Jti("jti")), Scope::Token),
        (i.token(TokenId::SigningInput(*b"01234567890123456789012345678901")), Scope::Token),
        (i.session("sid"), Scope::Session),
        (i.subject("sub", SubjectVersion::Version(49)), Scope::Subject),
        (i.subject("sub", SubjectVersion::IssuedAt(Some(at(7)))), Scope::Subject),
        (i.key("kid"), Scope::Key),
    ] {
        assert_eq!(verdict(&store, &check), Verdict::Revoked(scope), "{check:?}");
    }
    assert_eq!(verdict(&store, &i.subject("sub", SubjectVersion::Version(50))), Verdict::NotRevoked);
    assert_eq!(
        verdict(&store, &i.subject("sub", SubjectVersion::IssuedAt(Some(at(8))))),
        Verdict::NotRevoked
    );
    let mut counts = Counts { tokens: 2, sessions: 1, subjects: 1, keys: 1 };
    assert_eq!(block_on(store.count()).unwrap(), counts);
    for (now, removed) in [(999, 0), (1000, 1), (1001, 1), (1999, 0), (2000, 1), (3000, 1), (9999, 0)] {
        assert_eq!(block_on(store.purge_expired(at(now), 10)).unwrap().removed, removed, "at {now}");
    }
    counts = Counts { keys: 1, ..Counts::default() };
    assert_eq!(block_on(store.count()).unwrap(), counts);
}

#[test]
fn the_subject_version_floor_of_version_1_stays() {
    let (_folder, path) = file();
    write_version_1(&path);
    let store = RedbStore::open(&path).unwrap().revocations();
    let long_ago = OffsetDateTime::UNIX_EPOCH;
    let next = store.revoke_subject("i", "another", RetainUntil::FOREVER, long_ago, Duration::ZERO);
    assert_eq!(block_on(next).unwrap(), 91);
}

#[test]
fn the_tables_of_version_1_are_gone_and_others_are_left_alone() {
    let (_folder, path) = file();
    write_version_1(&path);
    let database = redb::Database::open(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    let users = TableDefinition::<&str, &str>::new("users");
    transaction.open_table(users).unwrap().insert("alice", "hash").unwrap();
    transaction.commit().unwrap();
    drop(database);
    let store = RedbStore::open(&path).unwrap();
    let transaction = store.database().begin_read().unwrap();
    let names: Vec<_> = transaction.list_tables().unwrap().map(|table| table.name().to_owned()).collect();
    for gone in [REVOKED.name(), BY_END.name(), COUNTS.name()] {
        assert!(!names.iter().any(|name| name == gone), "{gone} is there");
    }
    assert_eq!(transaction.open_table(users).unwrap().get("alice").unwrap().unwrap().value(), "hash");
}

#[test]
fn a_newer_form_is_refused_and_left_alone() {
    let (_folder, path) = file();
    drop(RedbStore::open(&path).unwrap());
    for newer in [4, u64::MAX] {
        write_version(&path, newer);
        assert_eq!(RedbStore::open(&path).unwrap_err().kind(), OpenErrorKind::UnknownVersion);
    }
    write_version(&path, 2);
    block_on(RedbStore::open(&path).unwrap().revocations().revoke(
        "i",
        Target::Key("k"),
        RetainUntil::FOREVER,
    ))
    .unwrap();
}

/// A file as version 2 left it: an API key and a session, each in tables of its own.
fn write_version_2(path: &Path) {
    write_version(path, 2);
    let zeros = vec!["0"; 32].join(",");
    let token = format!(
        r#"{{"record":{{"id":"k","kind":"api-key","owner":"alice","name":"deploy","hint":"h","scopes":["read"],"created_at":1500,"expires_at":null,"last_used_at":null}},"digest":[3,[{zeros}]]}}"#
    );
    let session = format!(
        r#"{{"record":{{"id":"s","subject":"alice","generation":4,"scopes":[],"created_at":1000,"idle_expires_at":9000,"expires_at":9000}},"locator":[{zeros}],"current":[1,[{zeros}]],"previous":null,"ended":false}}"#
    );
    let database = redb::Database::open(path).unwrap();
    let transaction = database.begin_write().unwrap();
    for (table, id, json) in [("countersign/tokens", "k", token), ("countersign/sessions", "s", session)] {
        let table = TableDefinition::<&str, &[u8]>::new(table);
        transaction.open_table(table).unwrap().insert(id, json.as_bytes()).unwrap();
    }
    transaction.commit().unwrap();
}

#[test]
fn tokens_and_sessions_of_version_2_become_records() {
    let (_folder, path) = file();
    write_version_2(&path);
    let store = RedbStore::open(&path).unwrap();
    let tokens = store.tokens();
    let digest = |key_id| KeyedDigest { key_id, digest: LookupDigest::from_bytes([0; 32]) };
    let found = block_on(tokens.find_token(Kind::ApiKey, &[digest(3)], at(2))).unwrap();
    let TokenLookup::Found(found) = found else { panic!("{found:?}") };
    assert_eq!((found.record.id.as_str(), found.record.name.as_str()), ("k", "deploy"));
    let session = block_on(tokens.find_session(&digest(0).digest)).unwrap().unwrap();
    assert_eq!((session.record.subject.as_str(), session.record.subject_version), ("alice", 4));
    assert_eq!(block_on(tokens.count_by_digest_key()).unwrap(), [(3, 1), (1, 1)].into());
    assert_eq!(block_on(tokens.list_tokens(Kind::ApiKey, "alice")).unwrap().len(), 1);
    let names = store.database().begin_read().unwrap();
    let mut names = names.list_tables().unwrap().map(|table| table.name().to_owned());
    assert!(!names.any(|name| name == "countersign/tokens" || name == "countersign/sessions"));
}
