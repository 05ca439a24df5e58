//! The measured ratios held against what they should be.

use super::area::{Area, Row, Section};
use super::samples::Samples;
use super::statistics::{Spread, ratios};

/// How a ratio fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    AimMet,
    Met,
    Missed,
    /// Nothing is demanded.
    Told,
}

impl Verdict {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::AimMet => "met, and the aim",
            Self::Met => "met",
            Self::Missed => "missed",
            Self::Told => "told",
        }
    }
}

/// A row and what was measured for it: nanoseconds for both sides, and ratios.
#[derive(Debug, Clone, Copy)]
pub(super) struct Judged {
    pub(super) row: Row,
    pub(super) ours: Spread,
    pub(super) other: Spread,
    pub(super) ratio: Spread,
    /// Our time over that of the further contender, where it took part.
    pub(super) beside: Option<Spread>,
}

impl Judged {
    pub(super) fn verdict(&self) -> Verdict {
        let within = |bound: Option<f64>| bound.is_some_and(|bound| self.ratio.median <= bound);
        match self.row.reach {
            _ if within(self.row.aim) => Verdict::AimMet,
            None => Verdict::Told,
            Some(_) if within(self.row.reach) => Verdict::Met,
            Some(_) => Verdict::Missed,
        }
    }
}

/// What was measured of a section.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) heading: &'static str,
    pub(super) other: &'static str,
    pub(super) rows: Vec<Judged>,
}

/// All rows: those that were measured, and the titles of those that were not.
#[derive(Debug)]
pub(super) struct Judgement {
    pub(super) parts: Vec<Part>,
    pub(super) missing: Vec<&'static str>,
}

impl Judgement {
    pub(super) fn measured(&self) -> impl Iterator<Item = &Judged> {
        self.parts.iter().flat_map(|part| &part.rows)
    }
}

pub(super) fn all(area: &'static Area, samples: &Samples) -> Judgement {
    let mut judgement = Judgement { parts: Vec::new(), missing: Vec::new() };
    for Section { heading, other, rows } in area.sections {
        let mut part = Part { heading, other, rows: Vec::new() };
        for row in *rows {
            match judge(row, samples) {
                Some(judged) => part.rows.push(judged),
                None => judgement.missing.push(row.title),
            }
        }
        if !part.rows.is_empty() {
            judgement.parts.push(part);
        }
    }
    judgement
}

/// Of several back ends, the one that leaves us the worst ratio is the other's better one.
pub(super) fn judge(row: &'static Row, samples: &Samples) -> Option<Judged> {
    let each = row.back_ends.iter().filter_map(|back_end| judge_under(row, back_end, samples));
    each.max_by(|one, other| one.ratio.median.total_cmp(&other.ratio.median))
}

fn judge_under(row: &'static Row, back_end: &str, samples: &Samples) -> Option<Judged> {
    let ours = samples.batches(back_end, row.group, row.ours)?;
    let other = samples.batches(back_end, row.group, row.other)?;
    let beside = row.beside.and_then(|beside| samples.batches(back_end, row.group, beside));
    Some(Judged {
        row: *row,
        ours: Spread::of(ours)?,
        other: Spread::of(other)?,
        ratio: Spread::of(&ratios(ours, other))?,
        beside: beside.and_then(|batches| Spread::of(&ratios(ours, batches))),
    })
}

#[cfg(test)]
mod tests {
    use super::super::areas;
    use super::*;

    const SIGNED: &Area = areas::SIGNED;

    fn line(back_end: &str, group: &str, contender: &str, batches: &str) -> String {
        format!(
            r#"{{"back_end":"{back_end}","group":"{group}","contender":"{contender}","batches":{batches}}}"#
        )
    }

    fn samples(lines: &[String]) -> Samples {
        let mut samples = Samples::default();
        samples.read(&lines.join("\n")).unwrap();
        samples
    }

    /// The verdict on HS256 verification, which should reach 0.33 and aims at 0.25.
    fn verdict(ours: &str) -> Verdict {
        let samples = samples(&[
            line("rust_crypto", "HS256 verify", "countersign", ours),
            line("rust_crypto", "HS256 verify", "jsonwebtoken", "[100, 200, 100]"),
        ]);
        all(SIGNED, &samples).measured().next().unwrap().verdict()
    }

    #[test]
    fn a_ratio_is_met_up_to_its_bound_and_missed_above() {
        assert_eq!(verdict("[25, 50, 90]"), Verdict::AimMet);
        assert_eq!(verdict("[26, 52, 26]"), Verdict::Met);
        assert_eq!(verdict("[33, 66, 33]"), Verdict::Met);
        assert_eq!(verdict("[34, 68, 34]"), Verdict::Missed);
    }

    #[test]
    fn where_nothing_is_demanded_nothing_is_missed() {
        let judged = |ours: &str| {
            let samples = samples(&[
                line("rust_crypto", "ES256 verify", "countersign", ours),
                line("rust_crypto", "ES256 verify", "jsonwebtoken", "[100]"),
            ]);
            all(SIGNED, &samples).measured().next().unwrap().verdict()
        };
        assert_eq!(judged("[130]"), Verdict::Told);
        assert_eq!(judged("[100]"), Verdict::AimMet);
    }

    #[test]
    fn of_two_back_ends_the_one_that_does_better_counts() {
        let lines = [
            line("rust_crypto", "EdDSA verify", "countersign", "[30]"),
            line("rust_crypto", "EdDSA verify", "jsonwebtoken", "[40]"),
            // A slower machine, yet a better peer: 50 / 60 is more than 30 / 40.
            line("aws_lc_rs", "EdDSA verify", "countersign", "[50]"),
            line("aws_lc_rs", "EdDSA verify", "jsonwebtoken", "[60]"),
        ];
        let judgement = all(SIGNED, &samples(&lines));
        assert_eq!(judgement.measured().count(), 1);
        assert_eq!(judgement.measured().next().unwrap().other.median, 60.0);
    }

    #[test]
    fn a_contender_that_a_row_is_told_beside_has_its_own_ratio() {
        let lines = [
            line("rust_crypto", "HS256 verify", "countersign", "[30]"),
            line("rust_crypto", "HS256 verify", "jsonwebtoken", "[100]"),
            line("rust_crypto", "HS256 verify", "jwt-simple", "[120]"),
            line("rust_crypto", "HS256 verify", "countersign, borrowed", "[30]"),
        ];
        let judgement = all(SIGNED, &samples(&lines));
        let beside: Vec<Option<f64>> =
            judgement.measured().map(|judged| judged.beside.map(|ratio| ratio.median)).collect();
        // Borrowed claims have no counterpart there.
        assert_eq!(beside, [Some(0.25), None]);
    }

    #[test]
    fn what_was_not_measured_is_named() {
        let judgement = all(SIGNED, &samples(&[line("rust_crypto", "HS256 verify", "countersign", "[1]")]));
        assert!(judgement.parts.is_empty());
        let rows: usize = SIGNED.sections.iter().map(|section| section.rows.len()).sum();
        assert_eq!(judgement.missing.len(), rows);
    }
}
