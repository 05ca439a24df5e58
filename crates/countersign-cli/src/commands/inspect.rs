//! `countersign inspect`: what a token says of itself, and what is odd about it.
//!
//! Any text of three parts is shown, whatever a verifier would say to it: people look here when a verifier has refused
//! a token.

mod hints;
mod pasted;

use std::io::{self, IsTerminal as _};

use clap::Args;
use countersign_signed::{ErrorKind, UnverifiedToken};
use serde_json::value::RawValue;
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use crate::failure::Failure;
use crate::instant::{Moment, relative};
use crate::members::Members;
use crate::pretty::{Colours, harmless, layout};
use crate::sink::print;
use crate::source::token;

const WARNING: &str =
    "UNVERIFIED: anybody can have written this. No signature, time or audience has been checked.";

/// Shows what a token says, WITHOUT VERIFYING anything of it, and what is odd about it.
///
/// Leaves out the spaces and line breaks of a copy, quotation marks around it, and `Authorization: Bearer`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The moment from which times are counted.
    #[arg(long, value_name = "TIME", default_value = "now")]
    at: Moment,
    /// The token, or `-` for standard input. An argument is seen by every user of the machine.
    #[arg(value_name = "TOKEN", default_value = "-", hide_default_value = true)]
    token: String,
}

impl Options {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let now = self.at.resolve(OffsetDateTime::now_utc())?;
        let mut odd = Vec::new();
        let text = pasted::cleaned(&token(&self.token)?, &mut odd);
        let token = UnverifiedToken::inspect(text.as_str()).map_err(|error| {
            // The library tells an encrypted token and the JSON serialization apart.
            let count = text.split('.').count();
            let parts = format!("it has three parts with a dot between each two, and this text has {count}");
            Failure::refused_with(&error, (error.kind() == ErrorKind::MalformedToken).then_some(&parts))
        })?;
        let (header, claims) = (token.unverified_header(), token.unverified_claims());
        odd.extend(token.oddities().iter().map(ToString::to_string));
        let members = |json| serde_json::from_str(json).unwrap_or_else(|_| Members::default());
        let (header_members, claim_members) = (members(header), members(claims));
        odd.extend(hints::of(&header_members, &claim_members).map(str::to_owned));

        let colours = Colours::new(wants_colours());
        let warning = colours.warning(WARNING);
        let mut segments = text.split('.');
        let mut shown = format!("{warning}\n\nheader {}\n", part(header, segments.next(), colours));
        shown.push_str(&format!("claims {}\n", part(claims, segments.next(), colours)));
        for name in ["iat", "nbf", "exp"] {
            if let Some(value) = claim_members.get(name) {
                shown.push_str(&format!("{name} {}\n", told(value, now)));
            }
        }
        if !odd.is_empty() {
            shown.push('\n');
        }
        for line in odd {
            // The name of a claim may be an attacker's.
            shown.push_str(&format!("{} {}\n", colours.warning("odd:"), harmless(&line)));
        }
        shown.push_str(&format!("\n{warning}\n"));
        print(shown.as_bytes())
    }
}

/// JSON laid out, or else the text as it is; of what is no base64 the part itself.
fn part(text: &str, segment: Option<&str>, colours: Colours) -> String {
    match segment {
        Some(segment) if text.is_empty() => harmless(segment),
        _ if serde_json::from_str::<&RawValue>(text).is_ok() => layout(text, colours),
        _ => harmless(text),
    }
}

/// <https://no-color.org>: the variable counts if it is there and not empty.
fn wants_colours() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stdout().is_terminal() && !refused
}

/// A NumericDate (RFC 7519 section 2) as local time, and how far away it is. A fraction of a second is left out.
fn told(value: &str, now: OffsetDateTime) -> String {
    let whole = value.split_once('.').map_or(value, |(whole, _)| whole);
    let moment = whole.parse().ok().and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    let Some(moment) = moment else { return "is not a time in seconds".to_owned() };
    let offset = UtcOffset::local_offset_at(moment).unwrap_or(UtcOffset::UTC);
    let text = moment.to_offset(offset).format(&Rfc3339).or_else(|_| moment.format(&Rfc3339));
    match text {
        Ok(text) => format!("{text} ({})", relative(moment, now)),
        Err(_) => "is not a time that RFC 3339 can write".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_of_another_form_is_not_a_time() {
        for value in [r#""1800000000""#, "true", "-99999999999999", "1e400", "[1.5]"] {
            assert_eq!(told(value, OffsetDateTime::UNIX_EPOCH), "is not a time in seconds", "{value}");
        }
        assert!(told("60.9", OffsetDateTime::UNIX_EPOCH).ends_with(" (in 1 minute)"));
    }
}
