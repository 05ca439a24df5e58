//! Laws of an owner's records while others are added at the same time: every token that works is listed and is removed
//! with its owner, and every live session is ended with its subject.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU8, Ordering};

use super::concurrency::at_once;
use super::sessions::{Attempt, create, is_live, name, outcome, session};
use super::tokens::{find, insert, token};
use super::{Executor, Outcome, at, expect, failed, keyed, wait};
use crate::{Kind, TokenStore, TokenStoreExt};

/// Threads that add records, and how many records each of them adds in a round.
const MAKERS: u8 = 4;
const EACH: u8 = 8;
const ROUNDS: u8 = 8;

/// Runs the threads of one round. Several makers call `make` for each number of a record; the other threads repeat
/// `others` until all makers are done. Returns the sum of the numbers that `others` returned.
fn beside(
    make: impl Fn(u8) -> Outcome + Sync,
    others: impl Fn() -> Result<u64, String> + Sync,
) -> Result<u64, String> {
    let done = AtomicU8::new(0);
    let counted = at_once(MAKERS.saturating_mul(2), |task| {
        if task < MAKERS {
            let start = task.saturating_mul(EACH);
            let made = (start..start.saturating_add(EACH)).try_for_each(&make);
            done.fetch_add(1, Ordering::AcqRel);
            return made.map(|()| 0);
        }
        let mut counted = 0_u64;
        while done.load(Ordering::Acquire) < MAKERS {
            counted = counted.saturating_add(others()?);
        }
        Ok(counted)
    })?;
    Ok(counted.into_iter().sum())
}

fn numbers() -> std::ops::Range<u8> {
    0..MAKERS.saturating_mul(EACH)
}

/// The owner of a round, and the kind of its tokens.
fn owner_of(round: u8) -> (String, Kind) {
    (format!("alice{round}"), if round.is_multiple_of(2) { Kind::AccessToken } else { Kind::ApiKey })
}

fn make<S: TokenStore>(store: &S, executor: &Executor<'_>, round: u8, number: u8) -> Outcome {
    let (owner, kind) = owner_of(round);
    let mut token = token(&format!("{owner}-{number}"), &owner, keyed(round.into(), number), None);
    token.record.kind = kind;
    wait(executor, insert(store, token))
}

/// The ids of a round's tokens that work, and of those that are listed.
fn working_and_listed<S: TokenStore>(
    store: &S,
    executor: &Executor<'_>,
    round: u8,
) -> Result<(BTreeSet<String>, BTreeSet<String>), String> {
    let (owner, kind) = owner_of(round);
    wait(executor, async {
        let mut working = BTreeSet::new();
        for number in numbers() {
            let found = find(store, kind, &[keyed(round.into(), number)], 1000).await?;
            if found != "(unknown)" {
                working.insert(found);
            }
        }
        let listed = store.list_tokens(kind, &owner).await.map_err(failed)?;
        Ok((working, listed.into_iter().map(|record| record.id).collect()))
    })
}

/// Expects that the tokens that work are those listed, and that none works once they have been removed by owner.
fn remove_what_is_listed<S: TokenStore>(
    store: &S,
    executor: &Executor<'_>,
    round: u8,
    expected: usize,
) -> Outcome {
    let (owner, kind) = owner_of(round);
    let (working, listed) = working_and_listed(store, executor, round)?;
    expect("those listed, and those that work", &listed, &working)?;
    expect("those that work", &working.len(), &expected)?;
    let removed = wait(executor, async { store.remove_by_owner(kind.into(), &owner).await.map_err(failed) })?;
    expect("removed", &removed, &(expected as u64))?;
    let (working, listed) = working_and_listed(store, executor, round)?;
    expect("working and listed after the removal", &(working.len(), listed.len()), &(0, 0))
}

pub(super) fn tokens_inserted_beside_lists_are_listed_and_removed<S: TokenStore>(
    store: &S,
    executor: &Executor<'_>,
) -> Outcome {
    for round in 1..=ROUNDS {
        let (owner, kind) = owner_of(round);
        let list =
            || wait(executor, async { store.list_tokens(kind, &owner).await.map(|_| 0).map_err(failed) });
        beside(|number| make(store, executor, round, number), list)?;
        remove_what_is_listed(store, executor, round, numbers().len())?;
    }
    Ok(())
}

