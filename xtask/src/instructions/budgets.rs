//! The committed budgets: reading, writing and comparing them.
//!
//! The file is a flat TOML table of names and whole numbers, of which this reads exactly what it writes.

use std::fmt;

/// By how many hundredths of its budget a count may exceed it: a new version of a dependency moves it by as much.
const TOLERANCE: u64 = 3;

const HEADER: &str = "\
# Instructions for one operation, counted by callgrind, whose processor has no SHA extensions: they guard against
# regressions and do not tell times. `cargo xtask instructions` fails where a count is more than 3 % above;
# `cargo xtask instructions --update` writes this file. The host must have AVX2, which callgrind's processor
# then has too.
";

/// Instructions by operation.
#[derive(Debug, PartialEq)]
pub(super) struct Budgets(Vec<(String, u64)>);

/// A line for each operation, and whether any of them fails.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) lines: Vec<String>,
    pub(super) failed: bool,
}

impl Budgets {
    pub(super) fn new(counted: Vec<(String, u64)>) -> Self {
        Self(counted)
    }

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
        let budget = |line: &str| {
            let (name, count) = line.strip_prefix('"')?.split_once("\" = ")?;
            Some((name.to_owned(), count.trim().parse().ok()?))
        };
        lines
            .map(|line| budget(line).ok_or_else(|| format!("not a budget: {line}")))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Holds the counts to the budgets. An operation without a budget fails, and so does a budget that no
    /// operation answers to: neither would guard anything.
    pub(super) fn compare(&self, counted: &[(String, u64)]) -> Report {
        let mut report = Report { lines: Vec::new(), failed: false };
        for (name, count) in counted {
            let budget = self.0.iter().find(|(known, _)| known == name).map(|(_, budget)| *budget);
            let (verdict, failed) = judge(*count, budget);
            report.lines.push(format!("   {name:<30} {count:>9}  {verdict}"));
            report.failed |= failed;
        }
        for (name, _) in self.0.iter().filter(|(name, _)| !counted.iter().any(|(known, _)| known == name)) {
            report.lines.push(format!("   {name:<30}            is budgeted and not counted"));
            report.failed = true;
        }
        report
    }
}

/// What to say of a count, and whether it fails.
fn judge(count: u64, budget: Option<u64>) -> (String, bool) {
    let Some(budget) = budget else { return ("has no budget".to_owned(), true) };
    let percent = (count as f64 / budget as f64 - 1.0) * 100.0;
    // In whole numbers, so that the bound itself is within.
    let (count, tolerated) = (count.saturating_mul(100), |hundredths| budget.saturating_mul(hundredths));
    if count > tolerated(100 + TOLERANCE) {
        (format!("{percent:+.1} % OVER the budget of {budget}"), true)
    } else if count < tolerated(100 - TOLERANCE) {
        (format!("{percent:+.1} %: the budget of {budget} can be tightened with --update"), false)
    } else {
        (format!("{percent:+.1} %"), false)
    }
}

/// The file.
impl fmt::Display for Budgets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEADER)?;
        self.0.iter().try_for_each(|(name, count)| writeln!(f, "\"{name}\" = {count}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(count: u64) -> Vec<(String, u64)> {
        vec![("HS256 sign".to_owned(), count)]
    }

    #[test]
    fn three_percent_more_pass_and_more_than_that_fails() {
        let budgets = Budgets::new(one(1000));
        for (count, failed) in [(500, false), (1000, false), (1030, false), (1031, true), (2000, true)] {
            assert_eq!(budgets.compare(&one(count)).failed, failed, "{count}");
        }
    }

    #[test]
    fn much_less_than_the_budget_is_told() {
        let report = Budgets::new(one(1000)).compare(&one(900));
        assert!(report.lines.join("").contains("-10.0 %: the budget of 1000 can be tightened"));
    }

    #[test]
    fn an_operation_without_a_budget_fails_and_so_does_the_reverse() {
        assert!(Budgets::new(Vec::new()).compare(&one(1)).failed);
        assert!(Budgets::new(one(1)).compare(&[]).failed);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = Budgets::new(one(1234)).to_string();
        assert!(text.ends_with("\n\"HS256 sign\" = 1234\n"), "{text}");
        assert_eq!(Budgets::parse(&text), Ok(Budgets::new(one(1234))));
    }

    #[test]
    fn a_line_that_is_no_budget_is_an_error() {
        for line in ["HS256 = 1", "\"HS256\" = many", "\"HS256\" = -1", "\"HS256\""] {
            assert!(Budgets::parse(line).is_err(), "{line}");
        }
    }
}
