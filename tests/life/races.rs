//! Races of whole operations, each on a thread of its own.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use countersign::session::{
    ApiKeys, AuthMethods, Authenticator, ErrorKind, GrantFault, NewApiKey, RotateApiKey, TestClock,
};

use crate::engine::Engine;
use crate::service::{START, account, service, texts};

const TASKS: usize = 64;
const ROUNDS: usize = 12;

/// A service, and a way to wait on any thread.
struct Table<'a> {
    engine: &'a dyn Engine,
    clock: Arc<TestClock>,
    service: Authenticator,
}

impl Table<'_> {
    fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        let output = RefCell::new(None);
        self.engine.block_on(Box::pin(async { *output.borrow_mut() = Some(future.await) }));
        output.into_inner().unwrap()
    }

    fn log_in(&self, subject: &str) -> (String, String) {
        texts(&self.wait(self.service.issue(&account(subject))).unwrap())
    }

    fn refresh(&self, token: &str) -> Result<(String, String), ErrorKind> {
        self.wait(self.service.refresh(token)).map(|issued| texts(&issued)).map_err(|error| error.kind())
    }

    fn is_let_in(&self, access: &str) -> bool {
        self.wait(self.service.authenticate_token(access, AuthMethods::access_tokens())).is_ok()
    }

    fn is_key_let_in(&self, key: &str) -> bool {
        self.wait(self.service.authenticate_token(key, AuthMethods::api_keys())).is_ok()
    }

    /// Runs tasks that begin together.
    fn at_once<T: Send>(&self, tasks: usize, task: impl Fn(usize) -> T + Sync) -> Vec<T> {
        let start = Barrier::new(tasks);
        std::thread::scope(|scope| {
            let (start, task) = (&start, &task);
            let run = move |number| {
                start.wait();
                task(number)
            };
            let threads: Vec<_> = (0..tasks).map(|number| scope.spawn(move || run(number))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        })
    }
}

pub(crate) fn run(engine: &dyn Engine) {
    let clock = Arc::new(TestClock::new(START));
    let table = Table { engine, service: service(engine, &clock), clock };
    concurrent_refreshes_get_one_successor(&table);
    a_replay_after_the_grace_ends_everything(&table);
    a_replay_after_the_successor_was_used_ends_everything(&table);
    a_refresh_that_races_a_logout_leaves_nothing_alive(&table);
    key_rotation_beside_closed_account_leaves_no_key(&table);
    keys_created_beside_lists_are_listed_and_removed(&table);
}

fn concurrent_refreshes_get_one_successor(table: &Table<'_>) {
    let (_, first) = table.log_in("racer-1");
    let pairs = table.at_once(TASKS, |_| table.refresh(&first).unwrap());
    let successor = &pairs[0].1;
    assert_ne!(successor, &first);
    for (access, refresh) in &pairs {
        assert_eq!(refresh, successor, "the same successor to all");
        assert!(table.is_let_in(access));
    }
    table.refresh(successor).unwrap();
}

fn a_replay_after_the_grace_ends_everything(table: &Table<'_>) {
    let (access, first) = table.log_in("racer-2");
    let pairs = table.at_once(TASKS, |_| table.refresh(&first).unwrap());
    table.clock.advance(Duration::from_secs(30));
    let replays = table.at_once(8, |_| table.refresh(&first).unwrap_err());
    let reused = replays.iter().filter(|kind| **kind == ErrorKind::InvalidGrant(GrantFault::Reused)).count();
    assert_eq!(reused, 1, "one of them is told, the others find it dead: {replays:?}");
    assert!(table.refresh(&pairs[0].1).is_err(), "the successor is dead too");
    assert!(!table.is_let_in(&access));
    assert!(pairs.iter().all(|(access, _)| !table.is_let_in(access)));
}

