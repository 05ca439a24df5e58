//! The figures of the README: some rows of the pages, as a small table and a chart of their own.
//!
//! They are made from what is kept of each area, so that an area measured alone changes its own rows and no other, and
//! each row says when and on what it was taken if that is not the same for all.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::area::{Area, Row};
use super::judge::{Judged, Part, Verdict, judge};
use super::machine::Setting;
use super::samples::Samples;
use super::{areas, chart, table};

const BEGIN: &str = "<!-- measured: begin -->";
const END: &str = "<!-- measured: end -->";

/// A row of a page, as the README tells it.
struct Line {
    area: &'static Area,
    /// Its title on the page.
    title: &'static str,
    job: &'static str,
    /// Whose time it is that ours is set beside, and what its version is that of.
    other: &'static str,
    versioned: Option<&'static str>,
}

const fn line(
    area: &'static Area,
    title: &'static str,
    job: &'static str,
    other: &'static str,
    versioned: Option<&'static str>,
) -> Line {
    Line { area, title, job, other, versioned }
}

const JSONWEBTOKEN: Option<&str> = Some("jsonwebtoken");

const LINES: &[Line] = &[
    line(areas::SIGNED, "HS256 verify, owned claims", "HS256 token verified", "jsonwebtoken", JSONWEBTOKEN),
    line(areas::SIGNED, "HS256 sign", "HS256 token signed", "jsonwebtoken", JSONWEBTOKEN),
    line(
        areas::SIGNED,
        "EdDSA verify, over its better back end",
        "EdDSA token verified",
        "jsonwebtoken",
        JSONWEBTOKEN,
    ),
    line(areas::SIGNED, "RS256 verify, aws-lc", "RS256 token verified, aws-lc", "jsonwebtoken", JSONWEBTOKEN),
    line(areas::HEADER, "Bearer of 404 bytes read", "Bearer of 404 bytes read", "headers", Some("headers")),
    line(areas::HEADER, "Basic pair read", "Basic pair read", "headers", Some("headers")),
    line(areas::RANDOM, "URL-safe text", "random token", "base64 over rand", Some("rand")),
    line(
        areas::RANDOM,
        "URL-safe text, over token_urlsafe",
        "random token, Python beside",
        "Python's secrets",
        Some("Python"),
    ),
    line(
        areas::REVOCATION,
        "over four maps of texts",
        "four names among a million revoked",
        "four RwLock<HashMap>",
        None,
    ),
    line(
        areas::REQUEST,
        "HS256 token",
        "HS256 request, revocation too",
        "headers, jsonwebtoken and maps",
        None,
    ),
    line(
        areas::REQUEST,
        "EdDSA token, remembered by both",
        "EdDSA request, remembered",
        "the same, and moka",
        None,
    ),
];

/// A row that was measured, and its setting.
struct Told {
    line: &'static Line,
    judged: Judged,
    setting: Setting,
}

/// Writes the README's block and `summary.svg` from what is kept in `results`.
pub(super) fn refresh(root: &Path, results: &Path) -> Result<(), String> {
    let mut told = Vec::new();
    for line in LINES {
        // An area that was never measured has no file, and its rows are left out.
        let kept = fs::read_to_string(results.join(format!("{}.json", line.area.name))).ok();
        let kept = kept.and_then(|text| Samples::of_kept(&text));
        told.extend(kept.and_then(|(setting, samples)| {
            let judged = judge(line.row()?, &samples)?;
            Some(Told { line, judged, setting })
        }));
    }
    if told.is_empty() {
        return Err("nothing is kept of any area".to_owned());
    }
    let rows = told.iter().map(|told| Judged { row: told.line.renamed(&told.judged.row), ..told.judged });
    let part = Part { heading: "Our time over the other's", other: "", rows: rows.collect() };
    let about = settings(&told).into_iter().map(|(words, names)| format!("{}: {words}", names.join(", ")));
    let about: Vec<String> = about.collect();
    let picture = chart::write("countersign beside others, as ratios of time", &about, &[part]);
    fs::write(results.join("summary.svg"), picture).map_err(|error| format!("summary.svg: {error}"))?;
    let file = root.join("README.md");
    let readme = fs::read_to_string(&file).map_err(|error| format!("README.md: {error}"))?;
    let readme = replaced(&readme, &block(&told)).ok_or("README.md has no block to be rewritten")?;
    fs::write(&file, readme).map_err(|error| format!("README.md: {error}"))
}

impl Line {
    /// The row of its area's page.
    fn row(&self) -> Option<&'static Row> {
        let rows = self.area.sections.iter().flat_map(|section| section.rows);
        rows.into_iter().find(|row| row.title == self.title)
    }

    /// For the chart, where nothing but the title says what it is over.
    fn renamed(&self, row: &Row) -> Row {
        Row { title: self.job, ..*row }
    }
}

