//! The cache's own time: how long it has been at work, as far as callers' clocks can tell.
//!
//! Callers pass wall-clock time, which can be set back. Were ages taken from it directly, keys would become
//! younger whenever a clock is corrected. So only steps forward are added up, and a step back starts a new
//! sum from the lower time: what has passed until then stays passed.
//!
//! Threads read their clocks a little before they get here, in any order. A time that lies a little behind
//! the latest one is therefore no step back, and counts nothing; otherwise each would be counted again by
//! the next thread, and time would run too fast.

use std::time::Duration;

use time::OffsetDateTime;

/// How far behind the latest time another may lie and still be that of a late caller. Where it was a small
/// step back after all, time stands still for as long.
pub(super) const LATE: Duration = Duration::from_secs(60);

/// Adds up the time that callers report.
#[derive(Debug, Default)]
pub(super) struct Clock {
    /// What the wall clock said last, late callers aside.
    latest: Option<OffsetDateTime>,
    elapsed: Duration,
}

impl Clock {
    /// Takes note of `now`. True if the clock was set back, so that what was said in its terms is wrong.
    pub(super) fn observe(&mut self, now: OffsetDateTime) -> bool {
        let step = now - *self.latest.get_or_insert(now);
        if step.is_positive() {
            self.elapsed = self.elapsed.saturating_add(step.unsigned_abs());
        }
        let set_back = step.is_negative() && step.unsigned_abs() > LATE;
        if step.is_positive() || set_back {
            self.latest = Some(now);
        }
        set_back
    }

    /// The time that has passed since the first observation.
    pub(super) fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// What the wall clock says when `elapsed` is this, unless it is set meanwhile.
    pub(super) fn at(&self, elapsed: Duration) -> OffsetDateTime {
        let latest = self.latest.unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let signed = |span: Duration| time::Duration::try_from(span).unwrap_or(time::Duration::MAX);
        match elapsed.checked_sub(self.elapsed) {
            Some(ahead) => latest.saturating_add(signed(ahead)),
            None => latest.saturating_sub(signed(self.elapsed.saturating_sub(elapsed))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wall(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn only_steps_forward_count_and_late_callers_are_no_step_back() {
        // What callers say, whether the clock was set back, and the seconds that have passed.
        let steps = [
            (0, false, 0),
            (10, false, 10),
            (10, false, 10),
            (9, false, 10), // a late caller
            (11, false, 11),
            (-49, false, 11), // late by just 60 s
            (12, false, 12),
            (-49, true, 12), // 61 s: set back
            (-39, false, 22),
            (100, false, 161),
            (-86_400, true, 161),
            (-86_399, false, 162),
        ];
        let mut clock = Clock::default();
        for (seconds, set_back, elapsed) in steps {
            assert_eq!(clock.observe(wall(seconds)), set_back, "at {seconds}");
            assert_eq!(clock.elapsed(), Duration::from_secs(elapsed), "at {seconds}");
        }
    }

    #[test]
    fn threads_that_come_out_of_order_do_not_make_time_run_faster() {
        let mut clock = Clock::default();
        for second in 0..1000 {
            for late in [0, 3, 1, 2] {
                clock.observe(wall(second - late));
            }
        }
        assert_eq!(clock.elapsed(), Duration::from_secs(999 + 3 - 3));
    }

    #[test]
    fn the_wall_clock_is_told_for_the_past_and_for_the_future() {
        let mut clock = Clock::default();
        clock.observe(wall(0));
        clock.observe(wall(100));
        assert_eq!(clock.at(Duration::from_secs(100)), wall(100));
        assert_eq!(clock.at(Duration::from_secs(40)), wall(40));
        assert_eq!(clock.at(Duration::from_secs(160)), wall(160));
        clock.observe(wall(-1000));
        assert_eq!(clock.at(Duration::from_secs(160)), wall(-940));
    }

    #[test]
    fn no_time_overflows_it() {
        let (first, last) =
            (time::PrimitiveDateTime::MIN.assume_utc(), time::PrimitiveDateTime::MAX.assume_utc());
        let mut clock = Clock::default();
        for now in [first, last, first, last] {
            clock.observe(now);
        }
        assert_eq!(clock.at(Duration::MAX), last);
        assert_eq!(clock.at(clock.elapsed()), last);
        clock.observe(first);
        assert_eq!(clock.at(Duration::ZERO), first);
    }
}
