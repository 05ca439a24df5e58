//! How long an entry is kept, and the number that a subject's version rises to.

use std::time::Duration;

use time::OffsetDateTime;

/// The margin added to an entry's end for clocks that disagree: five minutes.
pub const DEFAULT_MARGIN: Duration = Duration::from_secs(5 * 60);

/// The moment from which an entry is needed no longer, in whole seconds of Unix time.
///
/// An entry counts while `now < until`. Ordered: [`RetainUntil::FOREVER`] is the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RetainUntil(u64);

impl RetainUntil {
    /// Never purged: for a token without `exp`.
    pub const FOREVER: Self = Self(u64::MAX);

    /// Until `moment`, rounded up to the next whole second. A moment before 1970 counts as 1970.
    #[must_use]
    pub fn at(moment: OffsetDateTime) -> Self {
        let seconds = moment.unix_timestamp().saturating_add(i64::from(moment.nanosecond() > 0));
        Self(u64::try_from(seconds).unwrap_or(0))
    }

    /// For a token that expires at `exp`: its `exp`, rounded up, plus the largest leeway that any
    /// verifier grants, plus `margin` for clocks that disagree (see [`DEFAULT_MARGIN`]). Without an
    /// `exp`, for ever.
    #[must_use]
    pub fn for_token(exp: Option<OffsetDateTime>, leeway: Duration, margin: Duration) -> Self {
        exp.map_or(Self::FOREVER, |exp| {
            let extra = ceil_seconds(leeway).saturating_add(ceil_seconds(margin));
            Self(Self::at(exp).0.saturating_add(extra))
        })
    }

    /// Whether the entry has had its time: `now` is at or past it.
    #[must_use]
    pub fn is_past(self, now: OffsetDateTime) -> bool {
        self != Self::FOREVER && u64::try_from(now.unix_timestamp()).unwrap_or(0) >= self.0
    }

    /// The moment in seconds of Unix time; [`u64::MAX`] stands for ever. What an engine writes.
    #[must_use]
    pub fn as_unix_seconds(self) -> u64 {
        self.0
    }

    /// The reverse of [`as_unix_seconds`](Self::as_unix_seconds).
    #[must_use]
    pub fn from_unix_seconds(seconds: u64) -> Self {
        Self(seconds)
    }
}

fn ceil_seconds(duration: Duration) -> u64 {
    duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0))
}

/// The subject version that a subject's revocation at `now` rises to: `max(previous + 1, now in milliseconds)`.
///
/// `previous` is the version of the subject or, where it has none, the highest one that was ever purged;
/// so it never falls back, not even when the clock does. Every engine uses this one rule.
#[must_use]
pub fn next_subject_version(previous: u64, now: OffsetDateTime) -> u64 {
    let now = u64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
    previous.saturating_add(1).max(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64, nanos: i64) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(seconds) + time::Duration::nanoseconds(nanos)
    }

    #[test]
    fn the_end_is_rounded_up_and_leeway_and_margin_are_added() {
        assert_eq!(RetainUntil::at(at(100, 0)).as_unix_seconds(), 100);
        assert_eq!(RetainUntil::at(at(100, 1)).as_unix_seconds(), 101);
        let until =
            RetainUntil::for_token(Some(at(100, 1)), Duration::from_millis(1_500), Duration::from_secs(300));
        assert_eq!(until.as_unix_seconds(), 101 + 2 + 300);
        assert_eq!(RetainUntil::for_token(None, Duration::ZERO, Duration::ZERO), RetainUntil::FOREVER);
    }

    #[test]
    fn default_margin_is_five_minutes() {
        assert_eq!(DEFAULT_MARGIN.as_secs(), 300);
    }

    #[test]
    fn an_entry_counts_before_its_end_and_not_at_it() {
        assert!(!RetainUntil::at(at(100, 0)).is_past(at(99, 999_999_999)));
        assert!(RetainUntil::at(at(100, 0)).is_past(at(100, 0)));
        assert!(!RetainUntil::FOREVER.is_past(at(253_402_300_799, 0)));
    }

    #[test]
    fn a_subject_version_is_the_time_in_milliseconds_unless_that_would_fall_back() {
        assert_eq!(next_subject_version(0, at(1_700_000_000, 5_000_000)), 1_700_000_000_005);
        assert_eq!(next_subject_version(1_700_000_000_005, at(1_700_000_000, 5_000_000)), 1_700_000_000_006);
        assert_eq!(next_subject_version(9_000_000_000_000, at(1_700_000_000, 0)), 9_000_000_000_001);
        assert_eq!(next_subject_version(7, at(-5, 0)), 8);
    }
}
