//! Laws of what happens at the same time: each thread drives a future of its own by the executor.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, mpsc};

use super::{
    Executor, ISSUER, Outcome, SOON, asking, at, expect, expect_purged, failed, jti, purge, revoke,
    revoke_subject, subject_version, verdict, wait,
};
use crate::{Check, RevocationStore, Scope, TokenId, Verdict};

const TASKS: usize = 64;
const WRITERS: usize = 8;
const EACH: usize = 16;

/// Runs `task` on so many threads at once, which begin together, and returns what each of them returned.
fn at_once<T: Send>(
    tasks: usize,
    task: impl Fn(usize) -> Result<T, String> + Sync,
) -> Result<Vec<T>, String> {
    let start = Barrier::new(tasks);
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

pub(super) fn a_check_that_starts_after_a_revocation_sees_it<S: RevocationStore>(
    store: &S,
    executor: &Executor<'_>,
) -> Outcome {
    std::thread::scope(|scope| {
        let pairs: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (told, hears) = mpsc::channel();
                let writes = scope.spawn(move || {
                    for number in 0..EACH {
                        let name = format!("{writer}-{number}");
                        wait(executor, revoke(store, jti(&name), SOON))?;
                        // The reader has gone because it found something; it says so itself.
                        let _ = told.send(name);
                    }
                    Ok::<_, String>(())
                });
                let reads = scope.spawn(move || {
                    for name in hears {
                        let got = wait(executor, verdict(store, &asking(jti(&name)), at(1000)))?;
                        expect("a check on another thread", &got, &Verdict::Revoked(Scope::Token))?;
                    }
                    Ok::<_, String>(())
                });
                [writes, reads]
            })
            .collect();
        let mut joined = pairs.into_iter().flatten().map(std::thread::ScopedJoinHandle::join);
        joined.try_for_each(|result| result.unwrap_or_else(|_| Err("a thread panicked".to_owned())))
    })
}

pub(super) fn the_longest_of_concurrent_ends_stays<S: RevocationStore>(
    store: &S,
    executor: &Executor<'_>,
) -> Outcome {
    let until = |number: usize| i64::try_from(number).unwrap_or(0).saturating_add(1000);
    at_once(TASKS, |number| wait(executor, revoke(store, jti("t"), until(number))))?;
    let last = until(TASKS.saturating_sub(1));
    wait(executor, async {
        // A store may come by each end that the entry has had, so there is room for all of them.
        expect_purged(store, "purged before the longest end", last.saturating_sub(1), TASKS, 0).await?;
        let got = verdict(store, &asking(jti("t")), at(last.saturating_sub(1))).await?;
        expect("before the longest end", &got, &Verdict::Revoked(Scope::Token))?;
        let got = verdict(store, &asking(jti("t")), at(last)).await?;
        expect("at the longest end", &got, &Verdict::NotRevoked)?;
        expect_purged(store, "purged at last, and once", last, TASKS, 1).await
    })
}

pub(super) fn concurrent_revocations_of_a_subject_each_raise_it<S: RevocationStore>(
    store: &S,
    executor: &Executor<'_>,
) -> Outcome {
    let raised = at_once(TASKS, |_| wait(executor, revoke_subject(store, "u", SOON, 1000)))?;
    let distinct: BTreeSet<_> = raised.iter().copied().collect();
    expect("the number of subject versions", &distinct.len(), &TASKS)?;
    expect("what login reads", &wait(executor, subject_version(store, "u"))?, &1_000_063)?;
    expect(
        "the first and the last",
        &(distinct.first(), distinct.last()),
        &(Some(&1_000_000), Some(&1_000_063)),
    )
}

pub(super) fn a_purge_during_load_takes_nothing_that_counts<S: RevocationStore>(
    store: &S,
    executor: &Executor<'_>,
) -> Outcome {
    let loaded = AtomicBool::new(false);
    let removed = std::thread::scope(|scope| {
        let purges: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut removed = 0_usize;
                    while !loaded.load(Ordering::Acquire) {
                        removed = removed.saturating_add(wait(executor, purge(store, 1000, 5))?);
                    }
                    Ok::<_, String>(removed)
                })
            })
            .collect();
        let load = at_once(WRITERS, |writer| {
            for number in 0..EACH {
                let (kept, gone) = (format!("kept {writer} {number}"), format!("gone {writer} {number}"));
                wait(executor, revoke(store, jti(&gone), 1000))?;
                wait(executor, revoke(store, jti(&kept), 1001))?;
                let got = wait(executor, verdict(store, &asking(jti(&kept)), at(1000)))?;
                expect("while purges run", &got, &Verdict::Revoked(Scope::Token))?;
            }
            Ok(())
        });
        loaded.store(true, Ordering::Release);
        let mut removed = 0_usize;
        for thread in purges {
            let result = thread.join().unwrap_or_else(|_| Err("a thread panicked".to_owned()));
            removed = removed.saturating_add(result?);
        }
        load.map(|_| removed)
    })?;
    wait(executor, async {
        let total = WRITERS.saturating_mul(EACH);
        expect_purged(store, "what was left", 1000, 1000, total.saturating_sub(removed)).await?;
        for (writer, number) in (0..WRITERS).flat_map(|writer| (0..EACH).map(move |number| (writer, number)))
        {
            let name = format!("kept {writer} {number}");
            let check = Check::new(ISSUER).token(TokenId::Jti(&name));
            expect("afterwards", &verdict(store, &check, at(1000)).await?, &Verdict::Revoked(Scope::Token))?;
        }
        Ok(())
    })
}

pub(super) fn a_purge_does_not_take_what_is_lengthened_meanwhile<S: RevocationStore>(
    store: &S,
    executor: &Executor<'_>,
) -> Outcome {
    for number in 0..EACH {
        let name = number.to_string();
        wait(executor, revoke(store, jti(&name), 1000))?;
        at_once(2, |task| match task {
            0 => wait(executor, purge(store, 1000, 10)).map(drop),
            _ => wait(executor, revoke(store, jti(&name), SOON)),
        })?;
        let got = wait(executor, verdict(store, &asking(jti(&name)), at(1000)))?;
        expect("once both are done", &got, &Verdict::Revoked(Scope::Token))?;
    }
    let counts = wait(executor, async { store.count().await.map_err(|error| failed(&error)) })?;
    expect("tokens", &counts.tokens, &(EACH as u64))
}

pub(super) fn a_subject_version_never_falls_back_while_a_purge_runs<S: RevocationStore>(
    store: &S,
    executor: &Executor<'_>,
) -> Outcome {
    let raised = at_once(WRITERS, |task| {
        let mut raised = Vec::new();
        for _ in 0..EACH {
            if task < 2 {
                wait(executor, purge(store, 1000, 10))?;
            } else {
                // Its time is over as soon as it is made, so that the purge takes it.
                raised.push(wait(executor, revoke_subject(store, "u", 1000, 900))?);
            }
        }
        Ok(raised)
    })?;
    for of_one in &raised {
        if !of_one.is_sorted_by(|earlier, later| earlier < later) {
            return Err(format!("one thread's subject versions fell back: {of_one:?}"));
        }
    }
    let all: Vec<_> = raised.into_iter().flatten().collect();
    let distinct: BTreeSet<_> = all.iter().collect();
    expect("the number of subject versions", &distinct.len(), &all.len())
}
