//! The suite that an engine runs in its own tests to prove that it keeps the promises of
//! [`RevocationStore`].
//!
//! A law is a function that drives a fresh store and returns what it found. Nothing here panics or chooses
//! a runtime: an engine's test hands [`run`] the executor that its store needs, and asserts that the list of
//! violations is empty. The laws of concurrency start threads and drive a future in each of them by that
//! executor, so that stores that never suspend are tried too. The suite is itself tested against stores that are
//! broken on purpose.
//!
//! ```
//! use countersign_revocation::{MemoryRevocationStore, conformance};
//!
//! let violations = conformance::run(&|future| pollster::block_on(future), async || MemoryRevocationStore::new());
//! assert_eq!(violations, []);
//! ```
//!
//! On tokio, the executor is `&|future| runtime.block_on(future)` with a runtime of several threads.

mod concurrency;
mod cut_short;
mod engine;
mod entries;
mod purging;
mod subjects;
mod wrappers;

use std::pin::Pin;
use std::time::Duration;

use time::OffsetDateTime;

pub use self::engine::Engine;
use crate::{Check, Error, RetainUntil, RevocationStore, Target, TokenId, Verdict};

/// A law that a store broke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The name of the law.
    pub law: &'static str,
    /// What was expected and what came.
    pub found: String,
}

type Outcome = Result<(), String>;

/// Drives a future to its end, on the thread that it is called on; any number of them at once.
pub type Executor<'a> = dyn Fn(Pin<Box<dyn Future<Output = ()> + '_>>) + Sync + 'a;

/// The output of a future that the executor has driven.
fn wait<T>(executor: &Executor<'_>, future: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let mut output = Err("the executor returned before the future was done".to_owned());
    executor(Box::pin(async { output = future.await }));
    output
}

/// Runs every law, each on a store that `make` has freshly made, and returns those that were broken.
///
/// A store that [purges itself](RevocationStore::purges_itself) need not remove anything when it is told to.
pub fn run<S: RevocationStore>(executor: &Executor<'_>, make: impl AsyncFn() -> S) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut judge = |law, outcome: Outcome| {
        if let Err(found) = outcome {
            violations.push(Violation { law, found });
        }
    };
    macro_rules! laws {
        ($($module:ident::$law:ident),+ $(,)?) => {$(
            judge(stringify!($law), wait(executor, async { $module::$law(&make().await).await }));
        )+};
    }
    // These start threads of their own.
    macro_rules! laws_of_concurrency {
        ($($module:ident::$law:ident),+ $(,)?) => {$(
            let made = wait(executor, async { Ok(make().await) });
            judge(stringify!($law), made.and_then(|store| $module::$law(&store, executor)));
        )+};
    }
    laws![
        entries::an_empty_store_revokes_nothing,
        entries::a_revoked_target_is_revoked_and_nothing_else_is,
        entries::a_name_counts_under_its_own_issuer_only,
        entries::the_widest_scope_is_reported,
        entries::an_entry_counts_before_its_end_and_not_at_it,
        entries::revoking_again_never_shortens,
        entries::revoking_again_lengthens,
        entries::an_entry_without_an_end_stays,
        entries::moments_at_the_edges_are_no_accidents,
        entries::odd_names_are_kept_apart,
        subjects::a_revoked_subject_loses_old_tokens_and_keeps_new_ones,
        subjects::a_subject_version_never_falls_back,
        subjects::a_subject_version_does_not_fall_back_after_a_purge_and_a_clock_set_back,
        subjects::the_floor_of_subject_versions_never_falls_back,
        subjects::an_external_token_is_judged_by_its_issue_time,
        subjects::a_subject_entry_is_lengthened_and_never_shortened,
        purging::revoking_again_counts_once,
        purging::a_purge_removes_what_has_expired_and_keeps_the_rest,
        purging::a_purge_is_bounded,
        cut_short::a_revocation_that_is_cut_short_happens_or_not,
        cut_short::a_subject_whose_revocation_is_cut_short_is_revoked_or_not,
    ];
    laws_of_concurrency![
        concurrency::a_check_that_starts_after_a_revocation_sees_it,
        concurrency::the_longest_of_concurrent_ends_stays,
        concurrency::concurrent_revocations_of_a_subject_each_raise_it,
        concurrency::a_purge_during_load_takes_nothing_that_counts,
        concurrency::a_purge_does_not_take_what_is_lengthened_meanwhile,
        concurrency::a_subject_version_never_falls_back_while_a_purge_runs,
    ];
    violations
}