fn a_replay_after_the_successor_was_used_ends_everything(table: &Table<'_>) {
    let (access, first) = table.log_in("racer-3");
    let (second_access, second) = table.refresh(&first).unwrap();
    let (third_access, third) = table.refresh(&second).unwrap();
    assert_eq!(table.refresh(&first), Err(ErrorKind::InvalidGrant(GrantFault::Reused)));
    assert!(table.refresh(&third).is_err());
    for access in [access, second_access, third_access] {
        assert!(!table.is_let_in(&access));
    }
}

fn a_refresh_that_races_a_logout_leaves_nothing_alive(table: &Table<'_>) {
    for round in 0..ROUNDS {
        let subject = format!("racer-4-{round}");
        let (access, first) = table.log_in(&subject);
        let principal =
            table.wait(table.service.authenticate_token(&access, AuthMethods::access_tokens())).unwrap();
        let is_over = AtomicBool::new(false);
        let tokens = table.at_once(5, |task| {
            let mut tokens = vec![];
            if task == 0 {
                if round % 2 == 0 {
                    table.wait(table.service.revoke(&principal)).unwrap();
                } else {
                    table.wait(table.service.revoke_subject(&subject, ApiKeys::Keep)).unwrap();
                }
                is_over.store(true, Ordering::SeqCst);
                return tokens;
            }
            let mut refresh = first.clone();
            for _ in 0..4 {
                let was_over = is_over.load(Ordering::SeqCst);
                match table.refresh(&refresh) {
                    Ok(_) if was_over => panic!("a refresh that began after the logout"),
                    Ok(pair) => {
                        refresh.clone_from(&pair.1);
                        tokens.push(pair);
                    }
                    Err(_) => break,
                }
            }
            tokens
        });
        for (access, refresh) in tokens.into_iter().flatten() {
            assert!(!table.is_let_in(&access), "round {round}");
            assert!(table.refresh(&refresh).is_err(), "round {round}");
        }
    }
}

fn key_rotation_beside_closed_account_leaves_no_key(table: &Table<'_>) {
    let new = NewApiKey::default();
    for round in 0..ROUNDS {
        let subject = format!("racer-5-{round}");
        let create = || table.wait(table.service.create_api_key_for(&subject, &new)).unwrap();
        // Several keys, whose removal takes its time.
        let firsts: Vec<_> = (0..16).map(|_| create()).collect();
        let keys = table.at_once(4, |task| {
            let mut keys = vec![];
            if task == 0 {
                table.wait(table.service.revoke_subject(&subject, ApiKeys::Remove)).unwrap();
                return keys;
            }
            let mut id = firsts[task].record.id.clone();
            for _ in 0..8 {
                let overlap = Duration::from_secs(60);
                let rotated = table.wait(
                    table.service.rotate_api_key(&subject, RotateApiKey { id: &id, lifetime: None, overlap }),
                );
                let Some(created) = rotated.unwrap() else { break };
                id.clone_from(&created.record.id);
                keys.push(created);
            }
            keys
        });
        for created in keys.into_iter().flatten().chain(firsts) {
            assert!(!table.is_key_let_in(created.key.expose()), "round {round}: a key outlives its account");
        }
    }
}

fn keys_created_beside_lists_are_listed_and_removed(table: &Table<'_>) {
    let (subject, new) = ("racer-6", NewApiKey::default());
    let is_over = AtomicBool::new(false);
    let keys = table.at_once(4, |task| {
        if task == 0 {
            let create = |_| table.wait(table.service.create_api_key_for(subject, &new));
            let keys: Result<Vec<_>, _> = (0..100).map(create).collect();
            is_over.store(true, Ordering::SeqCst);
            return keys.unwrap();
        }
        while !is_over.load(Ordering::SeqCst) {
            table.wait(table.service.api_keys(subject)).unwrap();
        }
        vec![]
    });
    let listed = table.wait(table.service.api_keys(subject)).unwrap();
    assert_eq!(listed.len(), 100);
    table.wait(table.service.revoke_subject(subject, ApiKeys::Remove)).unwrap();
    for created in keys.into_iter().flatten() {
        assert!(!table.is_key_let_in(created.key.expose()), "a key outlives its account");
    }
}
