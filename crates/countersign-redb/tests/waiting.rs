//! A disk that takes its time: readers do not wait for it, and neither do the threads that serve requests.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use countersign_random::{KeyedDigest, LookupDigest};
use countersign_redb::{RedbStore, redb};
use countersign_revocation::{Check, RetainUntil, RevocationStore, Scope, Target, Verdict};
use countersign_token_store::{
    ErrorKind, Kind, RecordKind, SessionRecord, StoredSession, StoredToken, TokenLookup, TokenRecord,
    TokenStore, TokenStoreExt,
};
use pollster::block_on;
use redb::backends::InMemoryBackend;
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-11-01 12:00 UTC);
const LATER: OffsetDateTime = datetime!(2026-11-01 13:00 UTC);

/// Stops whoever syncs while it is shut, and tells that somebody has come.
#[derive(Debug)]
struct Gate {
    shut: Mutex<bool>,
    opened: Condvar,
    came: Mutex<Sender<()>>,
}

impl Gate {
    fn set(&self, shut: bool) {
        *self.shut.lock().unwrap() = shut;
        self.opened.notify_all();
    }

    fn pass(&self) {
        let mut shut = self.shut.lock().unwrap();
        if *shut {
            self.came.lock().unwrap().send(()).unwrap();
        }
        while *shut {
            shut = self.opened.wait(shut).unwrap();
        }
    }
}

/// A file in memory whose syncs go through the gate.
#[derive(Debug)]
struct Disk {
    file: InMemoryBackend,
    gate: Arc<Gate>,
}

impl redb::StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.gate.pass();
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.file.write(offset, data)
    }
}

/// A store with a revoked session, an API key and a session in it.
fn store() -> (RedbStore, Arc<Gate>, Receiver<()>) {
    let (came, comes) = channel();
    let gate = Arc::new(Gate { shut: Mutex::new(false), opened: Condvar::new(), came: Mutex::new(came) });
    let disk = Disk { file: InMemoryBackend::new(), gate: Arc::clone(&gate) };
    let database = redb::Builder::new().create_with_backend(disk).unwrap();
    let store = RedbStore::from_database(database).unwrap();
    block_on(store.revocations().revoke("i", Target::Session("before"), RetainUntil::FOREVER)).unwrap();
    block_on(store.tokens().insert_token(api_key())).unwrap();
    block_on(store.tokens().create_session(session())).unwrap();
    (store, gate, comes)
}

fn digest(byte: u8) -> KeyedDigest {
    KeyedDigest { key_id: 1, digest: LookupDigest::from_bytes([byte; 32]) }
}

fn api_key() -> StoredToken {
    let record = TokenRecord {
        id: "t".into(),
        kind: Kind::ApiKey,
        owner: "alice".into(),
        name: String::new(),
        hint: String::new(),
        scopes: vec![],
        roles: vec![],
        created_at: NOW,
        expires_at: None,
        last_used_at: None,
    };
    StoredToken { record, digest: digest(1) }
}

fn session() -> StoredSession {
    let record = SessionRecord {
        id: "s".into(),
        subject: "alice".into(),
        subject_version: 0,
        scopes: vec![],
        name: String::new(),
        created_at: NOW,
        last_refreshed_at: None,
        idle_expires_at: LATER,
        expires_at: LATER,
    };
    StoredSession { record, locator: digest(9).digest, current: digest(0), previous: None, ended: false }
}

fn verdict(store: &RedbStore, sid: &str) -> Verdict {
    block_on(store.revocations().check(&Check::new("i").session(sid), NOW).wait()).unwrap()
}

/// Everything that a store can be asked.
fn ask_everything(store: &RedbStore) {
    let (revocations, tokens) = (store.revocations(), store.tokens());
    assert_eq!(verdict(store, "before"), Verdict::Revoked(Scope::Session));
    assert_eq!(verdict(store, "blocked"), Verdict::NotRevoked, "it has not been acknowledged");
    assert_eq!(block_on(revocations.subject_version("i", "alice")).unwrap(), 0);
    assert_eq!(block_on(revocations.count()).unwrap().sessions, 1);
    let found = block_on(tokens.find_token(Kind::ApiKey, &[digest(1)], NOW)).unwrap();
    assert!(matches!(found, TokenLookup::Found(_)));
    assert_eq!(block_on(tokens.list_tokens(Kind::ApiKey, "alice")).unwrap().len(), 1);
    assert!(block_on(tokens.find_session(&digest(9).digest)).unwrap().is_some());
    assert!(block_on(tokens.session("s", NOW)).unwrap().is_some());
    assert_eq!(block_on(tokens.count_by_digest_key()).unwrap(), [(1, 2)].into());
}

