//! The measurements: the comparison prints a line of JSON for each contender.

use serde_json::Value;

use super::areas::Row;

/// The batches of every contender by back end, group and contender: nanoseconds per operation. The nth batches of one
/// group and back end were taken in one round.
#[derive(Debug, Default)]
pub(super) struct Samples(Vec<([String; 3], Vec<f64>)>);

/// Medians of a row, and the 10th and 90th percentile of its ratio.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measured {
    pub(super) ours: f64,
    pub(super) other: f64,
    pub(super) ratio: f64,
    pub(super) spread: [f64; 2],
}

impl Samples {
    /// Adds the output of one process. Its rounds follow those of the processes before.
    pub(super) fn read(&mut self, output: &str) -> Result<(), String> {
        for line in output.lines() {
            let (names, batches) = sample(line).ok_or_else(|| format!("the comparison printed: {line}"))?;
            match self.0.iter_mut().find(|(known, _)| *known == names) {
                Some((_, earlier)) => earlier.extend(batches),
                None => self.0.push((names, batches)),
            }
        }
        Ok(())
    }

    /// A row's ratio. If jsonwebtoken has several back ends, the one that does best against us counts.
    pub(super) fn of(&self, row: &Row) -> Option<Measured> {
        let each = row.back_ends.iter().filter_map(|back_end| {
            let batches = |contender: &str| {
                let wanted = [*back_end, row.group, contender];
                self.0.iter().find(|(names, _)| names.each_ref().map(String::as_str) == wanted)
            };
            let ((_, ours), (_, other)) = (batches(row.ours)?, batches(row.other)?);
            // Round by round: what slows the machine for a while slows both.
            let ratios: Vec<f64> = ours.iter().zip(other).map(|(ours, other)| ours / other).collect();
            Some(Measured {
                ours: quantile(ours, 0.5)?,
                other: quantile(other, 0.5)?,
                ratio: quantile(&ratios, 0.5)?,
                spread: [quantile(&ratios, 0.1)?, quantile(&ratios, 0.9)?],
            })
        });
        each.max_by(|one, other| one.ratio.total_cmp(&other.ratio))
    }
}

fn sample(line: &str) -> Option<([String; 3], Vec<f64>)> {
    let value: Value = serde_json::from_str(line).ok()?;
    let text = |name: &str| value[name].as_str().map(str::to_owned);
    let batches = value["batches"].as_array()?.iter().map(Value::as_f64).collect::<Option<_>>()?;
    Some(([text("back_end")?, text("group")?, text("contender")?], batches))
}

/// The value below which `part` of the values lie, interpolated between its two neighbours.
fn quantile(values: &[f64], part: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = part * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (*sorted.get(place.floor() as usize)?, *sorted.get(place.ceil() as usize)?);
    Some(below + (above - below) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(back_end: &str, contender: &str, batches: &str) -> String {
        format!(r#"{{"back_end":"{back_end}","group":"g","contender":"{contender}","batches":{batches}}}"#)
    }

    fn measured(lines: &[String]) -> Option<Measured> {
        let mut samples = Samples::default();
        lines.iter().for_each(|line| samples.read(line).unwrap());
        samples.of(&Row::told("title", "g", "ours", "other").under(&["one", "two"]))
    }

    #[test]
    fn ratio_is_taken_round_by_round_over_all_processes() {
        let process = [line("one", "ours", "[1, 10]"), line("one", "other", "[2, 20]")];
        let again = [line("one", "ours", "[3]"), line("one", "other", "[6]")];
        let found = measured(&[process, again].concat()).unwrap();
        assert_eq!(found, Measured { ours: 3.0, other: 6.0, ratio: 0.5, spread: [0.5, 0.5] });
    }

    #[test]
    fn better_back_end_of_the_other_counts() {
        let lines = [
            ("one", "ours", "[30]"),
            ("one", "other", "[40]"),
            ("two", "ours", "[50]"),
            ("two", "other", "[60]"),
        ];
        let found = measured(&lines.map(|(back_end, contender, batches)| line(back_end, contender, batches)))
            .unwrap();
        assert_eq!((found.ours, found.other), (50.0, 60.0));
    }

    #[test]
    fn contender_that_is_missing_gives_no_ratio_and_other_output_is_an_error() {
        assert_eq!(measured(&[line("one", "ours", "[1]")]), None);
        assert!(Samples::default().read("{}").is_err() && Samples::default().read("text").is_err());
    }

    #[test]
    fn quantile_lies_between_its_neighbours() {
        assert_eq!(quantile(&[4.0, 1.0, 3.0, 2.0], 0.5), Some(2.5));
        assert_eq!(quantile(&[7.0], 0.9), Some(7.0));
        assert_eq!(quantile(&[], 0.5), None);
    }
}
