//! What opening a file answers: one that is not there, is open elsewhere, or is no sound database.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use countersign_redb::{OpenErrorKind, RedbOptions, RedbStore};
use countersign_revocation::{Check, RetainUntil, RevocationStore, Scope, Target, TokenId, Verdict};
use pollster::block_on;
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

fn open_error(path: &Path) -> OpenErrorKind {
    RedbStore::open(path).unwrap_err().kind()
}

/// A store with a few thousand entries, closed again.
fn filled(path: &Path) {
    let store = RedbStore::open(path).unwrap().revocations();
    for number in 0..2000 {
        let jti = number.to_string();
        // Not awaited: they share a few commits, and closing the store waits for them.
        let target = Target::Token(TokenId::Jti(&jti));
        let mut revoke = Box::pin(store.revoke("i", target, RetainUntil::at(LATER)));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let _ = revoke.as_mut().poll(&mut context);
    }
}

#[test]
fn a_file_that_is_open_is_locked() {
    let (_folder, path) = file();
    let store = RedbStore::open(&path).unwrap();
    assert_eq!(open_error(&path), OpenErrorKind::Locked);
    let tokens = store.tokens();
    drop(store);
    assert_eq!(open_error(&path), OpenErrorKind::Locked, "a store made from it is still there");
    drop(tokens);
    RedbStore::open(&path).unwrap();
}

#[test]
fn open_existing_makes_no_file_and_no_tables() {
    let (_folder, path) = file();
    let existing = |path: &Path| RedbStore::open_existing(path).map(|_| ()).map_err(|error| error.kind());
    assert_eq!(existing(&path), Err(OpenErrorKind::NotFound));
    assert!(!path.exists());

    // An application's own database, or the wrong one.
    drop(redb::Database::create(&path).unwrap());
    assert_eq!(existing(&path), Err(OpenErrorKind::NotFound));
    let database = redb::Database::open(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    assert_eq!(transaction.list_tables().unwrap().count(), 0);
    drop((transaction, database));

    drop(RedbStore::open(&path).unwrap());
    assert_eq!(existing(&path), Ok(()));
}

#[test]
fn a_foreign_file_is_refused_and_left_alone() {
    let (_folder, path) = file();
    for text in ["x", "not a database\n", &"SQLite format 3\0".repeat(1000)] {
        fs::write(&path, text).unwrap();
        assert_eq!(open_error(&path), OpenErrorKind::Unreadable);
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn refused_file_says_its_cause() {
    let (folder, path) = file();
    let says = |path: &Path, kind: OpenErrorKind, cause: &str| {
        let error = RedbStore::open(path).unwrap_err();
        assert_eq!(error.kind(), kind);
        for shown in [error.to_string(), format!("{error:?}")] {
            assert!(shown.contains(cause), "{shown}");
            assert!(!shown.contains("store.redb"), "{shown}");
        }
    };
    fs::write(&path, "SQLite format 3").unwrap();
    says(&path, OpenErrorKind::Unreadable, "is no redb database");
    fs::write(&path, "").unwrap();
    says(&path, OpenErrorKind::Unreadable, "the file is empty");
    fs::remove_file(&path).unwrap();
    says(&path.join("store.redb"), OpenErrorKind::Io, "no such folder");
    says(folder.path(), OpenErrorKind::Io, "leads to a folder");

    filled(&path);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    says(&path, OpenErrorKind::Unreadable, "the file is damaged");
    fs::write(&path, whole).unwrap();

    let store = RedbStore::open(&path).unwrap();
    says(&path, OpenErrorKind::Locked, "has the file open");
    let transaction = store.database().begin_write().unwrap();
    let numbers = redb::TableDefinition::<&str, u64>::new("countersign/numbers");
    transaction.open_table(numbers).unwrap().insert("version", 9).unwrap();
    transaction.commit().unwrap();
    drop(store);
    says(&path, OpenErrorKind::UnknownVersion, "version 9, and this program knows 1 to 3");
}

#[test]
fn a_truncated_file_is_refused() {
    let (_folder, path) = file();
    filled(&path);
    let whole = fs::read(&path).unwrap();
    for keep in [0, 1, 100, 4096, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..keep]).unwrap();
        assert_eq!(open_error(&path), OpenErrorKind::Unreadable, "{keep} of {} bytes", whole.len());
    }
}

#[test]
fn a_damaged_file_is_refused_or_still_whole() {
    let (_folder, path) = file();
    filled(&path);
    let whole = fs::read(&path).unwrap();
    let mut refused = 0;
    for position in (0..whole.len()).step_by(whole.len() / 50) {
        let mut damaged = whole.clone();
        damaged[position] ^= 0xff;
        fs::write(&path, &damaged).unwrap();
        match RedbStore::open(&path) {
            Err(error) => {
                assert_eq!(error.kind(), OpenErrorKind::Unreadable);
                refused += 1;
            }
            // The byte was in no page that is in use.
            Ok(store) => {
                let store = store.revocations();
                assert_eq!(block_on(store.count()).unwrap().tokens, 2000, "damage at {position}");
                for number in 0..2000 {
                    let jti = number.to_string();
                    let check = Check::new("i").token(TokenId::Jti(&jti));
                    let verdict = block_on(store.check(&check, NOW).wait()).unwrap();
                    assert_eq!(verdict, Verdict::Revoked(Scope::Token), "{number}, damage at {position}");
                }
            }
        }
    }
    assert!(refused > 0, "no damage was noticed at all");
}

#[test]
fn file_opens_without_the_check_of_the_whole_file() {
    let (_folder, path) = file();
    let options = RedbOptions::new().check_whole_file(false);
    let missing = options.open_existing(&path).unwrap_err();
    assert_eq!(missing.kind(), OpenErrorKind::NotFound);
    drop(options.open(&path).unwrap());
    fs::remove_file(&path).unwrap();
    filled(&path);
    let store = options.open_existing(&path).unwrap().revocations();
    assert_eq!(block_on(store.count()).unwrap().tokens, 2000);
    drop(store);
    for content in [b"".as_slice(), b"not a database"] {
        fs::write(&path, content).unwrap();
        assert_eq!(options.open(&path).unwrap_err().kind(), OpenErrorKind::Unreadable);
    }
}

#[test]
fn damaged_page_of_data_is_found_by_the_check_alone() {
    let (_folder, path) = file();
    filled(&path);
    // A page of data that was damaged while no process had the file open.
    let mut damaged = fs::read(&path).unwrap();
    let data = b"1999".as_slice();
    let position = damaged.windows(data.len()).position(|window| window == data).unwrap();
    damaged[position] ^= 0xff;
    fs::write(&path, &damaged).unwrap();
    drop(RedbOptions::new().check_whole_file(false).open(&path).unwrap());
    assert_eq!(open_error(&path), OpenErrorKind::Unreadable, "the check finds it");
}

#[test]
fn compaction_makes_the_file_small_and_keeps_what_it_holds() {
    let (_folder, path) = file();
    let compact = |path: &Path| RedbStore::compact(path).map_err(|error| error.kind());
    assert_eq!(compact(&path), Err(OpenErrorKind::NotFound));
    assert!(!path.exists());
    filled(&path);
    let store = RedbStore::open(&path).unwrap().revocations();
    assert_eq!(compact(&path), Err(OpenErrorKind::Locked));
    block_on(store.revoke("i", Target::Key("kept"), RetainUntil::FOREVER)).unwrap();
    assert_eq!(block_on(store.purge_expired(LATER, 10_000)).unwrap().removed, 2000);
    drop(store);
    let size = fs::metadata(&path).unwrap().len();
    let compacted = compact(&path).unwrap();
    assert_eq!(compacted.before, size);
    assert_eq!(compacted.after, fs::metadata(&path).unwrap().len());
    assert!(compacted.after < size / 2, "from {size} to {} bytes", compacted.after);
    let store = RedbStore::open(&path).unwrap().revocations();
    let verdict = block_on(store.check(&Check::new("i").key("kept"), NOW).wait()).unwrap();
    assert_eq!(verdict, Verdict::Revoked(Scope::Key));
}

#[test]
fn a_missing_folder_is_an_io_error() {
    let (folder, _) = file();
    assert_eq!(open_error(&folder.path().join("missing").join("store.redb")), OpenErrorKind::Io);
}

#[cfg(unix)]
#[test]
fn a_new_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = file();
    drop(RedbStore::open(&path).unwrap());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn an_empty_file_is_refused_and_left_alone() {
    let (_folder, path) = file();
    fs::write(&path, "").unwrap();
    assert_eq!(open_error(&path), OpenErrorKind::Unreadable, "it is no new one: what it held is lost");
    assert_eq!(fs::metadata(&path).unwrap().len(), 0);
}

#[test]
fn a_folder_is_an_io_error() {
    let (folder, _) = file();
    assert_eq!(open_error(folder.path()), OpenErrorKind::Io);
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_is_an_io_error_and_no_damage() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = file();
    filled(&path);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&path).is_ok() {
        println!("skipped: this user may read every file");
        return;
    }
    assert_eq!(open_error(&path), OpenErrorKind::Io);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    assert_eq!(open_error(&path), OpenErrorKind::Io, "it can be read and not written");
}

