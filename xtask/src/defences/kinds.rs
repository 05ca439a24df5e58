//! Tokens of one kind or purpose in the place of another, and names that say two things.

use super::classes;
use super::row::{Edit, Row, Test};

const HEADER: &str = "countersign-header";

const fn session(name: &'static str) -> Test {
    Test::of("countersign-session", "it", name)
}

const AUTHENTICATE: &str = "crates/countersign-session/src/authenticate.rs";
const BUILDER: &str = "crates/countersign-session/src/builder.rs";
const CHALLENGE: &str = "crates/countersign-header/src/challenge.rs";
const CHECKS: &str = "crates/countersign-signed/src/jwt/checks.rs";
const ISSUE: &str = "crates/countersign-session/src/issue.rs";

/// A token of one kind for another.
pub(super) fn row() -> Row {
    const EACH_WHERE_ITS_KIND_IS_TAKEN: Test =
        session("kinds::a_credential_gets_in_only_where_its_kind_is_taken");
    const NO_ACCESS_TOKEN: Test = session("kinds::another_token_under_the_same_key_is_no_access_token");
    Row::new(&classes::http::KINDS)
        .defence(
            "any token under the signing key is an access token",
            NO_ACCESS_TOKEN,
            &[Edit(
                CHECKS,
                "(Some(expected), Some(typ)) => same_type(expected, typ),",
                "(Some(expected), Some(typ)) => same_type(expected, typ) || same_type(\"JWT\", typ),",
            )],
        )
        .defence(
            "an access token may live for longer than any that was issued",
            NO_ACCESS_TOKEN,
            &[Edit(BUILDER, "            .max_lifetime(self.policy.access_lifetime)\n", "")],
        )
        .defence(
            "an access token gets in where API keys are taken",
            EACH_WHERE_ITS_KIND_IS_TAKEN,
            &[Edit(AUTHENTICATE, "if !accept.takes_access_tokens() {", "if token.is_empty() {")],
        )
        .defence(
            "an API key gets in where access tokens are taken",
            EACH_WHERE_ITS_KIND_IS_TAKEN,
            &[Edit(
                AUTHENTICATE,
                "prefixes.api_key.as_str() && accept.takes_api_keys() {",
                "prefixes.api_key.as_str() {",
            )],
        )
        .defence(
            "another issuer's token gets in where ours alone are taken",
            EACH_WHERE_ITS_KIND_IS_TAKEN,
            &[Edit(
                AUTHENTICATE,
                "Some(issuer) if accept.takes_foreign_tokens() =>",
                "Some(issuer) if accept.takes_access_tokens() =>",
            )],
        )
        .defence(
            "a password gets in where tokens are taken",
            EACH_WHERE_ITS_KIND_IS_TAKEN,
            &[Edit(
                AUTHENTICATE,
                "Authorization::Basic(credentials) if accept.takes_basic() =>",
                "Authorization::Basic(credentials) if accept.takes_basic() || accept.takes_bearer() =>",
            )],
        )
}

/// Names that say two things.
pub(super) fn names() -> Row {
    Row::new(&classes::http::NAMES)
        .defence(
            "one scope of an account is two in a token",
            session("laws::an_accounts_scopes_are_checked_at_log_in_and_at_refresh"),
            &[Edit(ISSUE, "matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e)", "matches!(byte, 0x20..=0x7e)")],
        )
        .defence(
            "a realm leaves its quotes",
            Test::of(HEADER, "vectors", "a_realm_cannot_leave_its_quotes"),
            &[Edit(CHALLENGE, "if matches!(character, '\"' | '\\\\') {", "if matches!(character, '\\\\') {")],
        )
        .defence(
            "a realm begins another header",
            Test::of(HEADER, "vectors", "a_realm_is_printable_ascii"),
            &[Edit(
                CHALLENGE,
                "if !syntax::is_printable_ascii(realm.as_bytes()) {",
                "if !realm.is_ascii() {",
            )],
        )
        .defence(
            "a description leaves its quotes",
            Test::of(HEADER, "vectors", "an_error_description_has_the_characters_of_rfc_6750_only"),
            &[Edit(
                CHALLENGE,
                "description.is_empty() || !syntax::is_unescaped(description)",
                "description.is_empty() || !syntax::is_printable_ascii(description.as_bytes())",
            )],
        )
}
