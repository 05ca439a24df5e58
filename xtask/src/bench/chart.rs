//! The results of an area as a bar chart.
//!
//! The times of both sides are in the table; the chart shows ratios alone, with their spread and their bounds.

use std::fmt::Result;

use super::judge::{Judged, Part, Verdict};
use super::svg::{bar, line, open, text};

const WIDTH: f64 = 900.0;
/// Where the bars begin, and how far they may go.
const LEFT: f64 = 300.0;
const PLOT: f64 = 440.0;
const ROW: f64 = 30.0;
const BAR: f64 = 16.0;
const TOP: f64 = 118.0;
/// Between two parts, for the second one's heading.
const HEADING: f64 = 40.0;
/// Below the last row: the scale, and lines about the setting.
const FOOT: f64 = 92.0;
/// The longest ratio that is drawn.
const MOST: f64 = 4.0;
/// The characters that a line about the setting has room for.
const LINE: usize = 120;

/// The whole picture. `about` says when, with what and on what it was taken.
pub(super) fn write(title: &str, about: &[String], parts: &[Part]) -> String {
    let mut out = String::new();
    // Writing to a String does not fail.
    let _ = write_picture(&mut out, title, about, parts);
    out
}

fn write_picture(out: &mut String, title: &str, about: &[String], parts: &[Part]) -> Result {
    let scale = Scale::over(parts.iter().flat_map(|part| &part.rows));
    let count: usize = parts.iter().map(|part| part.rows.len()).sum();
    let bottom = TOP + count as f64 * ROW + parts.len().saturating_sub(1) as f64 * HEADING;
    let about: Vec<String> = about.iter().flat_map(|words| wrapped(words)).collect();
    let height = bottom + FOOT + about.len().saturating_sub(2) as f64 * 18.0;
    let description =
        "Our time over the other's, job by job. Less is better. The page beside it has the same as a table.";
    open(out, (WIDTH, height), title, description)?;
    text(out, (24.0, 36.0), "title", "start", title)?;
    text(out, (24.0, 56.0), "quiet", "start", "Less is better. Bars end at the median of all rounds.")?;
    if scale.is_exceeded {
        text(out, (24.0, 74.0), "quiet", "start", "What ends at the edge goes on beyond it.")?;
    }
    legend(out, LEFT + 90.0, 52.0)?;
    scale.grid(out, TOP - 12.0, bottom)?;
    let mut top = TOP;
    for (at, part) in parts.iter().enumerate() {
        let above = if at == 0 { 18.0 } else { 12.0 };
        text(out, (24.0, top - above), "head", "start", part.heading)?;
        rows(out, top, &part.rows, &scale)?;
        top += part.rows.len() as f64 * ROW + HEADING;
    }
    for (at, words) in about.iter().enumerate() {
        text(out, (24.0, bottom + 52.0 + at as f64 * 18.0), "quiet", "start", words)?;
    }
    out.push_str("</svg>\n");
    Ok(())
}