#[test]
fn what_was_left_of_making_a_file_is_begun_anew() {
    let (folder, path) = file();
    let unfinished = folder.path().join("store.redb.new");
    for left in [b"".as_slice(), &[0; 5000], b"not finished"] {
        fs::write(&unfinished, left).unwrap();
        filled(&path);
        assert!(!unfinished.exists());
        let store = RedbStore::open(&path).unwrap().revocations();
        assert_eq!(block_on(store.count()).unwrap().tokens, 2000);
        drop(store);
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn what_was_left_of_making_a_file_is_no_matter_once_the_file_is_there() {
    let (folder, path) = file();
    filled(&path);
    fs::write(folder.path().join("store.redb.new"), "whatever").unwrap();
    let store = RedbStore::open(&path).unwrap().revocations();
    assert_eq!(block_on(store.count()).unwrap().tokens, 2000);
}

#[test]
fn of_many_that_make_a_file_at_once_one_has_it_and_the_others_are_told_that_it_is_open() {
    let mut made = 0;
    for _ in 0..50 {
        let (_folder, path) = file();
        let start = std::sync::Barrier::new(4);
        let opened: Vec<_> = std::thread::scope(|scope| {
            let open = || {
                start.wait();
                RedbStore::open(&path)
            };
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for result in &opened {
            let Err(error) = result else { continue };
            assert_eq!(error.kind(), OpenErrorKind::Locked);
        }
        let stores: Vec<_> = opened.into_iter().flatten().collect();
        assert!(stores.len() <= 1, "two have it");
        for store in &stores {
            block_on(store.revocations().revoke("i", Target::Key("k"), RetainUntil::FOREVER)).unwrap();
        }
        let keys = stores.len() as u64;
        made += keys;
        drop(stores);
        let store = RedbStore::open(&path).unwrap().revocations();
        assert_eq!(block_on(store.count()).unwrap().keys, keys);
    }
    assert!(made > 0, "nobody ever had it");
}
