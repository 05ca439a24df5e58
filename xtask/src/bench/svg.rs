//! What the charts are drawn with: SVG written by hand, which needs no library and no font, and follows the reader's
//! light or dark colours.

use std::fmt::{Result, Write as _};

const STYLE: &str = "\
text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;fill:#1f2328}\
.title{font-size:18px;font-weight:600}.quiet{fill:#59636e;font-size:12px}.head{font-weight:600}\
.value{font-weight:600;font-variant-numeric:tabular-nums}.paper{fill:#fff}.grid{stroke:#d8dee4}\
.one{stroke:#59636e;stroke-width:1.5}.met{fill:#2f74c0}.missed{fill:#d9772b}.told{fill:#8b949e}\
.spread{stroke:#1f2328;stroke-width:1.5}.reach{stroke:#1f2328;stroke-width:2.5}\
.aim{stroke:#1f2328;stroke-width:2;stroke-dasharray:3 2}\
.ours,.theirs{stroke:#2f74c0;stroke-width:2;fill:none}.theirs{stroke:#8b949e}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.quiet{fill:#9198a1}.paper{fill:#0d1117}\
.grid{stroke:#2b323b}.one{stroke:#9198a1}.met{fill:#4c8fdb}.missed{fill:#e58a3c}.told{fill:#6e7681}\
.spread,.reach,.aim{stroke:#e6edf3}.ours{stroke:#4c8fdb}.theirs{stroke:#6e7681}}";

/// The opening of a picture: its size, what it is called, what it says to those who cannot see it, and its paper.
pub(super) fn open(out: &mut String, (width, height): (f64, f64), title: &str, description: &str) -> Result {
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\" aria-labelledby=\"t d\">\n<title id=\"t\">{}</title>\n\
         <desc id=\"d\">{}</desc>\n<style>{STYLE}</style>\n\
         <rect class=\"paper\" width=\"{width}\" height=\"{height}\" rx=\"8\"/>",
        escaped(title),
        escaped(description),
    )
}

pub(super) fn line(out: &mut String, class: &str, from: (f64, f64), to: (f64, f64)) -> Result {
    writeln!(
        out,
        "<line class=\"{class}\" x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\"/>",
        from.0, from.1, to.0, to.1
    )
}

/// A line through points, each of them marked.
pub(super) fn curve(out: &mut String, class: &str, points: &[(f64, f64)]) -> Result {
    let each: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    writeln!(out, "<polyline class=\"{class}\" points=\"{}\"/>", each.join(" "))?;
    for (x, y) in points {
        writeln!(out, "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/>")?;
    }
    Ok(())
}

/// A bar or a key of the legend, from its upper left corner.
pub(super) fn bar(out: &mut String, class: &str, at: (f64, f64), (width, height): (f64, f64)) -> Result {
    writeln!(
        out,
        "<rect class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{height}\" rx=\"2\"/>",
        at.0, at.1
    )
}

pub(super) fn text(out: &mut String, at: (f64, f64), class: &str, anchor: &str, words: &str) -> Result {
    writeln!(
        out,
        "<text class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>",
        at.0,
        at.1,
        escaped(words)
    )
}

fn escaped(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