/// Words in lines that fit.
fn wrapped(words: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split(' ') {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= LINE => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// From ratios to places.
struct Scale {
    most: f64,
    /// Some bar is longer.
    is_exceeded: bool,
}

impl Scale {
    /// Wide enough for every bar, spread and limit up to four, in steps of a quarter. A spread beyond twice its
    /// median is noise, and must not squeeze the rest; nor must a job that takes many times as long.
    fn over<'a>(measured: impl Iterator<Item = &'a Judged>) -> Self {
        let ends = measured.map(|judged| {
            let end = judged.ratio.high.min(judged.ratio.median * 2.0);
            judged.row.reach.map_or(end, |reach| end.max(reach))
        });
        let most = ends.fold(1.2, f64::max);
        Self { most: (most.min(MOST) * 4.0).ceil() / 4.0, is_exceeded: most > MOST }
    }

    fn x(&self, ratio: f64) -> f64 {
        LEFT + (ratio / self.most).min(1.0) * PLOT
    }

    fn grid(&self, out: &mut String, top: f64, bottom: f64) -> Result {
        let steps = (self.most * 4.0).round() as u32;
        // Labels need some room of their own.
        let every = steps.div_ceil(8);
        for step in (0..=steps).filter(|step| step.is_multiple_of(every) || *step == 4) {
            let ratio = f64::from(step) / 4.0;
            let class = if step == 4 { "one" } else { "grid" };
            line(out, class, (self.x(ratio), top), (self.x(ratio), bottom))?;
            text(out, (self.x(ratio), bottom + 18.0), "quiet", "middle", &format!("{ratio:.2}"))?;
        }
        Ok(())
    }
}

fn rows(out: &mut String, top: f64, rows: &[Judged], scale: &Scale) -> Result {
    for (at, judged) in rows.iter().enumerate() {
        let middle = top + (at as f64 + 0.5) * ROW;
        let (class, note) = match judged.verdict() {
            Verdict::Missed => ("missed", "missed"),
            Verdict::Told => ("told", ""),
            Verdict::Met => ("met", "met"),
            Verdict::AimMet => ("met", "aim met"),
        };
        text(out, (LEFT - 12.0, middle + 4.5), "label", "end", judged.row.title)?;
        let width = scale.x(judged.ratio.median) - LEFT;
        bar(out, class, (LEFT, middle - BAR / 2.0), (width, BAR))?;
        let (low, high) = (scale.x(judged.ratio.low), scale.x(judged.ratio.high));
        line(out, "spread", (low, middle), (high, middle))?;
        for (class, bound) in [("reach", judged.row.reach), ("aim", judged.row.aim)] {
            if let Some(bound) = bound {
                let x = scale.x(bound);
                line(out, class, (x, middle - 12.0), (x, middle + 12.0))?;
            }
        }
        let value = format!("{:.3}", judged.ratio.median);
        text(out, (LEFT + PLOT + 62.0, middle + 4.5), "value", "end", &value)?;
        text(out, (LEFT + PLOT + 76.0, middle + 4.5), "quiet", "start", note)?;
    }
    Ok(())
}

fn legend(out: &mut String, x: f64, y: f64) -> Result {
    for (at, class, words) in [(0.0, "met", "met"), (52.0, "missed", "missed"), (122.0, "told", "no limit")] {
        bar(out, class, (x + at, y - 6.0), (14.0, 10.0))?;
        text(out, (x + at + 20.0, y + 4.0), "quiet", "start", words)?;
    }
    for (at, class, words) in [(202.0, "reach", "to reach"), (274.0, "aim", "aim")] {
        line(out, class, (x + at, y - 9.0), (x + at, y + 7.0))?;
        text(out, (x + at + 8.0, y + 4.0), "quiet", "start", words)?;
    }
    line(out, "spread", (x + 318.0, y), (x + 336.0, y))?;
    text(out, (x + 342.0, y + 4.0), "quiet", "start", "10th to 90th percentile")
}

#[cfg(test)]
mod tests {
    use super::super::area::Row;
    use super::super::statistics::Spread;
    use super::*;

    const ROW: Row = Row::told("a job", "a group", "ours", "other").at_most(0.33);

    fn picture(ratios: &[f64]) -> String {
        let judged = |ratio: &f64| {
            let spread = Spread { low: *ratio, median: *ratio, high: *ratio };
            Judged { row: ROW, ours: spread, other: spread, ratio: spread, beside: None }
        };
        let part =
            Part { heading: "Over <some> & more", other: "other", rows: ratios.iter().map(judged).collect() };
        write("a chart", &["Some <Processor> & more".to_owned()], &[part])
    }

    /// The width of the bar of the class.
    fn width(picture: &str, class: &str) -> Option<String> {
        let start = format!("<rect class=\"{class}\" x=\"{LEFT:.1}\"");
        let line = picture.lines().find(|line| line.starts_with(&start))?;
        Some(line.split("width=\"").nth(1)?.split('"').next()?.to_owned())
    }

    #[test]
    fn a_bar_is_as_long_as_its_ratio() {
        // The scale goes to 1.25, so that 0.25 is a fifth of 440.
        assert_eq!(width(&picture(&[0.25]), "met").as_deref(), Some("88.0"));
        assert_eq!(width(&picture(&[0.5]), "missed").as_deref(), Some("176.0"));
    }

    #[test]
    fn a_long_bar_makes_the_scale_longer_and_stays_within_the_plot() {
        // To 4.0: 3.9 / 4 of 440.
        assert_eq!(width(&picture(&[3.9, 1.0]), "missed").as_deref(), Some("429.0"));
    }

    #[test]
    fn a_bar_that_goes_on_ends_at_the_edge_and_says_so() {
        let within = picture(&[4.0, 1.0]);
        let beyond = picture(&[9.0, 1.0]);
        for picture in [&within, &beyond] {
            assert_eq!(width(picture, "missed").as_deref(), Some("440.0"));
        }
        assert!(!within.contains("goes on beyond") && beyond.contains("goes on beyond"));
    }

    #[test]
    fn names_are_escaped() {
        let picture = picture(&[0.25]);
        assert!(picture.contains("Some &lt;Processor&gt; &amp; more"));
        assert!(picture.contains("Over &lt;some&gt; &amp; more"));
        assert!(!picture.contains("<some>") && !picture.contains("<Processor>"));
    }

    #[test]
    fn a_long_line_is_broken_between_words() {
        let words = format!("{} {}", "a".repeat(100), "b".repeat(19));
        assert_eq!(wrapped(&words).len(), 1);
        assert_eq!(wrapped(&format!("{words}c")), ["a".repeat(100), format!("{}c", "b".repeat(19))]);
    }
}
