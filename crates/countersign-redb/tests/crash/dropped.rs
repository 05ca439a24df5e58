//! A caller that goes away: what it asked for happens or does not, and never by half.

use std::pin::pin;
use std::task::{Context, Waker};

use countersign_redb::RedbStore;
use countersign_token_store::{RecordKind, TokenStore};
use pollster::block_on;

use crate::unit::{STEPS, Unit};
use crate::verify::{Ledger, use_sessions, verify};

/// Variants of a unit's steps repeat after so many units.
const VARIANTS: usize = 6;

#[test]
fn what_a_dropped_future_asked_for_happens_or_does_not() {
    let folder = tempfile::tempdir().unwrap();
    for polls in 0..3 {
        for variant in 0..VARIANTS {
            let path = folder.path().join(format!("{polls}-{variant}.redb"));
            let store = RedbStore::open(&path).unwrap();
            // The future of each step is dropped, after all before it were done, by a thread of its own.
            let steps = 0..STEPS;
            for (thread, step) in steps.clone().enumerate() {
                for before in 0..variant * STEPS + step {
                    let unit = Unit { round: 0, thread, number: before / STEPS };
                    block_on(unit.run(&store, before % STEPS)).unwrap();
                }
                let unit = Unit { round: 0, thread, number: variant };
                let mut future = pin!(Some(unit.run(&store, step)));
                let mut context = Context::from_waker(Waker::noop());
                let mut done = false;
                for _ in 0..polls {
                    done = done || future.as_mut().as_pin_mut().unwrap().poll(&mut context).is_ready();
                }
                future.set(None);
            }
            // Whatever was sent before this has been done by then.
            block_on(store.tokens().remove(RecordKind::ApiKey, "nobody", "nothing")).unwrap();
            let ledger = Ledger(vec![steps.map(|step| variant * STEPS + step).collect()]);
            drop(store);
            let store = RedbStore::open(&path).unwrap();
            verify(&store, &ledger);
            use_sessions(&store, &ledger);
        }
    }
}
