//! What is compared with what, and what each ratio should be.
//!
//! `reach` is what a release should hold, `aim` what is thought possible. Both are ratios of our time to the
//! other's, taken in one run; less is better.

use super::context::Program;

/// One page of results, and how the comparison is run for it.
#[derive(Debug)]
pub(super) struct Area {
    /// Its word on both command lines, and the name of its files.
    pub(super) name: &'static str,
    /// The page's heading.
    pub(super) title: &'static str,
    /// The chart's.
    pub(super) chart: &'static str,
    pub(super) sections: &'static [Section],
    /// What one has to know of the jobs.
    pub(super) notes: &'static str,
    /// The crates whose versions matter: the peers, and what does the work for anybody here.
    pub(super) crates: &'static [&'static str],
    /// The back ends of jsonwebtoken, each of which has a process to itself; one empty word where it has no part.
    pub(super) back_ends: &'static [&'static str],
    /// Programs in other languages that take part.
    pub(super) context: &'static [Program],
    pub(super) full: Effort,
    pub(super) quick: Effort,
}

/// How much is measured. Where a process has its stack and heap differs from one to the next, and alone makes the same
/// Ed25519 verification up to a sixth slower; so no ratio is taken in one process only.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effort {
    /// Processes for each back end.
    pub(super) processes: u32,
    /// Rounds of a process, each of which gives every contender one batch.
    pub(super) rounds: u32,
}

impl Effort {
    /// The rounds of all processes.
    pub(super) fn total(self) -> u32 {
        self.processes * self.rounds
    }
}

/// Rows that are told under one heading.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) heading: &'static str,
    /// Whose time it is that ours is set beside.
    pub(super) other: &'static str,
    pub(super) rows: &'static [Row],
}

/// One ratio. Both of its sides are contenders of one group, so that they took turns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) title: &'static str,
    pub(super) group: &'static str,
    pub(super) ours: &'static str,
    pub(super) other: &'static str,
    /// A further contender that our time is told over, without a limit.
    pub(super) beside: Option<&'static str>,
    /// The back ends of jsonwebtoken that are taken into account; of several, the one that does better.
    pub(super) back_ends: &'static [&'static str],
    pub(super) reach: Option<f64>,
    pub(super) aim: Option<f64>,
}

/// What an area without jsonwebtoken has for its back ends.
pub(super) const NO_BACK_END: &[&str] = &[""];

impl Row {
    /// A ratio of which nothing is demanded, in an area without jsonwebtoken.
    pub(super) const fn told(
        title: &'static str,
        group: &'static str,
        ours: &'static str,
        other: &'static str,
    ) -> Self {
        Self { title, group, ours, other, beside: None, back_ends: NO_BACK_END, reach: None, aim: None }
    }

    /// The same where jsonwebtoken takes part, under one of these back ends.
    pub(super) const fn under(self, back_ends: &'static [&'static str]) -> Self {
        Self { back_ends, ..self }
    }

    /// The same with a limit.
    pub(super) const fn at_most(self, reach: f64) -> Self {
        Self { reach: Some(reach), ..self }
    }
}
