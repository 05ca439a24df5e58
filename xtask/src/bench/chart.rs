//! The results as a bar chart in SVG, written by hand: it needs no library and no font, and follows the
//! reader's light or dark colours.
//!
//! The times of both sides are in the table; the chart shows ratios alone, with their spread and their bounds.

use std::fmt::Write as _;

use super::judge::{Judged, Verdict};
use super::machine::Setting;
use super::rows::Over;

const WIDTH: f64 = 900.0;
/// Where the bars begin, and how far they may go.
const LEFT: f64 = 300.0;
const PLOT: f64 = 440.0;
const ROW: f64 = 30.0;
const BAR: f64 = 16.0;
const TOP: f64 = 118.0;
/// Between the two groups, for the second one's heading.
const HEADING: f64 = 40.0;
/// Below the last row: the scale, and two lines about the setting.
const FOOT: f64 = 92.0;

const STYLE: &str = "\
text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;fill:#1f2328}\
.title{font-size:18px;font-weight:600}.quiet{fill:#59636e;font-size:12px}.head{font-weight:600}\
.value{font-weight:600;font-variant-numeric:tabular-nums}.paper{fill:#fff}.grid{stroke:#d8dee4}\
.one{stroke:#59636e;stroke-width:1.5}.met{fill:#2f74c0}.missed{fill:#d9772b}.told{fill:#8b949e}\
.spread{stroke:#1f2328;stroke-width:1.5}.reach{stroke:#1f2328;stroke-width:2.5}\
.aim{stroke:#1f2328;stroke-width:2;stroke-dasharray:3 2}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.quiet{fill:#9198a1}.paper{fill:#0d1117}\
.grid{stroke:#2b323b}.one{stroke:#9198a1}.met{fill:#4c8fdb}.missed{fill:#e58a3c}.told{fill:#6e7681}\
.spread,.reach,.aim{stroke:#e6edf3}}";

/// The whole picture.
pub(super) fn write(setting: &Setting, measured: &[Judged]) -> String {
    let mut out = String::new();
    // Writing to a String does not fail.
    let _ = write_picture(&mut out, setting, measured);
    out
}

fn write_picture(out: &mut String, setting: &Setting, measured: &[Judged]) -> std::fmt::Result {
    let of = |over: Over| measured.iter().filter(move |judged| judged.row.over == over);
    let scale = Scale::over(measured);
    let middle = TOP + of(Over::Peer).count() as f64 * ROW + HEADING;
    let bottom = middle + of(Over::Bare).count() as f64 * ROW;
    let height = bottom + FOOT;
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" role=\"img\" aria-labelledby=\"t d\">\n\
         <title id=\"t\">Signed tokens, compared</title>\n\
         <desc id=\"d\">Our time over that of jsonwebtoken, and over the bare primitive. Less is better. \
         signed.md has the same as a table.</desc>\n<style>{STYLE}</style>\n\
         <rect class=\"paper\" width=\"{WIDTH}\" height=\"{height}\" rx=\"8\"/>"
    )?;
    text(out, (24.0, 36.0), "title", "start", "countersign: time for a signed token, as a ratio")?;
    text(out, (24.0, 56.0), "quiet", "start", "Less is better. Bars end at the median of all rounds.")?;
    legend(out, LEFT + 90.0, 52.0)?;
    scale.grid(out, TOP - 12.0, bottom)?;
    text(out, (24.0, TOP - 18.0), "head", "start", "over jsonwebtoken")?;
    rows(out, TOP, of(Over::Peer), &scale)?;
    text(out, (24.0, middle - 12.0), "head", "start", "over the bare primitive")?;
    rows(out, middle, of(Over::Bare), &scale)?;
    let peer = format!(
        "{}. jsonwebtoken {}, {}.",
        setting.date,
        setting.version("jsonwebtoken"),
        setting.rustc.split(" (").next().unwrap_or_default()
    );
    text(out, (24.0, bottom + 52.0), "quiet", "start", &peer)?;
    text(out, (24.0, bottom + 70.0), "quiet", "start", &setting.processor)?;
    writeln!(out, "</svg>")
}

/// From ratios to places.
struct Scale {
    most: f64,
}

impl Scale {
    /// Wide enough for every bar and spread, in steps of a quarter. A spread beyond twice its median is noise,
    /// and must not squeeze the rest.
    fn over(measured: &[Judged]) -> Self {
        let ends = measured.iter().map(|judged| judged.ratio.high.min(judged.ratio.median * 2.0));
        Self { most: (ends.fold(1.2, f64::max) * 4.0).ceil() / 4.0 }
    }

