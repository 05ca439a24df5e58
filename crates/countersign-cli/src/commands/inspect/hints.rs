//! What is allowed in a token and still surprises: `verify` takes it only with an option, or it is a slip.

use crate::members::Members;

/// The last second of the year 9999. A date beyond it is most often one in milliseconds.
const LAST_SECOND: f64 = 253_402_300_799.0;

pub(super) fn of(header: &Members, claims: &Members) -> impl Iterator<Item = &'static str> {
    let typ = header.get("typ").and_then(|typ| serde_json::from_str::<String>(typ).ok());
    let is_beyond = |name: &&str| {
        let date = claims.get(name).and_then(|date| serde_json::from_str::<f64>(date).ok());
        date.is_some_and(|date| date > LAST_SECOND)
    };
    let is_text = |name: &&str| claims.get(name).is_some_and(|date| date.starts_with('"'));
    let dates = ["exp", "nbf", "iat"];
    let hints = [
        (
            typ.is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT")),
            "`typ` is not JWT: `verify` takes the token with --typ and that value",
        ),
        (
            !claims.is_empty() && !claims.has("exp"),
            "`exp` is missing, so the token never expires: `verify` takes it with --no-exp",
        ),
        (
            dates.iter().any(is_beyond),
            "a date is after the year 9999: is it in milliseconds instead of seconds?",
        ),
        (dates.iter().any(is_text), "a date is text instead of a number of seconds"),
    ];
    hints.into_iter().filter_map(|(holds, hint)| holds.then_some(hint))
}
