//! The verifier with users in memory and argon2 that is counted.

mod flood;

use std::error::Error as _;
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use countersign_session::CredentialErrorKind;
use pollster::block_on;

use super::*;
use crate::testing::{Counting, NoRandomness, Users, ada, counted, weak};

const PASSWORD: &str = "correct horse";

fn stored(m: u32, t: u32, p: u32) -> PasswordHash {
    Hasher::new(weak(m, t, p)).hash(PASSWORD).unwrap()
}

/// A verifier with one worker, room for one more, and parameters (16, 2, 1).
fn verifier<D: UserDirectory>(directory: D) -> (PasswordVerifier<D>, Arc<Counting>) {
    let (hasher, work) = counted(weak(16, 2, 1));
    (PasswordVerifier::builder(directory).hasher(hasher).workers(1).queue(1).build().unwrap(), work)
}

fn poll_once<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> Poll<T> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// A job that keeps the worker until the sender is dropped; returns when the worker has begun.
fn occupied<D>(verifier: &PasswordVerifier<D>) -> (Sender<()>, impl Future<Output = Result<(), Error>>) {
    let (release, released) = channel::<()>();
    let (begun, beginning) = channel();
    let mut job = Box::pin(verifier.0.pool.run(None, move |_| {
        begun.send(()).unwrap();
        let _ = released.recv();
    }));
    assert!(poll_once(job.as_mut()).is_pending());
    beginning.recv_timeout(Duration::from_secs(20)).unwrap();
    (release, job)
}

#[test]
fn the_right_password_gives_the_account_and_nothing_else_does() {
    let (verifier, _) = verifier(Users::with(stored(16, 2, 1)));
    let verify = |user_id, password| block_on(verifier.verify(user_id, password)).unwrap();
    assert!(verify("ada", PASSWORD) == Some(ada()));
    assert!(verify("ada", "correct hors").is_none());
    assert!(verify("ada", "Correct horse").is_none());
    assert!(verify("ada", "correct horse\0").is_none());
    assert!(verify("eve", PASSWORD).is_none());
}

#[test]
fn an_unknown_user_a_wrong_password_and_an_unreadable_hash_cost_the_same_work() {
    let cost = |directory, user_id| {
        let (verifier, work) = verifier(directory);
        assert!(block_on(verifier.verify(user_id, "wrong")).unwrap().is_none());
        work.take().into_iter().map(|(m, t, _)| m * t).sum::<u32>()
    };
    assert_eq!(cost(Users::with(stored(16, 2, 1)), "eve"), 32);
    assert_eq!(cost(Users::with(stored(16, 2, 1)), "ada"), 32);
    assert_eq!(cost(Users::with(stored(8, 1, 1)), "ada"), 32);
    assert_eq!(cost(Users::with("!"), "ada"), 32);
}

#[test]
fn an_empty_or_overlong_password_is_wrong_for_everybody_and_costs_nothing() {
    let longest = "x".repeat(1024);
    let hash = Hasher::new(weak(16, 2, 1)).hash(&longest).unwrap();
    let (verifier, work) = verifier(Users::with(hash));
    for user_id in ["ada", "eve"] {
        for password in ["", &"x".repeat(1025)] {
            assert!(block_on(verifier.verify(user_id, password)).unwrap().is_none());
        }
    }
    assert!(work.take().is_empty());
    assert!(verifier.directory().calls.lock().unwrap().is_empty());
    assert!(block_on(verifier.verify("ada", &longest)).unwrap().is_some());
}

#[test]
fn an_empty_password_is_wrong_even_where_one_was_hashed() {
    // argon2-cffi: hash_secret(b"", b"sixteen byte sal", 1, 8, 1, 32, Type.ID).
    let (verifier, _) = verifier(Users::with(
        "$argon2id$v=19$m=8,t=1,p=1$c2l4dGVlbiBieXRlIHNhbA$j09itcICKlyhYNwqOoaIizyyh5Gy2qZCoRA6BoXAWyk",
    ));
    assert!(block_on(verifier.verify("ada", "")).unwrap().is_none());
}

