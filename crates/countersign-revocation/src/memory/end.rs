//! An entry's end in four bytes.

use time::OffsetDateTime;

use crate::RetainUntil;

/// A moment in whole seconds of Unix time, up to the year 2106. An entry with a later end stays until the process
/// ends: that costs its memory and never accepts a revoked token.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct End(u32);

impl End {
    /// Later than every moment.
    pub(super) const NEVER: Self = Self(u32::MAX);

    /// The end of an entry that counts until `until`.
    pub(super) fn of(until: RetainUntil) -> Self {
        u32::try_from(until.as_unix_seconds()).map_or(Self::NEVER, Self)
    }

    /// The present moment. Before 1970 it is 1970, and after 2106 everything that has an end is past.
    #[inline]
    pub(super) fn now(now: OffsetDateTime) -> Self {
        let seconds = now.unix_timestamp().clamp(0, i64::from(u32::MAX).saturating_sub(1));
        Self(u32::try_from(seconds).unwrap_or(0))
    }

    #[inline]
    pub(super) fn is_past(self, now: Self) -> bool {
        self <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now(seconds: i64) -> End {
        End::now(OffsetDateTime::from_unix_timestamp(seconds).unwrap())
    }

    #[test]
    fn an_end_is_past_from_its_second_on() {
        let end = End::of(RetainUntil::from_unix_seconds(1000));
        assert!(!end.is_past(now(999)));
        assert!(end.is_past(now(1000)));
        assert!(End::of(RetainUntil::from_unix_seconds(0)).is_past(now(-1)));
    }

    #[test]
    fn an_end_after_2106_never_comes() {
        let far = now(253_402_300_799);
        let last = u64::from(u32::MAX) - 1;
        assert!(End::of(RetainUntil::from_unix_seconds(last)).is_past(far));
        for seconds in [last + 1, last + 2, u64::MAX] {
            assert!(!End::of(RetainUntil::from_unix_seconds(seconds)).is_past(far), "{seconds}");
        }
    }
}
