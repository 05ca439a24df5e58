//! A key set that is replaced under load: no good token fails, and a removed key is gone at once.
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;

use crate::common::{NOW, at, set};
use countersign_signed::{ErrorKind, KeySet, RotatingKeySet, Signer, SigningKey, Verifier};
use serde_json::{Value, json};

/// Keys that come and go.
const KEYS: usize = 40;
const THREADS: usize = 3;

/// Set 2n holds key n alone; set 2n+1 holds it beside its successor.
fn keys_of(step: usize) -> Vec<usize> {
    if step.is_multiple_of(2) { vec![step / 2] } else { vec![step / 2, step / 2 + 1] }
}

struct Rotation {
    verifier: Verifier,
    tokens: Vec<String>,
    /// The last step whose replacement has begun, and the last whose replacement has returned.
    begun: AtomicUsize,
    done: AtomicUsize,
    /// Verifications so far.
    made: AtomicUsize,
    is_over: AtomicBool,
}

impl Rotation {
    fn verdict(&self, key: usize) -> Option<ErrorKind> {
        self.verifier.verify::<Value>(&self.tokens[key], at(NOW)).err().map(|error| error.kind())
    }

    /// Verifies the tokens of all keys near the present step, and judges each by the sets that this thread can
    /// have met: those from the last that was there before to the last that was on its way after. Gives how
    /// many verdicts were certain to be good, and how many to be bad.
    fn run(&self) -> (usize, usize) {
        let (mut good, mut bad) = (0, 0);
        while !self.is_over.load(SeqCst) {
            let near = self.done.load(SeqCst) / 2;
            for key in near.saturating_sub(1)..(near + 3).min(KEYS) {
                let before = self.done.load(SeqCst);
                let verdict = self.verdict(key);
                let after = self.begun.load(SeqCst);
                let met = (before..=after).map(|step| keys_of(step).contains(&key));
                let (mut everywhere, mut nowhere) = (true, true);
                for held in met {
                    everywhere &= held;
                    nowhere &= !held;
                }
                match (everywhere, nowhere) {
                    (true, _) => assert_eq!(verdict, None, "key {key}, steps {before} to {after}"),
                    (_, true) => assert_eq!(verdict, Some(ErrorKind::UnknownKey), "key {key} at {before}"),
                    // Either set may have answered, and nothing else.
                    _ => assert!(matches!(verdict, None | Some(ErrorKind::UnknownKey)), "{verdict:?}"),
                }
                good += usize::from(everywhere);
                bad += usize::from(nowhere);
                self.made.fetch_add(1, SeqCst);
            }
        }
        (good, bad)
    }
}

/// Ends the load, also where a check has failed.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}

#[test]
fn keys_overlap_while_they_rotate_under_load() {
    let keys: Vec<SigningKey> = (0..KEYS)
        .map(|n| {
            let key = SigningKey::hs256(&[u8::try_from(n).unwrap(); 32]).unwrap();
            key.with_kid(&format!("k{n}")).unwrap()
        })
        .collect();
    let set_of =
        |step: usize| -> KeySet { set(keys_of(step).into_iter().map(|key| keys[key].verifying_key())) };
    let rotating = RotatingKeySet::new(set_of(0));
    let claims = json!({"exp": NOW + 300});
    let rotation = Rotation {
        verifier: Verifier::builder(rotating.clone()).build().unwrap(),
        tokens: keys.iter().map(|key| Signer::new(key.clone()).sign(&claims).unwrap()).collect(),
        begun: AtomicUsize::new(0),
        done: AtomicUsize::new(0),
        made: AtomicUsize::new(0),
        is_over: AtomicBool::new(false),
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(|| rotation.run())).collect();
        let over = Over(&rotation.is_over);
        for step in 1..=2 * (KEYS - 1) {
            // Some load between any two steps; a thread that has failed makes none.
            let enough = rotation.made.load(SeqCst) + 10 * THREADS;
            while rotation.made.load(SeqCst) < enough && threads.iter().any(|thread| !thread.is_finished()) {
                thread::yield_now();
            }
            let next = set_of(step);
            rotation.begun.store(step, SeqCst);
            rotating.replace(next);
            // Here and at once: what the set holds is good, and what it no longer holds is not.
            for key in keys_of(step) {
                assert_eq!(rotation.verdict(key), None);
            }
            if step.is_multiple_of(2) {
                assert_eq!(rotation.verdict(step / 2 - 1), Some(ErrorKind::UnknownKey));
            }
            rotation.done.store(step, SeqCst);
        }
        drop(over);
        let (mut good, mut bad) = (0, 0);
        for thread in threads {
            let certain = thread.join().unwrap();
            good += certain.0;
            bad += certain.1;
        }
        assert!(good > 0 && bad > 0, "{good} {bad}");
    });
}
