//! Guessing at passwords, and what the checking of them costs.

use super::classes;
use super::row::{Edit, Row, Test};

const PASSWORD: &str = "countersign-password";

const fn limiting(name: &'static str) -> Test {
    Test::of("countersign-session", "it", name)
}

const HASHER: &str = "crates/countersign-password/src/hasher.rs";
const LIMITER: &str = "crates/countersign-session/src/limiter.rs";
const LOG_IN: &str = "crates/countersign-session/src/log_in.rs";
const MEMORY_LIMITER: &str = "crates/countersign-session/src/memory_limiter.rs";
const PARAMETERS: &str = "crates/countersign-password/src/parameters.rs";
const POOL: &str = "crates/countersign-password/src/pool.rs";

pub(super) fn row() -> Row {
    Row::new(&classes::http::GUESSING)
        .defence(
            "the limiter is asked after the password",
            limiting("limiting::a_name_that_is_guessed_at_is_limited_before_its_password_is_checked"),
            &[Edit(
                LOG_IN,
                "        limiter.admit(&attempt).await?;
        let checked = self.checked_account(credentials).await;",
                "        let checked = self.checked_account(credentials).await;
        limiter.admit(&attempt).await?;",
            )],
        )
        .defence(
            "an attempt is counted once its outcome is known",
            limiting("limiting::attempts_at_the_same_time_do_not_slip_through"),
            &[
                Edit(
                    MEMORY_LIMITER,
                    "tables.buckets.put(key, now.saturating_add(level));",
                    "tables.buckets.put(key, now.saturating_add(level).saturating_sub(limit.step()));",
                ),
                Edit(
                    MEMORY_LIMITER,
                    "        if outcome == AttemptOutcome::Wrong {
            return;
        }
        let (now, keys) = (milliseconds(attempt.now), self.keys(attempt));",
                    "        let (now, keys) = (milliseconds(attempt.now), self.keys(attempt));
        if outcome == AttemptOutcome::Wrong {
            let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
            let buckets = self.buckets(&keys, tables.is_known(&keys, now));
            for (key, limit) in buckets.into_iter().flatten() {
                let level = tables.level(key, limit, now).saturating_add(limit.step());
                tables.buckets.put(key, now.saturating_add(level));
            }
            return;
        }",
                ),
            ],
        )
        .defence(
            "a limiter that cannot tell lets everybody in",
            limiting("limiting::a_limiter_that_cannot_tell_lets_nobody_in"),
            &[Edit(
                LIMITER,
                "Err(error) => Err(Error::caused(crate::ErrorKind::Unavailable, error)),",
                "Err(_) => Ok(()),",
            )],
        )
        .defence(
            "guesses from elsewhere keep a user out",
            limiting("limiting::a_user_is_not_kept_out_of_where_they_logged_in_before"),
            &[Edit(
                MEMORY_LIMITER,
                "keys.pair.filter(|_| is_known).unwrap_or(keys.name);",
                "keys.pair.filter(|_| is_known && keys.name == 0).unwrap_or(keys.name);",
            )],
        )
        .defence(
            "each address of an IPv6 network has attempts of its own",
            limiting("limiting::an_address_is_limited_over_all_names_and_an_ipv6_one_by_its_network"),
            &[Edit(
                MEMORY_LIMITER,
                "u64::try_from(address.to_bits() >> 64).unwrap_or(u64::MAX)",
                "u64::try_from(address.to_bits() & u128::from(u64::MAX)).unwrap_or(u64::MAX)",
            )],
        )
        .defence(
            "a flood of names makes the limiter forget the one that is guessed at",
            limiting("limiting::a_flood_of_names_does_not_make_it_forget_the_one_that_is_guessed_at"),
            &[Edit(
                MEMORY_LIMITER,
                "place.iter_mut().min_by_key(|(_, moment)| *moment)",
                "place.iter_mut().max_by_key(|(_, moment)| *moment)",
            )],
        )
        .defence(
            "any number of log-ins wait for a thread",
            Test::lib(PASSWORD, "verifier::tests::a_full_queue_is_busy_at_once"),
            &[Edit(POOL, "sync_channel(queue);", "sync_channel(queue.saturating_mul(1000));")],
        )
        .defence(
            "a password of any length is hashed",
            Test::lib(
                PASSWORD,
                "verifier::tests::an_empty_or_overlong_password_is_wrong_for_everybody_and_costs_nothing",
            ),
            &[Edit(
                HASHER,
                "if length > self.max_password_bytes =>",
                "if length > usize::MAX - self.max_password_bytes =>",
            )],
        )
        .defence(
            "a stored hash may cost any amount of memory",
            Test::lib(PASSWORD, "hash::tests::every_other_shape_is_refused"),
            &[Edit(
                PARAMETERS,
                "pub const MAX_MEMORY_KIB: u32 = 1 << 20;",
                "pub const MAX_MEMORY_KIB: u32 = 1 << 30;",
            )],
        )
}
