//! Moments and lengths of time, as they are typed.

use std::str::FromStr;
use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::failure::Failure;

/// A moment: RFC 3339 (`2026-11-01T12:00:00Z`), a second of Unix time (`@1793534400`), `now`, or a length of time
/// from now on or back (`+15m`, `-2h`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    At(OffsetDateTime),
    FromNow(time::Duration),
}

impl Moment {
    pub(crate) fn resolve(self, now: OffsetDateTime) -> Result<OffsetDateTime, Failure> {
        match self {
            Self::At(moment) => Ok(moment),
            Self::FromNow(duration) => now
                .checked_add(duration)
                .ok_or_else(|| Failure::usage("the time is before the year -9999 or after 9999")),
        }
    }
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let length = |text: &str| {
            let Length(length) = text.parse()?;
            time::Duration::try_from(length).map_err(|_| "the time is too far away".to_owned())
        };
        if text == "now" {
            return Ok(Self::FromNow(time::Duration::ZERO));
        }
        if let Some(length_after) = text.strip_prefix('+') {
            return Ok(Self::FromNow(length(length_after)?));
        }
        if let Some(length_before) = text.strip_prefix('-') {
            return Ok(Self::FromNow(length(length_before)?.saturating_mul(-1)));
        }
        if let Some(seconds) = text.strip_prefix('@') {
            let seconds = seconds.parse().ok().and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok());
            return seconds.map(Self::At).ok_or_else(|| "not a second of Unix time".to_owned());
        }
        OffsetDateTime::parse(text, &Rfc3339)
            .map(Self::At)
            .map_err(|_| "neither RFC 3339 (2026-11-01T12:00:00Z), nor @SECONDS, nor like +15m".to_owned())
    }
}

/// A length of time: `90`, which are seconds, or numbers with units, such as `15m` and `1h30m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Length(pub(crate) Duration);

impl FromStr for Length {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "not a length of time such as 90, 15m, 12h or 7d".to_owned();
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().map(|seconds| Self(Duration::from_secs(seconds))).map_err(|_| wrong());
        }
        let mut rest = text;
        let mut seconds = 0_u64;
        // Each unit is smaller than the one before it, so that a unit stands once and `1m1h` is a slip.
        let mut bound = u64::MAX;
        while !rest.is_empty() {
            let end = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
            let (digits, behind) = rest.split_at_checked(end).ok_or_else(wrong)?;
            let mut units = behind.chars();
            let unit = units.next().and_then(unit_seconds).filter(|unit| *unit < bound).ok_or_else(wrong)?;
            let amount = digits.parse::<u64>().ok().and_then(|amount| amount.checked_mul(unit));
            seconds = amount.and_then(|amount| amount.checked_add(seconds)).ok_or_else(wrong)?;
            bound = unit;
            rest = units.as_str();
        }
        Ok(Self(Duration::from_secs(seconds)))
    }
}

fn unit_seconds(unit: char) -> Option<u64> {
    match unit {
        's' => Some(1),
        'm' => Some(60),
        'h' => Some(60 * 60),
        'd' => Some(24 * 60 * 60),
        'w' => Some(7 * 24 * 60 * 60),
        _ => None,
    }
}

/// What there is between a moment and now, in its largest unit: `in 5 minutes`, `3 days ago`.
pub(crate) fn relative(moment: OffsetDateTime, now: OffsetDateTime) -> String {
    let seconds = (moment - now).whole_seconds();
    let away = seconds.unsigned_abs();
    let units = [(365 * 86_400, "year"), (86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let (size, unit) = units.into_iter().find(|(size, _)| away >= *size).unwrap_or((1, "second"));
    let amount = away.checked_div(size).unwrap_or_default();
    let plural = if amount == 1 { "" } else { "s" };
    match seconds {
        0 => "now".to_owned(),
        1.. => format!("in {amount} {unit}{plural}"),
        _ => format!("{amount} {unit}{plural} ago"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Option<u64> {
        text.parse::<Length>().ok().map(|Length(length)| length.as_secs())
    }

    #[test]
    fn lengths_are_seconds_or_falling_units() {
        for (text, expected) in [
            ("0", 0),
            ("90", 90),
            ("90s", 90),
            ("15m", 900),
            ("1h30m", 5_400),
            ("2d", 172_800),
            ("1w1s", 604_801),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        for text in
            ["m", "1m1h", "1m1m", "1x", "1 m", "-1", "1.5h", "9999999999999999999w", "1m5", "\u{663}s"]
        {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn moments_are_absolute_or_from_now() {
        let now = OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap();
        for (text, expected) in [
            ("now", 1_800_000_000),
            ("+15m", 1_800_000_900),
            ("-1h", 1_799_996_400),
            ("@7", 7),
            ("1970-01-01T01:00:00+01:00", 0),
        ] {
            let moment = text.parse::<Moment>().unwrap().resolve(now).unwrap();
            assert_eq!(moment.unix_timestamp(), expected, "{text}");
        }
        for text in ["", "tomorrow", "@", "@x", "+", "2026-11-01", "2026-11-01 12:00"] {
            assert!(text.parse::<Moment>().is_err(), "{text:?}");
        }
        assert!("+9999999w".parse::<Moment>().unwrap().resolve(now).is_err());
    }

    #[test]
    fn the_largest_unit_is_named() {
        let now = OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap();
        for (away, expected) in [
            (0, "now"),
            (1, "in 1 second"),
            (-59, "59 seconds ago"),
            (300, "in 5 minutes"),
            (-3_600, "1 hour ago"),
            (86_400 * 400, "in 1 year"),
        ] {
            assert_eq!(relative(now + time::Duration::seconds(away), now), expected);
        }
    }
}
