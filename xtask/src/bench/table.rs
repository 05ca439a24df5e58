//! The results of an area as a page of Markdown.

use std::fmt::Write as _;

use super::area::Area;
use super::judge::{Judgement, Part, Verdict};
use super::machine::Setting;

/// The whole page, which is called `name`.
pub(super) fn write(area: &Area, name: &str, setting: &Setting, judgement: &Judgement) -> String {
    let mut page = String::new();
    // Writing to a String does not fail.
    let _ = write_page(&mut page, area, name, setting, judgement);
    page
}

fn write_page(
    out: &mut String,
    area: &Area,
    name: &str,
    setting: &Setting,
    judgement: &Judgement,
) -> std::fmt::Result {
    let missed = judgement.measured().filter(|judged| judged.verdict() == Verdict::Missed).count();
    writeln!(out, "# {}\n\nWritten by `cargo xtask bench`; not to be edited.\n", area.title)?;
    writeln!(out, "![Ratios as a chart]({name}.svg)\n")?;
    writeln!(out, "{} ratios measured, {missed} missed.\n", judgement.measured().count())?;
    for part in &judgement.parts {
        write_table(out, part)?;
    }
    if !judgement.missing.is_empty() {
        writeln!(
            out,
            "Not measured, since not all of it is there: {}.\n",
            escaped(&judgement.missing.join("; "))
        )?;
    }
    write_setting(out, area, name, setting)
}

fn write_table(out: &mut String, part: &Part) -> std::fmt::Result {
    // Only where some row is told over a further contender is there a column for it.
    let beside = part.rows.iter().find_map(|judged| judged.beside.and(judged.row.beside));
    let (title, rule) = beside.map_or_else(Default::default, |name| (format!(" over {name} |"), "--:|"));
    writeln!(out, "## {}\n", part.heading)?;
    writeln!(out, "| job | ours ns | {} ns | ratio | spread | to reach | aim | |{title}", part.other)?;
    writeln!(out, "|---|--:|--:|--:|--:|--:|--:|---|{rule}")?;
    for judged in &part.rows {
        write!(
            out,
            "| {} | {} | {} | **{:.3}** | {:.3}-{:.3} | {} | {} | {} |",
            escaped(judged.row.title),
            nanoseconds(judged.ours.median),
            nanoseconds(judged.other.median),
            judged.ratio.median,
            judged.ratio.low,
            judged.ratio.high,
            bound(judged.row.reach),
            bound(judged.row.aim),
            judged.verdict().word(),
        )?;
        if beside.is_some() {
            let ratio = judged.beside.map_or_else(String::new, |ratio| format!("{:.3}", ratio.median));
            write!(out, " {ratio} |")?;
        }
        writeln!(out)?;
    }
    writeln!(out)
}

fn write_setting(out: &mut String, area: &Area, name: &str, setting: &Setting) -> std::fmt::Result {
    writeln!(
        out,
        "## What was measured\n\n\
         A ratio is our time over the other's, so less is better. It is the median of the ratios of {} rounds, \
         in each of which every contender of a group ran for some milliseconds in turn, in {}, since where a process \
         has its memory moves some of them; the spread is their 10th to 90th percentile. Nanoseconds are medians too, \
         and drift with the machine: they are no measure between two runs.\n\n{}\n\n\
         - {}\n- processor: {}\n- {}, release, thin LTO, one codegen unit, {}\n- {}\n\n\
         All batches: [{name}.json]({name}.json).",
        setting.rounds,
        processes(setting.processes),
        area.notes,
        setting.date,
        setting.processor,
        setting.rustc,
        setting.target(),
        setting.versions(),
    )
}

fn processes(number: u32) -> String {
    if number == 1 { "one process".to_owned() } else { format!("{number} processes") }
}

fn bound(ratio: Option<f64>) -> String {
    ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"))
}

/// Text that Markdown shows as it is: what looks like a tag would be taken for one.
pub(super) fn escaped(text: &str) -> String {
    text.replace('<', "\\<")
}

/// Whole nanoseconds, in groups of three digits; below ten, with one decimal.
pub(super) fn nanoseconds(value: f64) -> String {
    if value < 9.95 {
        return format!("{value:.1}");
    }
    grouped(&format!("{value:.0}"))
}

/// Digits in groups of three.
pub(super) fn grouped(digits: &str) -> String {
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::super::areas;
    use super::super::judge::Judged;
    use super::super::statistics::Spread;
    use super::*;

    const SIGNED: &Area = areas::SIGNED;

    fn flat(value: f64) -> Spread {
        Spread { low: value, median: value, high: value }
    }

    fn page(beside: Option<Spread>) -> String {
        let section = SIGNED.sections.first().unwrap();
        let judged = Judged {
            row: *section.rows.first().unwrap(),
            ours: flat(999.6),
            other: flat(2_500_000.0),
            ratio: Spread { low: 0.31, median: 0.4, high: 0.4567 },
            beside,
        };
        let part = Part { heading: section.heading, other: section.other, rows: vec![judged] };
        let judgement = Judgement { parts: vec![part], missing: vec!["a job", "another"] };
        write(SIGNED, "signed", &Setting::example(), &judgement)
    }

    #[test]
    fn a_row_tells_both_times_the_ratio_its_bounds_and_the_verdict() {
        let page = page(Some(flat(0.125)));
        let row = "| HS256 verify, owned claims | 1,000 | 2,500,000 | **0.400** | 0.310-0.457 | 0.33 | 0.25 \
                   | missed | 0.125 |";
        assert!(page.lines().any(|line| line == row), "{page}");
        assert!(page.contains("| to reach | aim | | over jwt-simple |\n"), "{page}");
        assert!(page.contains("1 ratios measured, 1 missed."), "{page}");
        assert!(page.contains("Not measured, since not all of it is there: a job; another."), "{page}");
        for named in [
            "2027-01-15",
            "rustc 1.95.0",
            "jsonwebtoken 11.1.0, rsa 0.10.0",
            "of 50 rounds",
            "in 10 processes",
        ] {
            assert!(page.contains(named), "{named}");
        }
    }

    #[test]
    fn a_table_without_a_further_contender_has_no_column_for_one() {
        let page = page(None);
        assert!(page.lines().any(|line| line.ends_with("| 0.33 | 0.25 | missed |")), "{page}");
        assert!(page.lines().any(|line| line.ends_with("| to reach | aim | |")), "{page}");
        assert!(!page.contains("over jwt-simple"), "{page}");
    }

    #[test]
    fn a_name_with_brackets_is_no_tag() {
        assert_eq!(escaped("RwLock<HashMap>"), "RwLock\\<HashMap>");
    }

    #[test]
    fn digits_are_grouped_by_three_and_small_ones_have_a_decimal() {
        let cases = [
            (0.44, "0.4"),
            (9.94, "9.9"),
            (9.96, "10"),
            (99.5, "100"),
            (1234.0, "1,234"),
            (1_234_567.0, "1,234,567"),
        ];
        for (value, expected) in cases {
            assert_eq!(nanoseconds(value), expected);
        }
    }
}
