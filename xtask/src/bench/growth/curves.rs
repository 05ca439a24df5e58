//! The curves: a panel for each measure, the number of revoked tokens on a logarithmic axis, both tables in it.

use std::fmt::Result;

use super::super::machine::Setting;
use super::super::svg::{curve, line, open, text};
use super::super::table::grouped;
use super::{Grown, MEASURES, Measure, TABLES};

const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 640.0;
/// Where the first panel's plot begins, and how far the next is from it.
const LEFT: f64 = 70.0;
const TOP: f64 = 120.0;
const ACROSS: f64 = 430.0;
const DOWN: f64 = 240.0;
/// A plot.
const PLOT: (f64, f64) = (330.0, 160.0);

/// A class for each table.
const CLASSES: [&str; 2] = ["ours", "theirs"];

pub(super) fn write(setting: &Setting, grown: &Grown) -> String {
    let mut out = String::new();
    // Writing to a String does not fail.
    let _ = write_picture(&mut out, setting, grown);
    out
}

fn write_picture(out: &mut String, setting: &Setting, grown: &Grown) -> Result {
    let title = "countersign: revoked tokens in memory, as they grow";
    open(out, (WIDTH, HEIGHT), title, "Less is better. The page beside it has the same as tables.")?;
    text(out, (24.0, 36.0), "title", "start", title)?;
    text(out, (24.0, 56.0), "quiet", "start", "Less is better. Medians.")?;
    for (at, (table, class)) in TABLES.iter().zip(CLASSES).enumerate() {
        let x = 560.0 + at as f64 * 130.0;
        line(out, class, (x, 52.0), (x + 24.0, 52.0))?;
        text(out, (x + 30.0, 56.0), "quiet", "start", table.contender)?;
    }
    for (at, measure) in MEASURES.iter().enumerate() {
        let corner = (LEFT + (at % 2) as f64 * ACROSS, TOP + (at / 2) as f64 * DOWN);
        panel(out, corner, measure, grown)?;
    }
    let about = format!("{}. {}. {}", setting.date, setting.compiler(), setting.processor);
    text(out, (24.0, HEIGHT - 20.0), "quiet", "start", &about)?;
    out.push_str("</svg>\n");
    Ok(())
}

fn panel(out: &mut String, (left, top): (f64, f64), measure: &Measure, grown: &Grown) -> Result {
    let heading = format!("{}, {}", measure.title, measure.unit);
    text(out, (left - 46.0, top - 18.0), "head", "start", &heading)?;
    let points = |table| {
        let values = grown.sizes.iter().map(move |size| (*size, grown.value(measure, table, *size)));
        values.filter_map(|(size, value)| Some((size, value?.median))).collect::<Vec<(u64, f64)>>()
    };
    let most = TABLES.iter().flat_map(points).map(|(_, value)| value).fold(1.0, f64::max);
    let step = step(most);
    let steps = (most / step).ceil();
    let y = |value: f64| top + PLOT.1 * (1.0 - value / (step * steps));
    let (first, last) = (log(grown.sizes.first()), log(grown.sizes.last()));
    let x = |size: u64| left + PLOT.0 * (log(Some(&size)) - first) / (last - first).max(1.0);
    for count in 0..=steps as u32 {
        let value = step * f64::from(count);
        line(out, "grid", (left, y(value)), (left + PLOT.0, y(value)))?;
        text(out, (left - 8.0, y(value) + 4.0), "quiet", "end", &grouped(&format!("{value:.0}")))?;
    }
    for size in &grown.sizes {
        text(out, (x(*size), top + PLOT.1 + 18.0), "quiet", "middle", &grouped(&size.to_string()))?;
    }
    for (table, class) in TABLES.iter().zip(CLASSES) {
        let points: Vec<(f64, f64)> =
            points(table).into_iter().map(|(size, value)| (x(size), y(value))).collect();
        curve(out, class, &points)?;
    }
    Ok(())
}

fn log(size: Option<&u64>) -> f64 {
    size.map_or(0.0, |size| (*size as f64).log10())
}

/// Between two lines of the grid: 1, 2 or 5 of some power of ten, so that there are at most five.
fn step(most: f64) -> f64 {
    let unit = 10_f64.powf((most / 5.0).log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|times| times * unit)
        .find(|step| most / step <= 5.0)
        .unwrap_or(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_and_at_most_five() {
        for (most, expected) in
            [(4.0, 1.0), (10.0, 2.0), (11.0, 5.0), (200.0, 50.0), (251.0, 100.0), (500.0, 100.0)]
        {
            assert_eq!(step(most), expected, "{most}");
        }
    }

    #[test]
    fn a_curve_goes_through_its_values_on_a_logarithmic_axis() {
        let picture = write(&Setting::example(), &Grown::example());
        // To 200 in steps of 50: ten of 200 is a twentieth of 160 above the foot of the first panel, at 280; a hundred
        // is in the middle. The sizes are the two ends.
        let points = "points=\"70.0,272.0 400.0,200.0\"";
        assert!(
            picture.lines().any(|line| line.contains("class=\"ours\"") && line.contains(points)),
            "{picture}"
        );
        assert_eq!(picture.matches("<polyline").count(), 8);
    }
}
