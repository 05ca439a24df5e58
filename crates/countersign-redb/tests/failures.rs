//! A disk that fails, a record that cannot be read, and requests that change nothing.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

use std::error::Error as _;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use countersign_random::{KeyedDigest, LookupDigest};
use countersign_redb::{OpenErrorKind, RedbStore, redb};
use countersign_revocation::{Check, RetainUntil, RevocationStore, Scope, Target, Verdict};
use countersign_token_store::{
    Kind, RecordKind, Rotation, RotationOutcome, Salt, SessionRecord, StoredSession, StoredToken, Successor,
    TokenLookup, TokenRecord, TokenStore, TokenStoreExt,
};
use pollster::block_on;
use redb::backends::InMemoryBackend;
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-11-01 12:00 UTC);

/// A file in memory that counts how often it is synced, and fails while the switch is on.
#[derive(Debug, Default)]
struct Disk {
    file: InMemoryBackend,
    failing: Arc<AtomicBool>,
    synced: Arc<AtomicUsize>,
}

impl Disk {
    fn check(&self) -> io::Result<()> {
        if self.failing.load(Ordering::SeqCst) { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }
}

impl redb::StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.check()?;
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.check()?;
        self.synced.fetch_add(1, Ordering::SeqCst);
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.check()?;
        self.file.write(offset, data)
    }
}

fn store() -> (RedbStore, Arc<AtomicBool>, Arc<AtomicUsize>) {
    let disk = Disk::default();
    let (failing, synced) = (Arc::clone(&disk.failing), Arc::clone(&disk.synced));
    let database = redb::Builder::new().create_with_backend(disk).unwrap();
    (RedbStore::from_database(database).unwrap(), failing, synced)
}

fn digest(byte: u8) -> KeyedDigest {
    KeyedDigest { key_id: 1, digest: LookupDigest::from_bytes([byte; 32]) }
}

fn token(id: &str, byte: u8, expires_at: OffsetDateTime) -> StoredToken {
    let record = TokenRecord {
        id: id.into(),
        kind: Kind::ApiKey,
        owner: "alice".into(),
        name: String::new(),
        hint: String::new(),
        scopes: vec![],
        roles: vec![],
        created_at: NOW,
        expires_at: Some(expires_at),
        last_used_at: None,
    };
    StoredToken { record, digest: digest(byte) }
}

fn unknown_rotation(store: &impl TokenStore) -> RotationOutcome {
    let rotation = Rotation {
        locator: digest(9).digest,
        presented: &[digest(9)],
        successor: Successor { secret: digest(8), salt: Salt([0; 16]), derivation_key_id: 1 },
        now: NOW,
        grace: Duration::ZERO,
        idle_lifetime: Duration::from_secs(1),
    };
    block_on(store.rotate(&rotation)).unwrap()
}

