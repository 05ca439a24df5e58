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

/// Lets so many syncs pass, and stops the next one after it has said that it came.
#[derive(Debug)]
struct Gate {
    left: Mutex<u64>,
    opened: Condvar,
    came: Mutex<Sender<()>>,
}

impl Gate {
    fn set(&self, shut: bool) {
        self.let_pass(if shut { 0 } else { u64::MAX });
    }

    fn let_pass(&self, syncs: u64) {
        *self.left.lock().unwrap() = syncs;
        self.opened.notify_all();
    }

    fn pass(&self) {
        let mut left = self.left.lock().unwrap();
        if *left == 0 {
            self.came.lock().unwrap().send(()).unwrap();
        }
        while *left == 0 {
            left = self.opened.wait(left).unwrap();
        }
        *left -= 1;
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
    let gate = Arc::new(Gate { left: Mutex::new(u64::MAX), opened: Condvar::new(), came: Mutex::new(came) });
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
fn write_that_arrives_during_a_slice_does_not_wait_for_the_next_slice() {
    let (store, gate, comes) = store();
    let (revocations, tokens) = (store.revocations(), store.tokens());
    let mut context = Context::from_waker(Waker::noop());
    let mut inserts: Vec<_> = (0..3000_u32)
        .map(|number| {
            let mut key = api_key();
            (key.record.id, key.record.owner) = (number.to_string(), "bob".into());
            let mut bytes = [7; 32];
            bytes[..4].copy_from_slice(&number.to_be_bytes());
            key.digest.digest = LookupDigest::from_bytes(bytes);
            Box::pin(tokens.insert_token(key))
        })
        .collect();
    inserts.retain_mut(|insert| insert.as_mut().poll(&mut context).is_pending());
    inserts.into_iter().for_each(|insert| block_on(insert).unwrap());
    let left = || block_on(tokens.list(RecordKind::ApiKey, "bob")).unwrap().len();

    gate.set(true);
    let mut removal = Box::pin(tokens.remove_by_owner(RecordKind::ApiKey, "bob"));
    assert!(removal.as_mut().poll(&mut context).is_pending());
    comes.recv().unwrap();
    // The commit of the first slice is under way.
    let mut write = Box::pin(revocations.revoke("i", Target::Session("between"), RetainUntil::FOREVER));
    assert!(write.as_mut().poll(&mut context).is_pending());
    gate.let_pass(1);
    comes.recv().unwrap();
    let after_one_slice = left();
    while write.as_mut().poll(&mut context).is_pending() {
        gate.let_pass(1);
        comes.recv().unwrap();
    }
    let after_the_write = left();
    gate.set(false);
    assert_eq!(block_on(removal).unwrap(), 3000);
    assert!((1..3000).contains(&after_one_slice), "{after_one_slice}");
    assert_eq!(after_the_write, after_one_slice, "the write waited for another slice");
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
