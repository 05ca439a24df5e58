//! Revocations: how long they count, and what is under way when they come.

use super::classes;
use super::row::{Edit, Row, Test};

const REVOCATION: &str = "countersign-revocation";

const fn session(name: &'static str) -> Test {
    Test::of("countersign-session", "it", name)
}

const ISSUE: &str = "crates/countersign-session/src/issue.rs";
const LOG_IN: &str = "crates/countersign-session/src/log_in.rs";
const REFRESH: &str = "crates/countersign-session/src/refresh.rs";
const REVOKE: &str = "crates/countersign-session/src/revoke.rs";
const SUBJECTS: &str = "crates/countersign-revocation/src/memory/subjects.rs";
const UNTIL: &str = "crates/countersign-revocation/src/until.rs";

pub(super) fn row() -> Row {
    Row::new(&classes::sessions::OUTLIVED)
        .defence(
            "an entry ends at the token's `exp`, and the leeway goes on",
            Test::lib(REVOCATION, "until::tests::the_end_is_rounded_up_and_leeway_and_margin_are_added"),
            &[Edit(
                UNTIL,
                "let extra = ceil_seconds(leeway).saturating_add(ceil_seconds(margin));",
                "let extra = ceil_seconds(leeway.min(margin).saturating_sub(margin));",
            )],
        )
        .defence(
            "revoking again shortens",
            Test::of(REVOCATION, "conformance", "the_store_in_memory_conforms"),
            &[Edit(SUBJECTS, "subject.until = until.max(before);", "subject.until = until;")],
        )
        .defence(
            "a session's entry ends with its last access token",
            session("revoking::a_revocation_is_kept_until_nothing_it_protects_against_could_live"),
            &[Edit(REVOKE, "self.until(end.max(last_access));", "self.until(end.min(last_access));")],
        )
        .defence(
            "the entry of a stolen key ends with the tokens of today",
            session("revoking::a_stolen_key_is_revoked_however_late_it_signs"),
            &[Edit(
                REVOKE,
                "Target::Key(kid), Until::FOREVER)",
                "Target::Key(kid), self.until(later(self.now(), inner.policy.access_lifetime)))",
            )],
        )
        .defence(
            "a generation falls back with the clock",
            Test::lib(
                REVOCATION,
                "until::tests::a_generation_is_the_time_in_milliseconds_unless_that_would_fall_back",
            ),
            &[Edit(UNTIL, "previous.saturating_add(1).max(now)", "now.max(previous.min(1))")],
        )
        .defence(
            "the generation of a subject that was purged begins anew",
            Test::of(REVOCATION, "conformance", "the_store_in_memory_conforms"),
            &[Edit(
                SUBJECTS,
                "self.floor = self.floor.max(subject.generation);",
                "self.floor = self.floor.max(0);",
            )],
        )
        .defence(
            "a log-in with the old password outlives the change of it",
            session("races::a_log_in_with_a_password_that_is_changed_meanwhile_gives_nothing"),
            &[Edit(
                LOG_IN,
                "if generation.saturating_add(LATELY) < began {",
                "if generation.saturating_add(LATELY) < began || began > 0 {",
            )],
        )
        .defence(
            "a session keeps the scopes that its account has lost",
            session("refreshing::roles_and_scopes_are_read_again"),
            &[Edit(
                REFRESH,
                "session.scopes.iter().filter(|scope| account.scopes.contains(scope));",
                "session.scopes.iter().filter(|scope| !scope.is_empty());",
            )],
        )
        .defence(
            "a session outlives its account",
            session("refreshing::a_session_whose_account_is_gone_ends"),
            &[Edit(
                REFRESH,
                "            self.end(&found.record.id, found.record.expires_at).await?;
            return Err(GrantFault::AccountGone.into());",
                "            return Err(GrantFault::AccountGone.into());",
            )],
        )
        .defence(
            "a random token that is stored after a log-out everywhere is good",
            session("races::a_random_token_that_is_stored_after_a_logout_everywhere_is_gone"),
            &[Edit(
                ISSUE,
                "if self.generation(&account.subject).await? != generation {",
                "if self.generation(&account.subject).await? < generation {",
            )],
        )
}
