//! The measured ratios held against what they should be.

use super::rows::{Over, Row};
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
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) row: &'static Row,
    pub(super) ours: Spread,
    pub(super) other: Spread,
    pub(super) ratio: Spread,
    /// Our time over that of jwt-simple, where it did the same in pure Rust too.
    pub(super) jwt_simple: Option<Spread>,
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

/// All rows: those that were measured, and the titles of those that were not.
#[derive(Debug)]
pub(super) struct Judgement {
    pub(super) measured: Vec<Judged>,
    pub(super) missing: Vec<&'static str>,
}

pub(super) fn all(rows: &'static [Row], samples: &Samples) -> Judgement {
    let mut judgement = Judgement { measured: Vec::new(), missing: Vec::new() };
    for row in rows {
        // Of several back ends, the one that leaves us the worst ratio is the other's better one.
        let each = row.back_ends.iter().filter_map(|back_end| judge(row, back_end, samples));
        match each.max_by(|one, other| one.ratio.median.total_cmp(&other.ratio.median)) {
            Some(judged) => judgement.measured.push(judged),
            None => judgement.missing.push(row.title),
        }
    }
    judgement
}

fn judge(row: &'static Row, back_end: &str, samples: &Samples) -> Option<Judged> {
    let ours = samples.batches(back_end, row.group, row.ours)?;
    let other = samples.batches(back_end, row.group, row.other)?;
    // It refuses nothing here, and is built without its C library.
    let comparable = row.over == Over::Peer && row.ours == "countersign";
    let jwt_simple = samples.batches(back_end, row.group, "jwt-simple").filter(|_| comparable);
    Some(Judged {
        row,
        ours: Spread::of(ours)?,
        other: Spread::of(other)?,
        ratio: Spread::of(&ratios(ours, other))?,
        jwt_simple: jwt_simple.and_then(|batches| Spread::of(&ratios(ours, batches))),
    })
}

#[cfg(test)]
mod tests {
    use super::super::rows::ROWS;
    use super::*;

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
        all(ROWS, &samples).measured.first().unwrap().verdict()
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
            all(ROWS, &samples).measured.first().unwrap().verdict()
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
        let judgement = all(ROWS, &samples(&lines));
        assert_eq!(judgement.measured.len(), 1);
        assert_eq!(judgement.measured.first().unwrap().other.median, 60.0);
    }

    #[test]
    fn what_was_not_measured_is_named() {
        let judgement = all(ROWS, &samples(&[line("rust_crypto", "HS256 verify", "countersign", "[1]")]));
        assert!(judgement.measured.is_empty());
        assert_eq!(judgement.missing.len(), ROWS.len());
    }
}
