//! Laws of what happens at the same time: each thread drives a future of its own by the executor.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::sessions::{Attempt, START, create, is_live, name, outcome, session, traded, within_grace};
use super::tokens::{find, insert, token};
use super::{Executor, Outcome, at, expect, failed, keyed, wait};
use crate::{ErrorKind, Kind, RotationOutcome, TokenStore, TokenStoreExt};

const TASKS: u8 = 64;
const ROUNDS: u8 = 16;

/// Runs `task` on so many threads at once, which begin together, and returns what each of them returned.
pub(super) fn at_once<T: Send>(
    tasks: u8,
    task: impl Fn(u8) -> Result<T, String> + Sync,
) -> Result<Vec<T>, String> {
    let start = Barrier::new(tasks.into());
    std::thread::scope(|scope| {
        let (start, task) = (&start, &task);
        let run = move |number| {
            start.wait();
            task(number)
        };
        let threads: Vec<_> = (0..tasks).map(|number| scope.spawn(move || run(number))).collect();
        let joined = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        joined.map(|result| result.unwrap_or_else(|_| Err("a thread panicked".to_owned()))).collect()
    })
}

fn count<T>(all: &[T], is_one: impl Fn(&T) -> bool) -> usize {
    all.iter().filter(|one| is_one(one)).count()
}

/// 64 rotations of one token, each with a candidate of its own; the outcomes by candidate.
fn race<S: TokenStore>(
    store: &S,
    executor: &Executor<'_>,
    grace: Duration,
) -> Result<Vec<(u8, RotationOutcome)>, String> {
    wait(executor, create(store, session("s", "alice", 1, 1)))?;
    at_once(TASKS, |task| {
        let candidate = task.saturating_add(2);
        let attempt = Attempt { locator: 1, presented: &[(1, 1)], candidate, seconds: 10 };
        Ok((candidate, wait(executor, traded(store, &attempt, grace))?))
    })
}

pub(super) fn of_concurrent_rotations_one_wins_and_the_others_get_its_salt<S: TokenStore>(
    store: &S,
    executor: &Executor<'_>,
) -> Outcome {
    let outcomes = race(store, executor, Duration::from_secs(30))?;
    let mut winners = outcomes.iter().filter(|(_, got)| matches!(got, RotationOutcome::Rotated(_)));
    let (Some((winner, _)), None) = (winners.next(), winners.next()) else {
        let names: Vec<_> = outcomes.iter().map(|(_, got)| name(got)).collect();
        return Err(format!("exactly one winner was expected, got {names:?}"));
    };
    for (candidate, got) in outcomes.iter().filter(|(candidate, _)| candidate != winner) {
        expect(&format!("candidate {candidate}"), &name(got), &within_grace(*winner))?;
    }
    let next = Attempt { locator: 1, presented: &[(1, *winner)], candidate: 99, seconds: 11 };
    expect("the winner", &name(&wait(executor, outcome(store, &next))?), &"Rotated".to_owned())
}

pub(super) fn without_grace_of_concurrent_rotations_one_wins_and_the_session_ends<S: TokenStore>(
    store: &S,
    executor: &Executor<'_>,
) -> Outcome {
    let outcomes = race(store, executor, Duration::ZERO)?;
    let kinds = [
        count(&outcomes, |(_, got)| matches!(got, RotationOutcome::Rotated(_))),
        count(&outcomes, |(_, got)| matches!(got, RotationOutcome::Reused(_))),
        count(&outcomes, |(_, got)| matches!(got, RotationOutcome::Revoked(_))),
    ];
    expect("rotated, reused, revoked", &kinds, &[1, 1, 62])?;
    expect("live", &wait(executor, is_live(store, "s", 11))?, &false)
}