/// Runs the laws of a store that wraps an engine, and returns those that were broken. Run it beside [`run`].
///
/// `wrap` wraps the engine that it is given, and returns the wrapper in the state in which it is likeliest to answer by
/// itself: a copy that has caught up, for example.
///
/// ```
/// use std::time::Duration;
/// use countersign_revocation::{DangerouslyFailOpen, conformance};
///
/// let wrap = async |engine| DangerouslyFailOpen::new(engine, Duration::from_secs(30));
/// let violations = conformance::run_wrapper(&|future| pollster::block_on(future), wrap);
/// assert_eq!(violations, []);
/// ```
pub fn run_wrapper<S: RevocationStore>(
    executor: &Executor<'_>,
    wrap: impl AsyncFn(Engine) -> S,
) -> Vec<Violation> {
    let mut violations = Vec::new();
    macro_rules! laws {
        ($($law:ident),+ $(,)?) => {$(
            let engine = Engine::new();
            let outcome = wait(executor, async {
                wrappers::$law(&wrap(engine.clone()).await, &engine).await
            });
            if let Err(found) = outcome {
                violations.push(Violation { law: stringify!($law), found });
            }
        )+};
    }
    laws![
        a_check_that_asks_the_engine_sees_what_the_wrapper_has_not_heard,
        a_check_that_asks_the_engine_is_an_error_while_the_engine_is_cut_off,
        a_subject_version_is_the_engines_or_an_error,
        nothing_is_acknowledged_that_the_engine_has_not_recorded,
    ];
    violations
}

const ISSUER: &str = "https://issuer.example";
const SOON: i64 = 2_000_000_000;

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn failed(error: &Error) -> String {
    format!("the store returned an error: {error}")
}

fn expect<T: PartialEq + std::fmt::Debug>(what: &str, got: &T, expected: &T) -> Outcome {
    if got == expected { Ok(()) } else { Err(format!("{what}: expected {expected:?}, got {got:?}")) }
}

async fn verdict<S: RevocationStore>(
    store: &S,
    check: &Check<'_>,
    now: OffsetDateTime,
) -> Result<Verdict, String> {
    store.check(check, now).wait().await.map_err(|error| failed(&error))
}

async fn revoke<S: RevocationStore>(store: &S, target: Target<'_>, until: i64) -> Outcome {
    store.revoke(ISSUER, target, RetainUntil::at(at(until))).await.map_err(|error| failed(&error))
}

async fn revoke_subject<S: RevocationStore>(
    store: &S,
    sub: &str,
    until: i64,
    now: i64,
) -> Result<u64, String> {
    let until = RetainUntil::at(at(until));
    store.revoke_subject(ISSUER, sub, until, at(now), Duration::ZERO).await.map_err(|error| failed(&error))
}

async fn subject_version<S: RevocationStore>(store: &S, sub: &str) -> Result<u64, String> {
    store.subject_version(ISSUER, sub).await.map_err(|error| failed(&error))
}

async fn purge<S: RevocationStore>(store: &S, now: i64, limit: usize) -> Result<usize, String> {
    Ok(store.purge_expired(at(now), limit).await.map_err(|error| failed(&error))?.removed)
}

/// Purges, and expects so many entries to go; or none, by a store that purges itself.
async fn expect_purged<S: RevocationStore>(
    store: &S,
    what: &str,
    now: i64,
    limit: usize,
    expected: usize,
) -> Outcome {
    let removed = purge(store, now, limit).await?;
    if store.purges_itself() && removed == 0 { Ok(()) } else { expect(what, &removed, &expected) }
}

fn jti(jti: &str) -> Target<'_> {
    Target::Token(TokenId::Jti(jti))
}

/// A check of a single target under [`ISSUER`].
fn asking(target: Target<'_>) -> Check<'_> {
    let check = Check::new(ISSUER);
    match target {
        Target::Token(id) => check.token(id),
        Target::Session(sid) => check.session(sid),
        Target::Key(kid) => check.key(kid),
    }
}