#[test]
fn reads_are_answered_while_a_write_waits_for_the_disk() {
    let (store, gate, comes) = store();
    gate.set(true);
    let writing = {
        let store = store.clone();
        std::thread::spawn(move || {
            block_on(store.revocations().revoke("i", Target::Session("blocked"), RetainUntil::FOREVER))
                .unwrap();
        })
    };
    comes.recv().unwrap();
    let (answered, answer) = channel();
    let reading = {
        let store = store.clone();
        std::thread::spawn(move || {
            ask_everything(&store);
            answered.send(()).unwrap();
        })
    };
    let answer = answer.recv_timeout(Duration::from_secs(20));
    assert!(!writing.is_finished(), "the disk did not hold the write up");
    gate.set(false);
    writing.join().unwrap();
    reading.join().unwrap();
    answer.unwrap();
    assert_eq!(verdict(&store, "blocked"), Verdict::Revoked(Scope::Session));
}

#[test]
fn duplicate_digest_in_replace_all_fails_no_other_write_of_the_transaction() {
    let (store, gate, comes) = store();
    let (revocations, tokens) = (store.revocations(), store.tokens());
    let mut other = api_key();
    (other.record.id, other.digest) = ("other".into(), digest(2));
    block_on(tokens.insert_token(other.clone())).unwrap();
    let version = block_on(tokens.get(RecordKind::ApiKey, "other")).unwrap().unwrap().version;
    other.digest = digest(1);
    gate.set(true);
    let mut context = Context::from_waker(Waker::noop());
    // The first write holds the thread up, so that the others share the next transaction.
    let mut first = Box::pin(revocations.revoke("i", Target::Session("first"), RetainUntil::FOREVER));
    assert!(first.as_mut().poll(&mut context).is_pending());
    comes.recv().unwrap();
    let mut before = Box::pin(revocations.revoke("i", Target::Session("before it"), RetainUntil::FOREVER));
    let mut refused = Box::pin(tokens.replace_all(vec![(version, other.into())]));
    let mut after = Box::pin(revocations.revoke("i", Target::Session("after it"), RetainUntil::FOREVER));
    assert!(before.as_mut().poll(&mut context).is_pending());
    assert!(refused.as_mut().poll(&mut context).is_pending());
    assert!(after.as_mut().poll(&mut context).is_pending());
    gate.set(false);
    block_on(first).unwrap();
    block_on(before).unwrap();
    assert_eq!(block_on(refused).unwrap_err().kind(), ErrorKind::Duplicate);
    block_on(after).unwrap();
    assert_eq!(verdict(&store, "before it"), Verdict::Revoked(Scope::Session));
}

#[test]
fn a_thread_that_polls_a_write_does_not_wait_for_the_disk() {
    let (store, gate, comes) = store();
    gate.set(true);
    let revocations = store.revocations();
    let mut context = Context::from_waker(Waker::noop());
    let mut writes: Vec<_> = (0..100)
        .map(|number| {
            let (revocations, sid) = (revocations.clone(), number.to_string());
            Box::pin(
                async move { revocations.revoke("i", Target::Session(&sid), RetainUntil::FOREVER).await },
            )
        })
        .collect();
    let started = Instant::now();
    for write in &mut writes {
        assert!(matches!(write.as_mut().poll(&mut context), Poll::Pending));
    }
    assert!(started.elapsed() < Duration::from_secs(5));
    comes.recv().unwrap();
    // One is gone while it waits: it happens all the same.
    drop(writes.pop());
    gate.set(false);
    for write in writes {
        block_on(write).unwrap();
    }
    drop(revocations);
    for number in 0..100 {
        assert_eq!(verdict(&store, &number.to_string()), Verdict::Revoked(Scope::Session), "{number}");
    }
}