pub(super) fn no_rotation_wins_once_its_session_was_ended<S: TokenStore>(
    store: &S,
    executor: &Executor<'_>,
) -> Outcome {
    for round in 1..=ROUNDS {
        let id = format!("s{round}");
        wait(executor, create(store, session(&id, "alice", 1, round)))?;
        let is_ended = AtomicBool::new(false);
        at_once(4, |task| {
            if task == 0 {
                // A reuse may have ended it before.
                wait(executor, async { store.end_session(&id).await.map_err(failed) })?;
                is_ended.store(true, Ordering::Release);
                return Ok(());
            }
            // Each of them has the token, and goes on with what it gets.
            let mut secret = round;
            for step in 0..3_u8 {
                let was_ended = is_ended.load(Ordering::Acquire);
                let candidate = 100_u8.saturating_add(task.saturating_mul(8)).saturating_add(step);
                let attempt = Attempt { locator: round, presented: &[(1, secret)], candidate, seconds: 10 };
                let got = wait(executor, outcome(store, &attempt))?;
                match got {
                    RotationOutcome::Rotated(_) if was_ended => {
                        return Err("a rotation won after the session's end was acknowledged".to_owned());
                    }
                    RotationOutcome::Rotated(_) => secret = candidate,
                    RotationOutcome::WithinGrace { salt, .. } => {
                        secret = salt.0.first().copied().unwrap_or_default();
                    }
                    // Of three who share one token, the slower ones are caught at it.
                    RotationOutcome::Reused(_) | RotationOutcome::Revoked(_) => return Ok(()),
                    RotationOutcome::Expired | RotationOutcome::Unknown => {
                        return Err(format!("unexpected: {}", name(&got)));
                    }
                }
            }
            Ok(())
        })?;
        expect("live", &wait(executor, is_live(store, &id, 10))?, &false)?;
    }
    Ok(())
}

pub(super) fn a_rotation_and_a_purge_agree<S: TokenStore>(store: &S, executor: &Executor<'_>) -> Outcome {
    for round in 1..=ROUNDS {
        let id = format!("s{round}");
        wait(executor, create(store, session(&id, "alice", 1, round)))?;
        let outcomes = at_once(2, |task| {
            if task == 0 {
                // By this clock its idle time is over, by the other's it is not.
                let now = at(START.saturating_add(100));
                let purge = async { store.purge_expired(now, 10).await.map_err(failed) };
                return wait(executor, purge).map(|_| None);
            }
            let attempt = Attempt { locator: round, presented: &[(1, round)], candidate: 99, seconds: 99 };
            wait(executor, outcome(store, &attempt)).map(Some)
        })?;
        let live = wait(executor, is_live(store, &id, 198))?;
        let outcome = outcomes.into_iter().flatten().next().map_or(String::new(), |got| name(&got));
        match (outcome.as_str(), live) {
            ("Rotated", true) | ("Unknown", false) => {}
            _ => return Err(format!("{outcome}, and then live: {live}")),
        }
        wait(executor, async { store.end_session(&id).await.map_err(failed) })?;
    }
    Ok(())
}

pub(super) fn of_concurrent_insertions_one_wins<S: TokenStore>(
    store: &S,
    executor: &Executor<'_>,
) -> Outcome {
    let by_id = at_once(TASKS, |task| {
        let one = token("t", "alice", keyed(1, task), None);
        wait(executor, async { Ok(store.insert_token(one).await.map_err(|error| error.kind())) })
    })?;
    let by_digest = at_once(TASKS, |task| {
        let one = token(&format!("t{task}"), "bob", keyed(1, 200), None);
        wait(executor, async { Ok(store.insert_token(one).await.map_err(|error| error.kind())) })
    })?;
    for (what, all, owner) in [("of one id", by_id, "alice"), ("of one digest", by_digest, "bob")] {
        expect(what, &count(&all, Result::is_ok), &1)?;
        expect(what, &count(&all, |one| *one == Err(ErrorKind::Duplicate)), &63)?;
        let list = async { store.list_tokens(Kind::ApiKey, owner).await.map_err(failed) };
        expect("the owner's", &wait(executor, list)?.len(), &1)?;
    }
    Ok(())
}

