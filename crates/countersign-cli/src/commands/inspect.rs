//! `countersign inspect`: what a token says of itself.

use std::io::{self, IsTerminal as _};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Args;
use countersign_signed::{ErrorKind, UnverifiedToken};
use serde::Deserialize;
use serde_json::value::RawValue;
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use crate::commands::verify::token;
use crate::failure::Failure;
use crate::instant::{Moment, relative};
use crate::pretty::{Colours, layout};
use crate::sink::print;

const WARNING: &str =
    "UNVERIFIED: anybody can have written this. No signature, time or audience has been checked.";

/// Shows what a token says, WITHOUT VERIFYING anything of it.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The moment that times are told from.
    #[arg(long, value_name = "TIME", default_value = "now")]
    at: Moment,
    /// The token, or `-` for standard input. An argument is seen by every user of the machine.
    #[arg(value_name = "TOKEN", default_value = "-", hide_default_value = true)]
    token: String,
}

/// The registered dates, as they are written.
#[derive(Deserialize)]
struct Dates<'a> {
    #[serde(borrow)]
    iat: Option<&'a RawValue>,
    #[serde(borrow)]
    nbf: Option<&'a RawValue>,
    #[serde(borrow)]
    exp: Option<&'a RawValue>,
}

impl Options {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let now = self.at.resolve(OffsetDateTime::now_utc())?;
        let text = token(&self.token)?;
        let refused = |error| Failure::refused(&error);
        let token = UnverifiedToken::parse(&text).map_err(refused)?;
        let header = header(&text).ok_or_else(|| refused(ErrorKind::MalformedToken.into()))?;
        let claims: &RawValue = token.unverified_claims().map_err(refused)?;
        let dates: Dates<'_> = token.unverified_claims().map_err(refused)?;

        let colours = Colours::new(wants_colours());
        let warning = colours.warning(WARNING);
        let mut shown = format!("{warning}\n\nheader {}\n", layout(&header, colours));
        shown.push_str(&format!("claims {}\n", layout(claims.get(), colours)));
        for (name, value) in [("iat", dates.iat), ("nbf", dates.nbf), ("exp", dates.exp)] {
            if let Some(value) = value {
                shown.push_str(&format!("{name} {}\n", told(value.get(), now)));
            }
        }
        shown.push_str(&format!("\n{warning}\n"));
        print(shown.as_bytes())
    }
}

/// <https://no-color.org>: the variable counts if it is there and not empty.
fn wants_colours() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stdout().is_terminal() && !refused
}

fn header(token: &str) -> Option<String> {
    let (header, _) = token.split_once('.')?;
    String::from_utf8(URL_SAFE_NO_PAD.decode(header).ok()?).ok()
}

/// A NumericDate (RFC 7519 section 2) as local time, and how far away it is. A fraction of a second is left out.
fn told(value: &str, now: OffsetDateTime) -> String {
    let whole = value.split_once('.').map_or(value, |(whole, _)| whole);
    let moment = whole.parse().ok().and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    let Some(moment) = moment else { return "is no time that can be told".to_owned() };
    let offset = UtcOffset::local_offset_at(moment).unwrap_or(UtcOffset::UTC);
    let text = moment.to_offset(offset).format(&Rfc3339).or_else(|_| moment.format(&Rfc3339));
    format!("{} ({})", text.unwrap_or_default(), relative(moment, now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_date_is_told_so() {
        for value in [r#""1800000000""#, "true", "-99999999999999", "1e400", "[1.5]"] {
            assert_eq!(told(value, OffsetDateTime::UNIX_EPOCH), "is no time that can be told", "{value}");
        }
        assert!(told("60.9", OffsetDateTime::UNIX_EPOCH).ends_with(" (in 1 minute)"));
    }
}