/// The README with another text between the two marks.
fn replaced(readme: &str, block: &str) -> Option<String> {
    let (before, rest) = readme.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{block}{END}{after}"))
}

/// What the rows were taken on and when, each with the areas that it holds for.
fn settings(told: &[Told]) -> Vec<(String, Vec<&'static str>)> {
    let mut settings: Vec<(String, Vec<&str>)> = Vec::new();
    for Told { line, setting, .. } in told {
        let words = format!("{}, {}, {}", setting.date, setting.compiler(), setting.processor);
        match settings.iter_mut().find(|(known, _)| *known == words) {
            Some((_, names)) if names.contains(&line.area.name) => {}
            Some((_, names)) => names.push(line.area.name),
            None => settings.push((words, vec![line.area.name])),
        }
    }
    settings
}

fn block(told: &[Told]) -> String {
    let mut out = String::new();
    // Writing to a String does not fail.
    let _ = write_block(&mut out, told);
    out
}

fn write_block(out: &mut String, told: &[Told]) -> std::fmt::Result {
    writeln!(out, "| job | ours ns | beside | its ns | ratio | limit | |\n|---|--:|---|--:|--:|--:|---|")?;
    for Told { line, judged, setting } in told {
        let version = line.versioned.map_or("", |name| setting.version(name));
        let limit = judged.row.reach.map_or_else(String::new, |limit| format!("{limit:.2}"));
        writeln!(
            out,
            "| {} | {} | {} | {} | **{:.2}** | {limit} | {} |",
            line.job,
            table::nanoseconds(judged.ours.median),
            table::escaped(format!("{} {version}", line.other).trim_end()),
            table::nanoseconds(judged.other.median),
            judged.ratio.median,
            if judged.verdict() == Verdict::Missed { "missed" } else { "" },
        )?;
    }
    writeln!(out, "\n![The same as a chart](benches/results/summary.svg)\n")?;
    writeln!(
        out,
        "Medians, less is better; a limit is what a release should hold. By `cargo xtask bench`, the contenders in \
         turns in one process, Python beside it. [All of it](benches/results/README.md). Taken:\n"
    )?;
    for (words, names) in settings(told) {
        let pages = names.iter().map(|name| format!("[{name}](benches/results/{name}.md)"));
        writeln!(out, "- {}: {words}.", pages.collect::<Vec<_>>().join(", "))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::statistics::Spread;
    use super::*;

    fn told(line: &'static Line, ratio: f64, setting: Setting) -> Told {
        let flat = |value| Spread { low: value, median: value, high: value };
        let row = *line.row().unwrap();
        let judged =
            Judged { row, ours: flat(1234.0 * ratio), other: flat(1234.0), ratio: flat(ratio), beside: None };
        Told { line, judged, setting }
    }

    #[test]
    fn every_line_is_one_row_of_a_page() {
        for line in LINES {
            let rows = line.area.sections.iter().flat_map(|section| section.rows);
            assert_eq!(rows.filter(|row| row.title == line.title).count(), 1, "{}", line.title);
        }
    }

    #[test]
    fn a_line_says_both_times_the_ratio_the_limit_and_a_miss() {
        let block = block(&[told(&LINES[0], 0.5, Setting::example())]);
        let row = "| HS256 token verified | 617 | jsonwebtoken 11.1.0 | 1,234 | **0.50** | 0.33 | missed |";
        assert!(block.lines().any(|line| line == row), "{block}");
    }

    #[test]
    fn settings_that_differ_are_told_apart() {
        let later = || Setting { date: "2027-02-01".into(), ..Setting::example() };
        let told = [
            told(&LINES[0], 0.3, Setting::example()),
            told(&LINES[1], 0.3, Setting::example()),
            told(&LINES[4], 0.3, later()),
            told(&LINES[6], 0.3, later()),
        ];
        let block = block(&told);
        let settings: Vec<&str> = block.lines().filter(|line| line.starts_with("- ")).collect();
        let machine = "rustc 1.95.0, Some <Processor> & more.";
        assert_eq!(
            settings,
            [
                format!("- [signed](benches/results/signed.md): 2027-01-15, {machine}"),
                format!(
                    "- [header](benches/results/header.md), [random](benches/results/random.md): 2027-02-01, {machine}"
                ),
            ]
        );
    }

    #[test]
    fn only_what_is_between_the_marks_is_replaced() {
        let readme = format!("above\n{BEGIN}\nold\n{END}\nbelow\n");
        assert_eq!(replaced(&readme, "new\n").unwrap(), format!("above\n{BEGIN}\nnew\n{END}\nbelow\n"));
        assert_eq!(replaced("no marks", "new"), None);
    }
}