/// A stored record, the last of whose parts is its JSON.
type Row = (u64, Option<u32>, u32, &'static [u8; 32], &'static str, Option<i64>, &'static [u8]);

/// Damages a record. The store sees what others have committed once it commits something itself.
fn damage(store: &RedbStore, kind: RecordKind, id: &str) {
    let transaction = store.database().begin_write().unwrap();
    let table = redb::TableDefinition::<(&str, &str), Row>::new("countersign/records");
    let mut records = transaction.open_table(table).unwrap();
    let row = records.remove((kind.as_str(), id)).unwrap().unwrap();
    let (version, digest_key, key_id, digest, owner, end, _) = row.value();
    let (digest, owner) = (*digest, owner.to_owned());
    drop(row);
    let row = (version, digest_key, key_id, &digest, owner.as_str(), end, b"{".as_slice());
    records.insert((kind.as_str(), id), row).unwrap();
    drop(records);
    transaction.commit().unwrap();
    let revocations = store.revocations();
    block_on(revocations.revoke_subject("i", id, RetainUntil::FOREVER, NOW, Duration::ZERO)).unwrap();
}

#[test]
fn what_changes_nothing_is_not_written() {
    let (store, _, synced) = store();
    let (tokens, revocations) = (store.tokens(), store.revocations());
    let before = synced.load(Ordering::SeqCst);
    for _ in 0..100 {
        assert!(matches!(unknown_rotation(&tokens), RotationOutcome::Unknown));
    }
    assert!(!block_on(tokens.end_session("none")).unwrap());
    assert_eq!(block_on(tokens.end_sessions("nobody")).unwrap(), 0);
    assert!(!block_on(tokens.remove(RecordKind::ApiKey, "nobody", "none")).unwrap());
    block_on(tokens.record_use(Kind::ApiKey, "none", NOW)).unwrap();
    block_on(tokens.purge_expired(NOW, 10)).unwrap();
    block_on(revocations.purge_expired(NOW, 10)).unwrap();
    assert_eq!(synced.load(Ordering::SeqCst), before);
    block_on(revocations.revoke("i", Target::Session("s"), RetainUntil::FOREVER)).unwrap();
    assert!(synced.load(Ordering::SeqCst) > before, "what is acknowledged is on the disk");
}

#[test]
fn a_write_that_failed_is_told_and_reads_go_on() {
    let (store, failing, _) = store();
    let revocations = store.revocations();
    block_on(revocations.revoke("i", Target::Session("before"), RetainUntil::FOREVER)).unwrap();
    assert!(store.is_writable());
    failing.store(true, Ordering::SeqCst);
    let failed = || {
        let error =
            block_on(revocations.revoke("i", Target::Session("failed"), RetainUntil::FOREVER)).unwrap_err();
        error.source().unwrap().to_string()
    };
    assert_eq!(failed(), "the disk is full");
    failing.store(false, Ordering::SeqCst);
    assert_eq!(failed(), "the file failed before, and redb stops then: open the store again");
    assert!(!store.is_writable(), "a supervisor can see it");
    let check = |sid| block_on(revocations.check(&Check::new("i").session(sid), NOW).wait()).unwrap();
    assert_eq!(check("before"), Verdict::Revoked(Scope::Session));
    assert_eq!(check("failed"), Verdict::NotRevoked, "it was not acknowledged either");
}

#[test]
fn a_disk_that_is_full_when_the_tables_are_made_is_an_io_error_and_no_damage() {
    let disk = Disk::default();
    let failing = Arc::clone(&disk.failing);
    let database = redb::Builder::new().create_with_backend(disk).unwrap();
    failing.store(true, Ordering::SeqCst);
    let error = RedbStore::from_database(database).unwrap_err();
    assert_eq!(error.kind(), OpenErrorKind::Io);
}

#[test]
fn an_unreadable_record_holds_up_neither_the_purge_nor_a_removal() {
    let (store, ..) = store();
    let tokens = store.tokens();
    let later = NOW + time::Duration::HOUR;
    block_on(tokens.insert_token(token("bad", 1, NOW))).unwrap();
    block_on(tokens.insert_token(token("good", 2, NOW))).unwrap();
    damage(&store, RecordKind::ApiKey, "bad");
    assert_eq!(block_on(tokens.purge_expired(later, 10)).unwrap().removed, 2);
    assert_eq!(block_on(tokens.purge_expired(later, 10)).unwrap().removed, 0);
    assert!(block_on(tokens.list_tokens(Kind::ApiKey, "alice")).unwrap().is_empty(), "no index leads to it");
    assert!(block_on(tokens.count_by_digest_key()).unwrap().is_empty());

    block_on(tokens.insert_token(token("bad", 3, later))).unwrap();
    block_on(tokens.insert_token(token("good", 4, later))).unwrap();
    damage(&store, RecordKind::ApiKey, "bad");
    assert!(block_on(tokens.find_token(Kind::ApiKey, &[digest(3)], NOW)).is_err(), "damage lets nobody in");
    assert_eq!(block_on(tokens.remove_by_owner(RecordKind::ApiKey, "alice")).unwrap(), 2);
    assert!(matches!(
        block_on(tokens.find_token(Kind::ApiKey, &[digest(4)], NOW)).unwrap(),
        TokenLookup::Unknown
    ));
    assert!(block_on(tokens.list_tokens(Kind::ApiKey, "alice")).unwrap().is_empty());
}

#[test]
fn an_unreadable_session_holds_up_no_logout() {
    let (store, ..) = store();
    let tokens = store.tokens();
    for (id, byte) in [("bad", 1), ("good", 2)] {
        let record = SessionRecord {
            id: id.into(),
            subject: "alice".into(),
            subject_version: 0,
            scopes: vec![],
            name: String::new(),
            created_at: NOW,
            last_refreshed_at: None,
            idle_expires_at: NOW + time::Duration::HOUR,
            expires_at: NOW + time::Duration::HOUR,
        };
        let (locator, current) = (digest(byte).digest, digest(byte));
        let session = StoredSession { record, locator, current, previous: None, ended: false };
        block_on(tokens.create_session(session)).unwrap();
    }
    damage(&store, RecordKind::Session, "bad");
    assert_eq!(
        block_on(tokens.count_by_digest_key()).unwrap(),
        [(1, 2)].into(),
        "it counts until it is purged"
    );
    assert_eq!(block_on(tokens.end_sessions("alice")).unwrap(), 1);
    assert!(block_on(tokens.session("good", NOW)).unwrap().is_none());
}
