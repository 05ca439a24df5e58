//! Key sets that other issuers publish: when they are fetched, how long they count, and for whom.

use super::classes;
use super::row::{Edit, Row, Test};

const fn it(name: &'static str) -> Test {
    Test::of("countersign-signed", "it", name)
}

const BUILDER: &str = "crates/countersign-signed/src/jwks_cache.rs";
const CACHED: &str = "crates/countersign-signed/src/keys/cached.rs";
const CHECKS: &str = "crates/countersign-signed/src/jwt/checks.rs";
const FETCH: &str = "crates/countersign-signed/src/jwks_cache/fetch.rs";
const SIGNED_TOKEN: &str = "crates/countersign-session/src/signed_token.rs";
const STATE: &str = "crates/countersign-signed/src/jwks_cache/state.rs";

pub(super) fn row() -> Row {
    Row::new(&classes::signed::KEY_SETS)
        .defence(
            "each token with an unknown `kid` makes the service fetch",
            it("jwks_cache::fetching::a_flood_of_unknown_keys_fetches_once_in_a_cooldown"),
            &[Edit(STATE, "if cooling { None }", "if cooling && self.failures > 99 { None }")],
        )
        .defence(
            "each thread that finds the set stale fetches",
            it("jwks_cache::fetching::of_many_threads_that_ask_at_once_one_gets_the_fetch"),
            &[Edit(
                STATE,
                "        if let Some(flight) = self.flight {",
                "        if let Some(flight) = self.flight.filter(|flight| started < flight.started) {",
            )],
        )
        .defence(
            "an issuer that is down is asked without a pause",
            it("jwks_cache::fetching::after_failures_the_wait_doubles_up_to_its_bound_and_a_success_forgets_them"),
            &[Edit(STATE, "        if started < self.retry_at {", "        if self.retry_at == Duration::MAX {")],
        )
        .defence(
            "an answer that was overtaken brings the older set back",
            it("jwks_cache::fetching::a_fetch_that_was_overtaken_does_not_bring_an_older_set_back"),
            &[Edit(STATE, "if ticket.number <= self.newest {", "if ticket.number == 0 {")],
        )
        .defence(
            "while fetches fail, the last good set stays for ever",
            it("jwks_cache::ages::the_last_good_set_outlives_failures_until_its_end_and_no_longer"),
            &[Edit(
                STATE,
                "held.fresh_for.saturating_add(self.config.kept_for)",
                "held.fresh_for.saturating_add(self.config.kept_for).saturating_mul(1000)",
            )],
        )
        .defence(
            "a set ends only if somebody calls the cache",
            it("jwks_cache::ages::a_set_ends_though_nobody_calls_the_cache_any_more"),
            &[Edit(CACHED, "span.from <= now && now < span.until", "span.from <= now && span.from < span.until")],
        )
        .defence(
            "a clock that is set back makes keys younger",
            it("jwks_cache::ages::before_the_cache_has_seen_that_the_clock_was_set_back_there_are_no_keys"),
            &[Edit(CACHED, "span.from <= now && now < span.until", "now < span.until")],
        )
        .defence(
            "an issuer's keys verify what names another issuer",
            it("jwks_cache::the_keys_of_one_issuer_verify_no_token_of_another"),
            &[Edit(
                BUILDER,
                "Verifier::builder(self.0.keys.clone()).issuer(&self.0.issuer)",
                "Verifier::builder(self.0.keys.clone()).accept_any_issuer()",
            )],
        )
        .defence(
            "the verifier that `iss` chose does not check it again",
            it("issuers::an_issuer_is_found_wherever_it_stands_and_not_where_it_only_seems_to"),
            &[Edit(
                CHECKS,
                "        issuer(policy, &claims),\n",
                "        issuer(&Policy { any_issuer: true, ..Policy::default() }, &claims),\n",
            )],
        )
        .defence(
            "a text of any length is read",
            it("jwks_cache::the_reader_is_not_asked_about_a_text_that_is_too_long"),
            &[Edit(
                FETCH,
                "if body.len() > inner.limits.max_bytes {",
                "if body.len() > usize::MAX - inner.limits.max_bytes {",
            )],
        )
        .defence(
            "that there are no keys is the token's fault",
            Test::of(
                "countersign-session",
                "it",
                "issuers::keys_that_are_fetched_are_followed_and_without_them_nothing_can_be_said",
            ),
            &[Edit(
                SIGNED_TOKEN,
                "SignedErrorKind::KeysUnavailable => ErrorKind::Unavailable,",
                "SignedErrorKind::KeysUnavailable => ErrorKind::InvalidToken(TokenFault::Refused),",
            )],
        )
}
