//! What the file remembers, and what else may be in it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by panicking")]

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use countersign_redb::{RedbStore, redb};
use countersign_revocation::{Check, RetainUntil, RevocationStore, Scope, SubjectVersion, Target, Verdict};
use pollster::block_on;
use redb::ReadableDatabase;
use tempfile::TempDir;
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-11-01 12:00 UTC);
const LATER: OffsetDateTime = datetime!(2026-11-01 13:00 UTC);

fn file() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    (folder, path)
}

#[test]
fn a_restart_forgets_nothing() {
    let (_folder, path) = file();
    let subject_version = block_on(async {
        let store = RedbStore::open(&path).unwrap().revocations();
        store.revoke("i", Target::Session("s"), RetainUntil::at(LATER)).await.unwrap();
        store.revoke("i", Target::Key("k"), RetainUntil::FOREVER).await.unwrap();
        store.revoke_subject("i", "u", RetainUntil::at(LATER), NOW, Duration::ZERO).await.unwrap()
    });
    block_on(async {
        let store = RedbStore::open(&path).unwrap().revocations();
        for (check, scope) in [
            (Check::new("i").session("s"), Scope::Session),
            (Check::new("i").key("k"), Scope::Key),
            (Check::new("i").subject("u", SubjectVersion::Version(subject_version - 1)), Scope::Subject),
        ] {
            assert_eq!(store.check(&check, NOW).wait().await.unwrap(), Verdict::Revoked(scope));
        }
        assert_eq!(store.subject_version("i", "u").await.unwrap(), subject_version);
    });
}

#[test]
fn the_subject_version_floor_outlives_a_purge_and_a_restart() {
    let (_folder, path) = file();
    let before = block_on(async {
        let store = RedbStore::open(&path).unwrap().revocations();
        let before = store.revoke_subject("i", "u", RetainUntil::at(NOW), NOW, Duration::ZERO).await.unwrap();
        assert_eq!(store.purge_expired(LATER, 10).await.unwrap().removed, 1);
        before
    });
    let store = RedbStore::open(&path).unwrap().revocations();
    let long_ago = OffsetDateTime::UNIX_EPOCH;
    let after =
        block_on(store.revoke_subject("i", "u", RetainUntil::at(LATER), long_ago, Duration::ZERO)).unwrap();
    assert!(after > before, "{after} is not above {before}");
}

#[test]
fn an_application_keeps_its_own_tables_in_the_same_file() {
    let (_folder, path) = file();
    let database = redb::Database::create(&path).unwrap();
    let users = redb::TableDefinition::<&str, &str>::new("users");
    let transaction = database.begin_write().unwrap();
    transaction.open_table(users).unwrap().insert("alice", "hash").unwrap();
    transaction.commit().unwrap();
    let store = RedbStore::from_database(database).unwrap();
    block_on(store.revocations().revoke("i", Target::Session("s"), RetainUntil::at(LATER))).unwrap();
    let users = store.database().begin_read().unwrap().open_table(users).unwrap();
    assert_eq!(users.get("alice").unwrap().unwrap().value(), "hash");
}

#[test]
fn an_idle_store_does_not_make_the_file_of_a_busy_application_grow() {
    let (_folder, path) = file();
    let store = RedbStore::open(&path).unwrap();
    let table = redb::TableDefinition::<u8, &[u8]>::new("pictures");
    let replace = |times: u8| {
        for byte in 0..times {
            let transaction = store.database().begin_write().unwrap();
            transaction.open_table(table).unwrap().insert(0, vec![byte; 256 * 1024].as_slice()).unwrap();
            transaction.commit().unwrap();
        }
    };
    replace(40);
    let before = fs::metadata(&path).unwrap().len();
    for _ in 0..3 {
        // Longer than a read transaction is held.
        std::thread::sleep(Duration::from_millis(1200));
        replace(20);
    }
    let after = fs::metadata(&path).unwrap().len();
    assert!(after < before + before / 4, "from {before} to {after} bytes");
}

#[test]
fn concurrent_rotations_of_one_token_yield_one_successor() {
    use countersign_token_store::{Rotation, RotationOutcome, TokenStoreExt};
    use records::{locator, presented, session, successor};
    let (_folder, path) = file();
    let store = RedbStore::open(&path).unwrap().tokens();
    block_on(store.create_session(session(NOW, LATER))).unwrap();
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (1..=64)
            .map(|candidate| {
                let store = &store;
                scope.spawn(move || {
                    let rotation = Rotation {
                        locator: locator(),
                        presented: &[presented()],
                        successor: successor(candidate),
                        now: NOW,
                        grace: Duration::from_secs(30),
                        idle_lifetime: Duration::from_secs(600),
                    };
                    (candidate, block_on(store.rotate(&rotation)).unwrap())
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let winners: Vec<u8> = outcomes
        .iter()
        .filter(|(_, outcome)| matches!(outcome, RotationOutcome::Rotated(_)))
        .map(|(candidate, _)| *candidate)
        .collect();
    assert_eq!(winners.len(), 1);
    for (candidate, outcome) in outcomes {
        match outcome {
            RotationOutcome::Rotated(_) => assert_eq!(candidate, winners[0]),
            RotationOutcome::WithinGrace { salt, .. } => assert_eq!(salt.0, [winners[0]; 16]),
            other => panic!("{other:?}"),
        }
    }
}

/// Records for the test above.
mod records {
    use countersign_random::{KeyedDigest, LookupDigest};
    use countersign_token_store::{Salt, SessionRecord, StoredSession, Successor};
    use time::OffsetDateTime;

    fn digest(byte: u8) -> KeyedDigest {
        KeyedDigest { key_id: 1, digest: LookupDigest::from_bytes([byte; 32]) }
    }

    pub(super) fn session(now: OffsetDateTime, end: OffsetDateTime) -> StoredSession {
        let record = SessionRecord {
            id: "s".into(),
            subject: "alice".into(),
            subject_version: 0,
            scopes: vec![],
            name: String::new(),
            created_at: now,
            last_refreshed_at: None,
            idle_expires_at: end,
            expires_at: end,
        };
        StoredSession { record, locator: locator(), current: digest(0), previous: None, ended: false }
    }

    pub(super) fn locator() -> LookupDigest {
        digest(0xff).digest
    }

    pub(super) fn presented() -> KeyedDigest {
        digest(0)
    }

    pub(super) fn successor(candidate: u8) -> Successor {
        Successor { secret: digest(candidate), salt: Salt([candidate; 16]), derivation_key_id: 1 }
    }
}
