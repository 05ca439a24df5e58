//! Multiples of a point, in signed windows.
//!
//! A scalar is a sum of digits, one for each window of `width` bits, each from `-2^(width-1)` to `2^(width-1)`. The
//! table holds every positive digit's multiple for every window, so a multiplication is one addition or subtraction
//! per window, without doublings. For example, width 6 takes 43 additions for a scalar of 256 bits.

use std::ops::Add;

/// The multiples `digit * 2^(width * window) * point`, for each window and for each digit from 1 to `2^(width-1)`.
pub(in crate::algorithm) struct Windows<P> {
    width: u32,
    multiples: Box<[P]>,
}

/// What one window adds to the sum.
pub(super) enum Term<'t, P> {
    Plus(&'t P),
    Minus(&'t P),
}

/// The digits of a window of `width` bits without their sign, zero not counted: the points that it holds.
fn digits(width: u32) -> usize {
    1 << width.saturating_sub(1)
}

/// The multiples for scalars below `2^bits`, window after window. One window more than the bits fill takes the last
/// carry where the width divides them.
pub(super) fn multiples<P: Copy + Add<Output = P>>(point: P, width: u32, bits: u32) -> Vec<P> {
    let windows = bits.div_euclid(width).saturating_add(1);
    let mut multiples = Vec::with_capacity(digits(width).saturating_mul(windows as usize));
    let mut base = point;
    for _ in 0..windows {
        let mut multiple = base;
        for _ in 1..digits(width) {
            multiples.push(multiple);
            multiple = multiple + base;
        }
        multiples.push(multiple);
        // The next window's first is twice this one's last.
        base = multiple + multiple;
    }
    multiples
}

impl<P> Windows<P> {
    /// A table of what [`multiples`] computed with this width, in whatever form the points have now.
    pub(super) fn new(width: u32, multiples: Vec<P>) -> Self {
        Self { width, multiples: multiples.into() }
    }

    /// The terms whose sum is `scalar` times the point. `scalar` is little-endian and within the bits of the table.
    pub(super) fn terms<'t>(&'t self, scalar: &'t [u8]) -> impl Iterator<Item = Term<'t, P>> {
        let half = digits(self.width);
        let mut carry = 0_usize;
        self.multiples.chunks_exact(half).enumerate().filter_map(move |(window, row)| {
            let start = window.saturating_mul(self.width as usize);
            let digit = window_at(scalar, start, self.width).saturating_add(carry);
            let negative = digit > half;
            carry = usize::from(negative);
            let size = if negative { half.saturating_mul(2).saturating_sub(digit) } else { digit };
            let point = row.get(size.checked_sub(1)?)?;
            Some(if negative { Term::Minus(point) } else { Term::Plus(point) })
        })
    }
}

/// `width` bits of a little-endian integer from bit `start` on, at most 9; bits past its end are zero.
fn window_at(scalar: &[u8], start: usize, width: u32) -> usize {
    let (first, shift) = (start.div_euclid(8), start.rem_euclid(8));
    let byte = |place: usize| usize::from(scalar.get(place).copied().unwrap_or(0));
    let bits = byte(first) | byte(first.saturating_add(1)) << 8;
    (bits >> shift) & ((1_usize << width).saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of 1 gives the scalar back.
    #[test]
    fn terms_sum_to_the_scalar() {
        for width in 2..=9 {
            let table = Windows::new(width, multiples(1_i128, width, 64));
            for scalar in
                [0, 1, 2, 31, 32, 33, 127, 128, 129, 0xFF00, 0x8080_8080_8080_8080, u64::MAX - 1, u64::MAX]
            {
                let sum: i128 = table
                    .terms(&scalar.to_le_bytes())
                    .map(|term| match term {
                        Term::Plus(point) => *point,
                        Term::Minus(point) => -*point,
                    })
                    .sum();
                assert_eq!(sum, i128::from(scalar), "width {width}");
            }
        }
    }
}
