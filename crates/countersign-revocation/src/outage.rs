//! When an outage begins, and when it is over.
//!
//! One success does not end an outage. In a partial one (a single connection of ten still works) checks succeed and
//! fail in turn; if each success ended the outage, each failure would begin a new one, with all of its time.

/// How many times the bound a store must answer without a failure before a failure begins a new outage.
const RECOVERY: u64 = 10;

/// The current outage, if any. Moments are in nanoseconds of one monotonic clock.
pub(crate) struct Outage {
    bound: u64,
    /// The first failure.
    began: Option<u64>,
    /// The first success since the last failure.
    answering_since: Option<u64>,
}

impl Outage {
    /// No outage. In one, failed checks are accepted for `bound`, in nanoseconds.
    pub(crate) fn new(bound: u64) -> Self {
        Self { bound, began: None, answering_since: None }
    }

    /// Notes a failed check, and decides whether it is accepted.
    pub(crate) fn note_failure(&mut self, now: u64) -> bool {
        self.end_if_recovered(now);
        self.answering_since = None;
        let began = *self.began.get_or_insert(now);
        now.saturating_sub(began) < self.bound
    }

    /// Notes that a check has succeeded.
    pub(crate) fn note_success(&mut self, now: u64) {
        self.answering_since.get_or_insert(now);
        self.end_if_recovered(now);
    }

    /// Whether a failure was noted, and its outage is not over.
    pub(crate) fn has_begun(&self) -> bool {
        self.began.is_some()
    }

    /// Whether the last check failed, and one that fails now would be accepted.
    pub(crate) fn is_open(&self, now: u64) -> bool {
        let is_within = self.began.is_some_and(|began| now.saturating_sub(began) < self.bound);
        is_within && self.answering_since.is_none()
    }

    fn end_if_recovered(&mut self, now: u64) {
        let recovery = self.bound.saturating_mul(RECOVERY);
        if self.answering_since.is_some_and(|since| now.saturating_sub(since) >= recovery) {
            *self = Self::new(self.bound);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_runs_from_its_first_failure_whatever_succeeds_meanwhile() {
        let mut outage = Outage::new(30);
        assert!(outage.note_failure(100));
        outage.note_success(110);
        assert!(outage.note_failure(129));
        outage.note_success(129);
        assert!(!outage.note_failure(130));
    }

    #[test]
    fn an_outage_is_over_after_ten_times_the_bound_without_a_failure() {
        let mut outage = Outage::new(30);
        outage.note_failure(0);
        outage.note_success(40);
        assert!(!outage.note_failure(339), "299 of 300");
        assert!(!outage.note_failure(5000), "silence is no recovery");
        outage.note_success(5000);
        assert!(outage.note_failure(5300));
        assert!(outage.has_begun());
        outage.note_success(5301);
        outage.note_success(5601);
        assert!(!outage.has_begun());
    }
}