pub(super) fn tokens_inserted_beside_a_removal_are_listed_or_gone<S: TokenStore>(
    store: &S,
    executor: &Executor<'_>,
) -> Outcome {
    for round in 1..=ROUNDS {
        let (owner, kind) = owner_of(round);
        let remove =
            || wait(executor, async { store.remove_by_owner(kind.into(), &owner).await.map_err(failed) });
        let removed = beside(|number| make(store, executor, round, number), remove)?;
        let removed = usize::try_from(removed).unwrap_or(usize::MAX);
        remove_what_is_listed(store, executor, round, numbers().len().saturating_sub(removed))?;
    }
    Ok(())
}

/// A rotation of an API key inserts the successor and then asks for the predecessor's end; where that is gone, it takes
/// the successor away. So a removal that takes the predecessor must take a successor that was there.
pub(super) fn a_successor_is_removed_with_its_predecessor<S: TokenStore>(
    store: &S,
    executor: &Executor<'_>,
) -> Outcome {
    for round in 1..=ROUNDS.saturating_mul(2) {
        let (owner, kind) = owner_of(round);
        // Many tokens, so that a removal one by one takes its time.
        for number in numbers() {
            make(store, executor, round, number)?;
        }
        let id = |number: u8| format!("{owner}-{number}");
        at_once(2, |task| {
            if task == 0 {
                return wait(executor, async {
                    store.remove_by_owner(kind.into(), &owner).await.map_err(failed)
                })
                .map(drop);
            }
            let mut predecessor = id(0);
            for number in 100..120_u8 {
                make(store, executor, round, number)?;
                let successor = id(number);
                let is_there = wait(executor, async {
                    let is_there =
                        store.expire_token(kind, &owner, &predecessor, at(5000)).await.map_err(failed)?;
                    if !is_there {
                        store.remove(kind.into(), &owner, &successor).await.map_err(failed)?;
                    }
                    Ok(is_there)
                })?;
                if !is_there {
                    break;
                }
                predecessor = successor;
            }
            Ok(())
        })?;
        let (working, listed) = working_and_listed(store, executor, round)?;
        expect("working and listed", &(working, listed), &(BTreeSet::new(), BTreeSet::new()))?;
        for number in 100..120_u8 {
            let found = wait(executor, find(store, kind, &[keyed(round.into(), number)], 1000))?;
            expect("a successor", &found, &"(unknown)".to_owned())?;
        }
    }
    Ok(())
}

pub(super) fn sessions_created_beside_an_end_are_live_or_ended<S: TokenStore>(
    store: &S,
    executor: &Executor<'_>,
) -> Outcome {
    for round in 0..ROUNDS.saturating_sub(1) {
        let subject = format!("alice{round}");
        let byte = |number: u8| round.saturating_mul(32).saturating_add(number);
        let id = |number: u8| format!("s{}", byte(number));
        let refresh = |number: u8, presented: u8, seconds: i64| {
            let attempt =
                Attempt { locator: byte(number), presented: &[(1, presented)], candidate: 255, seconds };
            wait(executor, outcome(store, &attempt)).map(|outcome| name(&outcome))
        };
        let make = |number: u8| {
            wait(executor, create(store, session(&id(number), &subject, 1, byte(number))))?;
            match refresh(number, byte(number), 10)?.as_str() {
                "Rotated" | "Revoked" => Ok(()),
                other => Err(format!("a refresh of a session that was just created: {other}")),
            }
        };
        let end = || wait(executor, async { store.end_sessions(&subject).await.map_err(failed) });
        let ended = beside(make, end)?;
        let ended = ended.saturating_add(end()?);
        expect("sessions ended", &ended, &(numbers().len() as u64))?;
        for number in numbers() {
            expect("live", &wait(executor, is_live(store, &id(number), 11))?, &false)?;
            expect("a refresh", &refresh(number, 255, 11)?, &"Revoked".to_owned())?;
        }
    }
    Ok(())
}
