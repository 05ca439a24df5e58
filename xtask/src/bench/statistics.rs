//! Medians and spreads.

/// The middle of many measurements, and where the middle eight tenths of them lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spread {
    /// The 10th percentile.
    pub(super) low: f64,
    pub(super) median: f64,
    /// The 90th percentile.
    pub(super) high: f64,
}

impl Spread {
    /// `None` without measurements.
    pub(super) fn of(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        Some(Self {
            low: quantile(&sorted, 0.1)?,
            median: quantile(&sorted, 0.5)?,
            high: quantile(&sorted, 0.9)?,
        })
    }
}

/// The ratio in each round. Rounds that one side lacks are left out.
pub(super) fn ratios(numerators: &[f64], denominators: &[f64]) -> Vec<f64> {
    numerators.iter().zip(denominators).map(|(numerator, denominator)| numerator / denominator).collect()
}

/// The middle of some measurements; not a number without any.
pub(crate) fn median(values: &[f64]) -> f64 {
    Spread::of(values).map_or(f64::NAN, |spread| spread.median)
}

/// The value below which `part` of the sorted values lie, interpolated between its two neighbours.
fn quantile(sorted: &[f64], part: f64) -> Option<f64> {
    let place = part * sorted.len().checked_sub(1)? as f64;
    let below = *sorted.get(place.floor() as usize)?;
    let above = *sorted.get(place.ceil() as usize)?;
    Some(below + (above - below) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_two() {
        assert_eq!(Spread::of(&[4.0, 1.0, 3.0, 2.0]).unwrap().median, 2.5);
        assert_eq!(Spread::of(&[9.0, 1.0, 5.0]).unwrap().median, 5.0);
    }

    #[test]
    fn the_spread_leaves_a_tenth_out_at_either_end() {
        let values: Vec<f64> = (0..=10).rev().map(f64::from).collect();
        assert_eq!(Spread::of(&values), Some(Spread { low: 1.0, median: 5.0, high: 9.0 }));
        assert_eq!(Spread::of(&[7.0]), Some(Spread { low: 7.0, median: 7.0, high: 7.0 }));
        assert_eq!(Spread::of(&[]), None);
    }

    #[test]
    fn a_ratio_is_taken_round_by_round_and_not_between_medians() {
        // The second round is slow for both: the ratio is a half in each, while a ratio between the
        // medians of unequal rounds would drift with the machine.
        assert_eq!(ratios(&[1.0, 5.0, 2.0], &[2.0, 10.0, 4.0]), [0.5, 0.5, 0.5]);
        assert_eq!(ratios(&[1.0, 5.0], &[2.0]), [0.5]);
    }
}
