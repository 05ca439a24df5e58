//! A page of results as Markdown.

use std::fmt::Write as _;

use super::areas::{Area, Effort, Section};
use super::machine::Setting;
use super::samples::Samples;

pub(super) fn write(area: &Area, effort: Effort, setting: &Setting, samples: &Samples) -> String {
    let mut page = format!("# {}\n\nWritten by `cargo xtask bench {}`.\n", area.title, area.name);
    for section in area.sections {
        // Writing to a String does not fail.
        let _ = table(&mut page, section, samples);
    }
    let Effort { processes, rounds } = effort;
    let _ = write!(
        page,
        "\n## How it was measured\n\nA ratio is our value over the other's, so less is better. It is the median over {} \
         rounds in {processes} processes; in each round every contender of a group runs for some milliseconds in turn. \
         The spread is the 10th to 90th percentile. Nanoseconds are medians; they depend on the machine and the day, so \
         compare ratios and not nanoseconds of two runs.\n\n{}\n\n{}",
        processes * rounds,
        area.notes,
        setting.0,
    );
    page
}

fn table(page: &mut String, section: &Section, samples: &Samples) -> std::fmt::Result {
    writeln!(
        page,
        "\n## {}\n\n| job | ours | {} | ratio | spread | limit | |",
        section.heading, section.other
    )?;
    writeln!(page, "|---|--:|--:|--:|--:|--:|---|")?;
    for row in section.rows {
        let Some(measured) = samples.of(row) else {
            writeln!(page, "| {} | | | not measured | | | |", escaped(row.title))?;
            continue;
        };
        let (ours, other, ratio, [low, high]) =
            (number(measured.ours), number(measured.other), measured.ratio, measured.spread);
        let limit = row.limit.map_or_else(String::new, |limit| format!("{limit:.2}"));
        let verdict = row.limit.map_or("", |limit| if ratio <= limit { "met" } else { "**missed**" });
        let title = escaped(row.title);
        writeln!(
            page,
            "| {title} | {ours} | {other} | **{ratio:.3}** | {low:.3}-{high:.3} | {limit} | {verdict} |"
        )?;
    }
    Ok(())
}

/// Markdown takes `<` for the start of a tag.
fn escaped(text: &str) -> String {
    text.replace('<', "\\<")
}

/// Whole numbers in groups of three digits; below ten, with one decimal.
fn number(value: f64) -> String {
    if value < 9.95 {
        return format!("{value:.1}");
    }
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
    use super::super::areas::Row;
    use super::*;

    const AREA: Area = Area {
        name: "area",
        title: "Title",
        sections: &[Section {
            heading: "Heading",
            other: "peer",
            rows: &[
                Row::told("a <job>", "g", "ours", "peer").at_most(0.5),
                Row::told("a miss", "g", "ours", "ours").at_most(0.9),
                Row::told("no limit", "g", "ours", "peer"),
                Row::told("another", "h", "ours", "peer"),
            ],
        }],
        notes: "Notes.",
        crates: &[],
        runs: &[&[]],
        scripts: &[],
        full: Effort { processes: 2, rounds: 3 },
        quick: Effort { processes: 1, rounds: 1 },
    };

    #[test]
    fn row_has_both_values_the_ratio_its_limit_and_the_verdict() {
        let mut samples = Samples::default();
        for (contender, value) in [("ours", "1234.4"), ("peer", "2468.8")] {
            let line =
                format!(r#"{{"back_end":"","group":"g","contender":"{contender}","batches":[{value}]}}"#);
            samples.read(&line).unwrap();
        }
        let page = write(&AREA, AREA.full, &Setting("- date\n".into()), &samples);
        for line in [
            "| job | ours | peer | ratio | spread | limit | |",
            "| a \\<job> | 1,234 | 2,469 | **0.500** | 0.500-0.500 | 0.50 | met |",
            "| a miss | 1,234 | 1,234 | **1.000** | 1.000-1.000 | 0.90 | **missed** |",
            "| no limit | 1,234 | 2,469 | **0.500** | 0.500-0.500 |  |  |",
            "| another | | | not measured | | | |",
        ] {
            assert!(page.lines().any(|found| found == line), "{line}\n{page}");
        }
        assert!(page.contains("over 6 rounds in 2 processes"), "{page}");
    }

    #[test]
    fn digits_are_grouped_by_three_and_small_numbers_have_a_decimal() {
        let cases =
            [(0.44, "0.4"), (9.96, "10"), (99.5, "100"), (1234.0, "1,234"), (1_234_567.0, "1,234,567")];
        for (value, expected) in cases {
            assert_eq!(number(value), expected);
        }
    }
}