#[test]
fn an_unreadable_hash_lets_nobody_in_and_the_directory_is_told() {
    for hash in [
        "",
        "!",
        PASSWORD,
        "$argon2id$v=19$m=4194304,t=1,p=1$c2l4dGVlbiBieXRlIHNhbA$SkTyK5ieVch90mEUwF8tzBe6D2HHTwYC614upiZx7+s",
    ] {
        let (verifier, work) = verifier(Users::with(hash));
        assert!(block_on(verifier.verify("ada", PASSWORD)).unwrap().is_none());
        assert_eq!(*verifier.directory().calls.lock().unwrap(), ["find ada", "unreadable ada"]);
        assert_eq!(work.take(), [(16, 2, 1)], "and not what the hash asks for");
    }
}

#[test]
fn a_hash_with_lower_parameters_is_replaced_once_its_password_is_known() {
    let old = stored(8, 1, 1);
    let (verifier, work) = verifier(Users::with(old.clone()));
    assert!(block_on(verifier.verify("ada", "wrong")).unwrap().is_none());
    assert_eq!(verifier.directory().stored(), old.expose(), "not by a wrong password");
    work.take();

    assert!(block_on(verifier.verify("ada", PASSWORD)).unwrap() == Some(ada()));
    assert_eq!(work.take(), [(8, 1, 1), (16, 2, 1)]);
    let new = verifier.directory().stored();
    assert!(new.starts_with("$argon2id$v=19$m=16,t=2,p=1$"));
    assert_ne!(new.split('$').nth(4), old.expose().split('$').nth(4), "the salt is fresh");

    assert!(block_on(verifier.verify("ada", PASSWORD)).unwrap().is_some());
    assert_eq!(work.take(), [(16, 2, 1)]);
    let calls = verifier.directory().calls.lock().unwrap().clone();
    assert_eq!(calls, ["find ada", "find ada", &format!("replace ada {}", old.expose()), "find ada"]);
}

/// The password is changed right after it was looked up.
struct Changing(Users, PasswordHash);

impl UserDirectory for Changing {
    async fn find(&self, user_id: &str) -> Result<Option<User>, BoxError> {
        let found = self.0.find(user_id).await;
        *self.0.hash.lock().unwrap() = Some(self.1.clone());
        found
    }
    async fn account(&self, subject: &str) -> Result<Option<Account>, BoxError> {
        self.0.account(subject).await
    }
    async fn replace_hash(&self, id: &str, old: &PasswordHash, new: &PasswordHash) -> Result<(), BoxError> {
        self.0.replace_hash(id, old, new).await
    }
}

#[test]
fn a_replacement_that_is_refused_neither_fails_the_login_nor_undoes_a_change_of_password() {
    let changed = Hasher::new(weak(16, 2, 1)).hash("another").unwrap();
    let (verifier, _) = verifier(Changing(Users::with(stored(8, 1, 1)), changed.clone()));
    assert!(block_on(verifier.verify("ada", PASSWORD)).unwrap() == Some(ada()));
    assert_eq!(verifier.directory().0.stored(), changed.expose());
}

#[test]
fn a_full_queue_is_busy_at_once() {
    let (verifier, _) = verifier(Users::with(stored(16, 2, 1)));
    let (release, under_way) = occupied(&verifier);
    let mut waiting = pin!(verifier.verify("ada", PASSWORD));
    assert!(poll_once(waiting.as_mut()).is_pending());
    for user_id in ["ada", "eve"] {
        let Poll::Ready(Err(error)) = poll_once(pin!(verifier.verify(user_id, PASSWORD))) else {
            panic!("not refused at once");
        };
        assert_eq!(error.kind(), CredentialErrorKind::Busy);
    }
    assert!(
        matches!(poll_once(pin!(verifier.hash("new"))), Poll::Ready(Err(e)) if e.kind() == ErrorKind::Busy)
    );
    drop(release);
    block_on(under_way).unwrap();
    assert!(block_on(waiting).unwrap().is_some());
}

#[test]
fn a_check_whose_caller_has_gone_is_skipped() {
    let (hasher, work) = counted(weak(16, 2, 1));
    let users = Users::with(stored(16, 2, 1));
    let verifier = PasswordVerifier::builder(users).hasher(hasher).workers(1).queue(2).build().unwrap();
    let (release, _under_way) = occupied(&verifier);
    {
        let mut gone = pin!(verifier.verify("ada", PASSWORD));
        assert!(poll_once(gone.as_mut()).is_pending());
    }
    let mut after = pin!(verifier.hash("new"));
    assert!(poll_once(after.as_mut()).is_pending());
    drop(release);
    assert!(block_on(after).is_ok());
    assert_eq!(work.take(), [(16, 2, 1)], "only the hash");
}