pub(super) fn a_token_that_was_removed_is_not_found<S: TokenStore>(
    store: &S,
    executor: &Executor<'_>,
) -> Outcome {
    for round in 1..=ROUNDS {
        let id = format!("t{round}");
        wait(executor, insert(store, token(&id, "alice", keyed(1, round), None)))?;
        let is_removed = AtomicBool::new(false);
        let removed = at_once(4, |task| {
            if task < 2 {
                let remove = async { store.remove(Kind::ApiKey.into(), "alice", &id).await.map_err(failed) };
                let removed = wait(executor, remove)?;
                is_removed.store(true, Ordering::Release);
                return Ok(removed);
            }
            let was_removed = is_removed.load(Ordering::Acquire);
            let found = wait(executor, find(store, Kind::ApiKey, &[keyed(1, round)], 1000))?;
            if was_removed && found == id {
                return Err("a look-up that began after the removal found it".to_owned());
            }
            Ok(false)
        })?;
        expect("removals", &count(&removed, |removed| *removed), &1)?;
    }
    Ok(())
}

pub(super) fn of_concurrent_redigests_one_wins<S: TokenStore>(store: &S, executor: &Executor<'_>) -> Outcome {
    wait(executor, insert(store, token("t", "alice", keyed(1, 1), None)))?;
    let won = at_once(TASKS, |task| {
        let to = keyed(2, task.saturating_add(100));
        let redigest = async { store.redigest(Kind::ApiKey, "t", keyed(1, 1), to).await.map_err(failed) };
        Ok(wait(executor, redigest)?.then_some(to))
    })?;
    let winners: Vec<_> = won.into_iter().flatten().collect();
    let [winner] = winners.as_slice() else {
        return Err(format!("exactly one winner was expected, got {}", winners.len()));
    };
    wait(executor, async {
        expect("by the winner's", &find(store, Kind::ApiKey, &[*winner], 1000).await?, &"t".to_owned())?;
        let old = find(store, Kind::ApiKey, &[keyed(1, 1)], 1000).await?;
        expect("by the old one", &old, &"(unknown)".to_owned())?;
        for task in (0..TASKS).map(|task| keyed(2, task.saturating_add(100))) {
            if !task.digest.matches(&winner.digest) {
                let found = find(store, Kind::ApiKey, &[task], 1000).await?;
                expect("by a loser's", &found, &"(unknown)".to_owned())?;
            }
        }
        Ok(())
    })
}

pub(super) fn a_session_is_ended_once<S: TokenStore>(store: &S, executor: &Executor<'_>) -> Outcome {
    wait(executor, create(store, session("s", "alice", 1, 1)))?;
    let ended = at_once(TASKS, |task| {
        wait(executor, async {
            if task % 2 == 0 {
                store.end_session("s").await.map(u64::from).map_err(failed)
            } else {
                store.end_sessions("alice").await.map_err(failed)
            }
        })
    })?;
    expect("ends", &ended.iter().sum::<u64>(), &1)
}

pub(super) fn of_concurrent_replacements_one_wins<S: TokenStore>(
    store: &S,
    executor: &Executor<'_>,
) -> Outcome {
    wait(executor, insert(store, token("t", "alice", keyed(1, 1), None)))?;
    let kind = Kind::ApiKey.into();
    for round in 1..=ROUNDS {
        let found = wait(executor, async { store.get(kind, "t").await.map_err(failed) })?;
        let Some(found) = found else { return Err("the record is gone".to_owned()) };
        let won = at_once(TASKS, |_| {
            let next = found.record.clone();
            wait(executor, async { store.replace(found.version, next).await.map_err(failed) })
        })?;
        expect(&format!("winners in round {round}"), &count(&won, |won| *won), &1)?;
    }
    Ok(())
}
