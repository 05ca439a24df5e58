//! The results as a table in Markdown.

use std::fmt::Write as _;

use super::judge::{Judged, Judgement, Verdict};
use super::machine::Setting;
use super::rows::Over;

/// The whole page.
pub(super) fn write(name: &str, setting: &Setting, judgement: &Judgement) -> String {
    let mut page = String::new();
    // Writing to a String does not fail.
    let _ = write_page(&mut page, name, setting, judgement);
    page
}

fn write_page(out: &mut String, name: &str, setting: &Setting, judgement: &Judgement) -> std::fmt::Result {
    let missed = judgement.measured.iter().filter(|judged| judged.verdict() == Verdict::Missed).count();
    writeln!(out, "# Signed tokens, compared\n\nWritten by `cargo xtask bench`; not to be edited.\n")?;
    writeln!(out, "![Ratios as a chart]({name}.svg)\n")?;
    writeln!(out, "{} ratios measured, {missed} missed.\n", judgement.measured.len())?;
    for (over, title, other) in [
        (Over::Peer, "Over jsonwebtoken", "jsonwebtoken ns"),
        (Over::Bare, "Over the bare primitive of the same library", "bare ns"),
    ] {
        write_table(out, title, other, judgement.measured.iter().filter(|judged| judged.row.over == over))?;
    }
    if !judgement.missing.is_empty() {
        writeln!(out, "Not measured, since not all of it is there: {}.\n", judgement.missing.join("; "))?;
    }
    write_setting(out, name, setting)
}

fn write_table<'a>(
    out: &mut String,
    title: &str,
    other: &str,
    rows: impl Iterator<Item = &'a Judged>,
) -> std::fmt::Result {
    writeln!(out, "## {title}\n")?;
    writeln!(out, "| job | ours ns | {other} | ratio | spread | to reach | aim | | over jwt-simple |")?;
    writeln!(out, "|---|--:|--:|--:|--:|--:|--:|---|--:|")?;
    for judged in rows {
        writeln!(
            out,
            "| {} | {} | {} | **{:.3}** | {:.3}-{:.3} | {} | {} | {} | {} |",
            judged.row.title,
            nanoseconds(judged.ours.median),
            nanoseconds(judged.other.median),
            judged.ratio.median,
            judged.ratio.low,
            judged.ratio.high,
            bound(judged.row.reach),
            bound(judged.row.aim),
            judged.verdict().word(),
            judged.jwt_simple.map_or_else(String::new, |ratio| format!("{:.3}", ratio.median)),
        )?;
    }
    writeln!(out)
}

fn write_setting(out: &mut String, name: &str, setting: &Setting) -> std::fmt::Result {
    let crates: Vec<String> =
        setting.crates.iter().map(|(name, version)| format!("{name} {version}")).collect();
    writeln!(
        out,
        "## What was measured\n\n\
         A ratio is our time over the other's, so less is better. It is the median of the ratios of {} rounds, \
         in each of which every contender of a group ran for some milliseconds in turn, in ten processes, since \
         where a process has its memory moves some of them; the spread is their 10th to 90th percentile. Nanoseconds are medians too, and drift with the machine: they are no measure \
         between two runs.\n\n\
         Tokens carry 242 bytes of claims and are 404 characters long under HS256. Everybody reads the clock, \
         checks `exp`, `nbf`, `aud` and `iss`, and ends with the claims in a struct. A refusal is that of a \
         wrong signature of the right form. Keys are prepared once, as far as a library can. jwt-simple is \
         built in pure Rust; its RSA is several times as fast on BoringSSL, its default.\n\n\
         - {}\n- processor: {}\n- {}, release, thin LTO, one codegen unit, {}\n- {}\n\n\
         All batches: [{name}.json]({name}.json).",
        setting.rounds,
        setting.date,
        setting.processor,
        setting.rustc,
        setting.target(),
        crates.join(", "),
    )
}

fn bound(ratio: Option<f64>) -> String {
    ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"))
}

/// Whole nanoseconds, in groups of three digits.
fn nanoseconds(value: f64) -> String {
    let digits = format!("{value:.0}");
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
    use super::super::rows::ROWS;
    use super::super::statistics::Spread;
    use super::*;

    fn flat(value: f64) -> Spread {
        Spread { low: value, median: value, high: value }
    }

    #[test]
    fn a_row_tells_both_times_the_ratio_its_bounds_and_the_verdict() {
        let judged = Judged {
            row: ROWS.first().unwrap(),
            ours: flat(999.6),
            other: flat(2_500_000.0),
            ratio: Spread { low: 0.31, median: 0.4, high: 0.4567 },
            jwt_simple: Some(flat(0.125)),
        };
        let judgement = Judgement { measured: vec![judged], missing: vec!["a job", "another"] };
        let page = write("signed", &Setting::example(), &judgement);
        let row = "| HS256 verify, owned claims | 1,000 | 2,500,000 | **0.400** | 0.310-0.457 | 0.33 | 0.25 \
                   | missed | 0.125 |";
        assert!(page.lines().any(|line| line == row), "{page}");
        assert!(page.contains("1 ratios measured, 1 missed."), "{page}");
        assert!(page.contains("Not measured, since not all of it is there: a job; another."), "{page}");
        for named in ["2027-01-15", "rustc 1.95.0", "jsonwebtoken 11.1.0, rsa 0.10.0", "of 50 rounds"] {
            assert!(page.contains(named), "{named}");
        }
    }

    #[test]
    fn digits_are_grouped_by_three() {
        for (value, expected) in [(0.4, "0"), (99.5, "100"), (1234.0, "1,234"), (1_234_567.0, "1,234,567")] {
            assert_eq!(nanoseconds(value), expected);
        }
    }
}
