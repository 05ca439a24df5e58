//! The pages: what is compared with what, and the limit of each ratio.

mod growth;
mod header;
mod random;
mod request;
mod revocation;
mod signed;

/// In the order in which they are measured.
pub(super) const ALL: &[&Area] =
    &[&signed::AREA, &random::AREA, &header::AREA, &revocation::AREA, &request::AREA, &growth::AREA];

/// One page, and how the comparison is run for it.
#[derive(Debug)]
pub(super) struct Area {
    /// Its word on both command lines, and the name of its file.
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) sections: &'static [Section],
    /// What a reader has to know of the jobs.
    pub(super) notes: &'static str,
    /// The crates whose versions are written down.
    pub(super) crates: &'static [&'static str],
    /// The comparison's arguments after name and rounds, one process each.
    pub(super) runs: &'static [&'static [&'static str]],
    /// Python scripts in `benches/compare/context` that take part.
    pub(super) scripts: &'static [&'static str],
    pub(super) full: Effort,
    pub(super) quick: Effort,
}

/// How much is measured. The place of stack and heap differs between processes and alone makes the same Ed25519
/// verification up to a sixth slower, so one process is not enough.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effort {
    /// How often each process is started.
    pub(super) processes: u32,
    /// Rounds of a process. Each gives every contender one batch.
    pub(super) rounds: u32,
}

/// Rows under one heading.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) heading: &'static str,
    /// The column's name for the other side.
    pub(super) other: &'static str,
    pub(super) rows: &'static [Row],
}

/// One ratio. Its two sides are contenders of one group, so they took turns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) title: &'static str,
    pub(super) group: &'static str,
    pub(super) ours: &'static str,
    pub(super) other: &'static str,
    /// The back ends of jsonwebtoken; one empty word where it takes no part.
    pub(super) back_ends: &'static [&'static str],
    /// The ratio that a release should hold.
    pub(super) limit: Option<f64>,
}

impl Row {
    /// A ratio without a limit and without jsonwebtoken.
    pub(super) const fn told(
        title: &'static str,
        group: &'static str,
        ours: &'static str,
        other: &'static str,
    ) -> Self {
        Self { title, group, ours, other, back_ends: &[""], limit: None }
    }

    /// The same under these back ends of jsonwebtoken.
    pub(super) const fn under(self, back_ends: &'static [&'static str]) -> Self {
        Self { back_ends, ..self }
    }

    /// The same with a limit.
    pub(super) const fn at_most(self, limit: f64) -> Self {
        Self { limit: Some(limit), ..self }
    }
}