#[test]
fn what_cannot_be_told_is_unavailable_and_lets_nobody_in() {
    let (verifier, _) = verifier(Users { broken: true, ..Users::with(stored(16, 2, 1)) });
    let errors = [
        block_on(verifier.verify("ada", PASSWORD)).unwrap_err(),
        block_on(verifier.account("user-1")).unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), CredentialErrorKind::Unavailable);
        assert!(!format!("{error} {error:?}").contains("canary"));
        assert_eq!(error.source().unwrap().to_string(), "canary");
    }
}

#[test]
fn no_memory_is_unavailable_for_whoever_logs_in() {
    for user_id in ["ada", "eve"] {
        let work = Arc::new(Counting { fails_at: Some(0), ..Counting::default() });
        let hasher = Hasher::new(weak(16, 2, 1)).with_function(work);
        let users = Users::with(stored(16, 2, 1));
        let verifier = PasswordVerifier::builder(users).hasher(hasher).build().unwrap();
        let error = block_on(verifier.verify(user_id, PASSWORD)).unwrap_err();
        assert_eq!(error.kind(), CredentialErrorKind::Unavailable);
        let cause = error.source().unwrap().downcast_ref::<Error>().unwrap();
        assert_eq!(cause.kind(), ErrorKind::OutOfMemory);
    }
}

#[test]
fn an_account_is_the_directorys() {
    let (verifier, work) = verifier(Arc::new(Users::with(stored(16, 2, 1))));
    assert!(block_on(verifier.account("user-1")).unwrap() == Some(ada()));
    assert!(block_on(verifier.account("user-2")).unwrap().is_none());
    assert_eq!(*verifier.directory().calls.lock().unwrap(), ["account user-1", "account user-2"]);
    assert!(work.take().is_empty());
}

#[test]
fn a_shared_directory_gets_every_call() {
    let old = stored(8, 1, 1);
    let (verifier, _) = verifier(Arc::new(Users::with(old.clone())));
    assert!(block_on(verifier.verify("ada", PASSWORD)).unwrap().is_some());
    assert_ne!(verifier.directory().stored(), old.expose());
    *verifier.directory().hash.lock().unwrap() = Some("!".into());
    assert!(block_on(verifier.verify("ada", PASSWORD)).unwrap().is_none());
    assert_eq!(verifier.directory().calls.lock().unwrap().last().unwrap(), "unreadable ada");
}

#[test]
fn a_hash_made_on_the_workers_is_one_to_log_in_with() {
    let (verifier, _) = verifier(Users::default());
    let hash = block_on(verifier.hash(PASSWORD)).unwrap();
    *verifier.directory().hash.lock().unwrap() = Some(hash);
    assert!(block_on(verifier.verify("ada", PASSWORD)).unwrap().is_some());
    assert_eq!(block_on(verifier.hash("")).unwrap_err().kind(), ErrorKind::EmptyPassword);
    assert_eq!(block_on(verifier.hash(&"x".repeat(1025))).unwrap_err().kind(), ErrorKind::PasswordTooLong);
}

#[test]
fn limits_out_of_range_and_missing_randomness_are_refused() {
    let build =
        |workers, queue| PasswordVerifier::builder(Users::default()).workers(workers).queue(queue).build();
    for (workers, queue) in [(0, 1), (65, 1), (1, 0), (1, 4097)] {
        assert_eq!(build(workers, queue).unwrap_err().kind(), ErrorKind::LimitOutOfRange);
    }
    assert!(build(64, 1).is_ok() && build(1, 4096).is_ok());
    let hasher = Hasher::default().with_random(NoRandomness);
    let error = PasswordVerifier::builder(Users::default()).hasher(hasher).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RandomnessUnavailable);
}

#[test]
fn the_futures_can_be_sent_and_debug_shows_settings_only() {
    fn sent<T: Send>(_: &T) {}
    let (verifier, _) = verifier(Users::with("canary"));
    sent(&verifier.verify("ada", PASSWORD));
    sent(&verifier.account("ada"));
    sent(&verifier.hash(PASSWORD));
    let settings = "hasher: Hasher { parameters: Parameters { memory_kib: 16, passes: 2, lanes: 1 }, \
                    max_password_bytes: 1024, .. }, workers: 1, queue: 1, ..";
    assert_eq!(format!("{verifier:?}"), format!("PasswordVerifier {{ {settings} }}"));
    let user = User { account: ada(), password_hash: "canary".into() };
    assert_eq!(format!("{user:#?}"), "User(..)");
}
