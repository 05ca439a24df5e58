//! The suite that an engine runs in its own tests to prove that it keeps the promises of [`TokenStore`].
//!
//! A law is a function that drives a fresh store and returns what it found. Nothing here panics or chooses
//! a runtime: an engine's test hands [`run`] the executor that its store needs, and asserts that the list of
//! violations is empty. The laws of concurrency start threads and drive a future in each of them by that
//! executor, so that stores that never suspend are tried too. The suite is itself tested against stores that are
//! broken on purpose.
//!
//! ```
//! use countersign_token_store::{MemoryTokenStore, conformance};
//!
//! let violations = conformance::run(&|future| pollster::block_on(future), async || MemoryTokenStore::new());
//! assert_eq!(violations, []);
//! ```
//!
//! On tokio, the executor is `&|future| runtime.block_on(future)` with a runtime of several threads.

mod concurrency;
mod cut_short;
mod owners;
mod records;
mod sessions;
mod tokens;

use std::pin::Pin;

use countersign_random::{KeyedDigest, LookupDigest};
use time::OffsetDateTime;

use crate::{Error, TokenStore};

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
/// Of a store that [purges itself](TokenStore::purges_itself) it is not asked that it removes something when it is
/// told to.
pub fn run<S: TokenStore>(executor: &Executor<'_>, make: impl AsyncFn() -> S) -> Vec<Violation> {
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
    macro_rules! laws_of_the_purge {
        ($($module:ident::$law:ident),+ $(,)?) => {$(
            judge(stringify!($law), wait(executor, async {
                let store = make().await;
                if store.purges_itself() { Ok(()) } else { $module::$law(&store).await }
            }));
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
        records::a_replacement_needs_the_version_that_is_stored,
        records::replacements_of_one_owner_are_told_apart,
        records::a_replacement_cannot_take_anothers_digest,
        records::expired_records_are_found_and_listed,
        records::ids_and_digests_of_different_kinds_are_independent,
        records::sessions_of_a_subject_are_listed_while_they_live,
        tokens::an_inserted_token_is_found_by_its_digest,
        tokens::a_token_of_another_kind_is_unknown,
        tokens::a_list_holds_one_kind_only,
        tokens::a_token_counts_before_its_end_and_not_at_it,
        tokens::an_id_or_digest_cannot_be_taken_twice,
        tokens::a_list_holds_the_owners_tokens_the_oldest_first,
        tokens::an_owner_removes_only_their_own,
        tokens::an_end_is_brought_forward_and_never_put_off,
        tokens::all_of_an_owner_go_together,
        tokens::the_last_use_never_moves_back,
        tokens::a_redigest_replaces_what_it_expected_and_nothing_else,
        tokens::odd_texts_are_kept_apart,
        sessions::a_refresh_token_is_traded_once,
        sessions::a_replay_within_grace_gets_the_winners_salt,
        sessions::replays_of_six_tokens_in_a_row_end_the_session,
        sessions::a_token_that_is_not_replayed_starts_the_count_of_replays_again,
        sessions::clients_that_refresh_within_two_seconds_share_a_session,
        sessions::a_token_from_further_back_ends_the_session,
        sessions::an_ended_session_is_never_rotated,
        sessions::a_sessions_two_ends_are_kept,
        sessions::a_rotation_finds_a_secret_under_an_older_key_and_moves_it,
        sessions::a_session_cannot_be_created_twice,
        sessions::all_sessions_of_a_subject_end_together,
        sessions::digest_keys_are_counted,
        sessions::a_part_of_a_millisecond_does_not_purge_a_live_session,
        sessions::a_session_is_found_by_its_locator_and_left_alone,
        cut_short::an_insertion_that_is_cut_short_happens_or_not,
        cut_short::a_session_whose_creation_is_cut_short_is_there_or_not,
        cut_short::a_rotation_that_is_cut_short_happens_or_not,
    ];
    laws_of_the_purge![
        tokens::a_purge_removes_what_has_expired_and_keeps_the_rest,
        tokens::a_purge_is_bounded,
        tokens::a_part_of_a_millisecond_leaves_nothing_behind,
        sessions::a_purge_removes_sessions_past_their_end,
        sessions::a_purge_is_bounded_over_tokens_and_sessions_together,
        sessions::a_purged_session_leaves_nothing_to_its_subject,
    ];
    laws_of_concurrency![
        concurrency::of_concurrent_rotations_one_wins_and_the_others_get_its_salt,
        concurrency::without_grace_of_concurrent_rotations_one_wins_and_the_session_ends,
        concurrency::no_rotation_wins_once_its_session_was_ended,
        concurrency::a_rotation_and_a_purge_agree,
        concurrency::of_concurrent_insertions_one_wins,
        concurrency::a_token_that_was_removed_is_not_found,
        concurrency::of_concurrent_redigests_one_wins,
        concurrency::a_session_is_ended_once,
        concurrency::of_concurrent_replacements_one_wins,
        owners::tokens_inserted_beside_lists_are_listed_and_removed,
        owners::tokens_inserted_beside_a_removal_are_listed_or_gone,
        owners::a_successor_is_removed_with_its_predecessor,
        owners::sessions_created_beside_an_end_are_live_or_ended,
    ];
    violations
}

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn keyed(key_id: u32, byte: u8) -> KeyedDigest {
    KeyedDigest { key_id, digest: LookupDigest::from_bytes([byte; 32]) }
}

fn failed(error: Error) -> String {
    format!("the store returned an error: {error}")
}

fn expect<T: PartialEq + std::fmt::Debug>(what: &str, got: &T, expected: &T) -> Outcome {
    if got == expected { Ok(()) } else { Err(format!("{what}: expected {expected:?}, got {got:?}")) }
}

fn expect_duplicate(what: &str, got: Result<(), Error>) -> Outcome {
    match got {
        Err(error) if error.kind() == crate::ErrorKind::Duplicate => Ok(()),
        Err(error) => Err(format!("{what}: expected Duplicate, got {:?}", error.kind())),
        Ok(()) => Err(format!("{what}: expected Duplicate, but it was accepted")),
    }
}