    fn x(&self, ratio: f64) -> f64 {
        LEFT + (ratio / self.most).min(1.0) * PLOT
    }

    fn grid(&self, out: &mut String, top: f64, bottom: f64) -> std::fmt::Result {
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

fn rows<'a>(
    out: &mut String,
    top: f64,
    rows: impl Iterator<Item = &'a Judged>,
    scale: &Scale,
) -> std::fmt::Result {
    for (at, judged) in rows.enumerate() {
        let middle = top + (at as f64 + 0.5) * ROW;
        let (class, note) = match judged.verdict() {
            Verdict::Missed => ("missed", "missed"),
            Verdict::Told => ("told", ""),
            Verdict::Met => ("met", "met"),
            Verdict::AimMet => ("met", "aim met"),
        };
        text(out, (LEFT - 12.0, middle + 4.5), "label", "end", judged.row.title)?;
        writeln!(
            out,
            "<rect class=\"{class}\" x=\"{LEFT}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{BAR}\" rx=\"2\"/>",
            middle - BAR / 2.0,
            scale.x(judged.ratio.median) - LEFT,
        )?;
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

fn legend(out: &mut String, x: f64, y: f64) -> std::fmt::Result {
    for (at, class, words) in [(0.0, "met", "met"), (70.0, "missed", "missed")] {
        writeln!(
            out,
            "<rect class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" width=\"14\" height=\"10\" rx=\"2\"/>",
            x + at,
            y - 6.0
        )?;
        text(out, (x + at + 20.0, y + 4.0), "quiet", "start", words)?;
    }
    for (at, class, words) in [(160.0, "reach", "to reach"), (245.0, "aim", "aim")] {
        line(out, class, (x + at, y - 9.0), (x + at, y + 7.0))?;
        text(out, (x + at + 8.0, y + 4.0), "quiet", "start", words)?;
    }
    line(out, "spread", (x + 300.0, y), (x + 324.0, y))?;
    text(out, (x + 332.0, y + 4.0), "quiet", "start", "10th to 90th percentile")
}

fn line(out: &mut String, class: &str, from: (f64, f64), to: (f64, f64)) -> std::fmt::Result {
    writeln!(
        out,
        "<line class=\"{class}\" x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\"/>",
        from.0, from.1, to.0, to.1
    )
}

fn text(out: &mut String, at: (f64, f64), class: &str, anchor: &str, words: &str) -> std::fmt::Result {
    let words = words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    writeln!(
        out,
        "<text class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{words}</text>",
        at.0, at.1
    )
}

#[cfg(test)]
mod tests {
    use super::super::rows::ROWS;
    use super::super::statistics::Spread;
    use super::*;

    fn judged(ratio: f64) -> Judged {
        let spread = Spread { low: ratio, median: ratio, high: ratio };
        Judged { row: ROWS.first().unwrap(), ours: spread, other: spread, ratio: spread, jwt_simple: None }
    }

    /// The width of the bar of the class.
    fn bar(picture: &str, class: &str) -> Option<String> {
        let start = format!("<rect class=\"{class}\" x=\"{LEFT}\"");
        let line = picture.lines().find(|line| line.starts_with(&start))?;
        Some(line.split("width=\"").nth(1)?.split('"').next()?.to_owned())
    }

    #[test]
    fn a_bar_is_as_long_as_its_ratio() {
        // The scale goes to 1.25, so that 0.25 is a fifth of 440.
        assert_eq!(bar(&write(&Setting::example(), &[judged(0.25)]), "met").as_deref(), Some("88.0"));
        assert_eq!(bar(&write(&Setting::example(), &[judged(0.5)]), "missed").as_deref(), Some("176.0"));
    }

    #[test]
    fn a_long_bar_makes_the_scale_longer_and_stays_within_the_plot() {
        let picture = write(&Setting::example(), &[judged(3.9), judged(1.0)]);
        // To 4.0: 3.9 / 4 of 440.
        assert_eq!(bar(&picture, "missed").as_deref(), Some("429.0"));
    }

    #[test]
    fn names_are_escaped() {
        let picture = write(&Setting::example(), &[judged(0.25)]);
        assert!(picture.contains("Some &lt;Processor&gt; &amp; more"));
        assert!(!picture.contains("<Processor>"));
    }
}
