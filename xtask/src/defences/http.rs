//! The `Authorization` header, and who is told what at log-in.

use super::classes;
use super::row::{Edit, Row, Test};

const HEADER: &str = "countersign-header";
const PASSWORD: &str = "countersign-password";
const SESSION: &str = "countersign-session";

const fn malformed(name: &'static str) -> Test {
    Test::of(HEADER, "malformed", name)
}

const AUTHORIZATION: &str = "crates/countersign-header/src/authorization.rs";
const BASIC: &str = "crates/countersign-header/src/basic.rs";
const DECODE: &str = "crates/countersign-header/src/decode.rs";
const BEARER: &str = "crates/countersign-header/src/bearer.rs";
const CHECK: &str = "crates/countersign-password/src/check.rs";
const LOG_IN: &str = "crates/countersign-session/src/log_in.rs";
const VERIFIER: &str = "crates/countersign-password/src/verifier.rs";

pub(super) fn rows() -> Vec<Row> {
    vec![authorization(), super::kinds::row(), super::kinds::names(), enumeration(), super::guessing::row()]
}

fn authorization() -> Row {
    Row::new(&classes::http::AUTHORIZATION)
    .defence(
        "the first of several headers is taken",
        malformed("exactly_one_value_is_expected"),
        &[Edit(AUTHORIZATION, "if values.next().is_some() {", "if values.next().is_some_and(<[u8]>::is_empty) {")],
    )
    .defence(
        "a value may have any length",
        malformed("the_length_is_capped_before_anything_else"),
        &[Edit(AUTHORIZATION, "if value.len() > MAX_LENGTH {", "if value.len() > MAX_LENGTH * 1024 {")],
    )
    .defence(
        "the case of the scheme matters",
        malformed("odd_values_within_the_grammar_are_taken"),
        &[Edit(AUTHORIZATION, "name.map(|byte| byte | 0x20)", "*name")],
    )
    .defence(
        "space around credentials is cut off, folded lines included",
        malformed("malformed_bearer_values_are_refused"),
        &[Edit(AUTHORIZATION, "    Some(rest)\n", "    Some(rest.trim_ascii())\n")],
    )
    .defence(
        "a Bearer token may have any characters",
        malformed("malformed_bearer_values_are_refused"),
        &[Edit(BEARER, "if !syntax::is_token68(token) {", "if syntax::fault(token).is_some() {")],
    )
    .defence(
        "an empty Bearer token is a token",
        malformed("malformed_bearer_values_are_refused"),
        &[
            Edit(
                BEARER,
                "        if token.is_empty() {\n            return Err(ErrorKind::NoCredentials.into());\n        }\n",
                "",
            ),
            Edit(BEARER, "if !syntax::is_token68(token) {", "if !token.is_empty() && !syntax::is_token68(token) {"),
        ],
    )
    .defence(
        "Basic credentials may hold control characters",
        malformed("malformed_basic_values_are_refused"),
        &[Edit(BASIC, "pair.0.chars().any(char::is_control) {", "pair.0.is_empty() {")],
    )
    .defence(
        "Basic credentials that are no UTF-8 are repaired",
        malformed("malformed_basic_values_are_refused"),
        &[Edit(
            BASIC,
            "match String::from_utf8(bytes) {",
            "match String::from_utf8(String::from_utf8_lossy(&bytes).into_owned().into_bytes()) {",
        )],
    )
    .defence(
        "Basic credentials without a colon are a user without a password",
        malformed("malformed_basic_values_are_refused"),
        &[Edit(BASIC, "position(|byte| byte == b':').ok_or(ErrorKind::MissingColon)?", "position(|byte| byte == b':').unwrap_or(pair.0.len())")],
    )
    .defence(
        "Basic credentials have several spellings",
        malformed("malformed_basic_values_are_refused"),
        &[Edit(
            DECODE,
            "(faults | fault) & NO_DIGIT != 0 || stray != 0",
            "(faults | fault) & NO_DIGIT != 0",
        )],
    )
    .defence(
        "a malformed header is answered like an absent one",
        Test::of(SESSION, "it", "modes::the_token_endpoint_takes_one_well_formed_basic_header"),
        &[Edit(LOG_IN, "if error.kind().is_missing() {", "if error.kind().is_missing() || error.kind().is_malformed() {")],
    )
}

fn enumeration() -> Row {
    Row::new(&classes::http::ENUMERATION)
        .defence(
            "an unknown user costs no password hash",
            Test::lib(PASSWORD, "check::tests::nobody_and_an_unreadable_hash_cost_one_run_at_the_current_parameters"),
            &[Edit(CHECK, "let Some(stored) = stored else {\n        decoy(current)?;\n", "let Some(stored) = stored else {\n")],
        )
        .defence(
            "an unreadable hash costs no password hash",
            Test::lib(PASSWORD, "check::tests::nobody_and_an_unreadable_hash_cost_one_run_at_the_current_parameters"),
            &[Edit(
                CHECK,
                "let Some(parsed) = Parsed::parse(stored) else {\n        decoy(current)?;\n",
                "let Some(parsed) = Parsed::parse(stored) else {\n",
            )],
        )
        .defence(
            "a user with an older hash is told by the time it takes",
            Test::lib(
                PASSWORD,
                "check::tests::a_wrong_password_costs_the_stored_parameters_and_what_is_missing_to_the_current_ones",
            ),
            &[Edit(
                CHECK,
                "if let Some(padding) = current.padding_after(parsed.parameters())\n        && wanted()",
                "if let Some(padding) = current.padding_after(parsed.parameters())\n        && password.is_empty()",
            )],
        )
        .defence(
            "an unknown user is answered before a password is checked",
            Test::lib(
                PASSWORD,
                "verifier::tests::an_unknown_user_a_wrong_password_and_an_unreadable_hash_cost_the_same_work",
            ),
            &[Edit(
                VERIFIER,
                "        let (account, stored) = user.map(",
                "        if user.is_none() {
            return Ok(None);
        }
        let (account, stored) = user.map(",
            )],
        )
}
