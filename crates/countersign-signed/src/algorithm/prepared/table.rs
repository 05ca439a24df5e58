//! Multiples of a point, so that multiplying it by a scalar only adds.
//!
//! A scalar is read in windows of a few bits. Row `i` of a table has the point's multiples by
//! `1 ..= half` times `2^(width * i)`, where `half` is `2^(width - 1)`. Digits are signed, from `1 - half` to
//! `half`, because subtracting a point costs as much as adding it: the table needs half as many entries.
//! A digit above `half` is written as itself less `2^width`, with one carried into the next window.
//!
//! The last row ends where scalars end. It has the bits that are left over and the carry of the row
//! before, so no carry leaves it.

use std::ops::{Add, AddAssign, SubAssign};

/// How scalars are cut.
#[derive(Clone, Copy)]
pub(super) struct Windows {
    /// Scalars are below 2 to this power.
    pub(super) bits: u32,
    /// Bits of a window, from 2 to 16. Each bit more saves additions and nearly doubles the table.
    pub(super) width: u32,
}

impl Windows {
    fn rows(self) -> u32 {
        self.bits.checked_div(self.width).map_or(0, |full| full.saturating_add(1))
    }

    /// Entries of every row but the last, which is also the largest digit.
    fn half(self) -> usize {
        1 << self.width.saturating_sub(1)
    }

    fn last_row(self) -> usize {
        1 << self.bits.checked_rem(self.width).unwrap_or(0)
    }
}

/// Multiples of one point, row by row in one allocation.
pub(super) struct Table<E> {
    windows: Windows,
    entries: Box<[E]>,
}

impl<E> Table<E> {
    /// `normalize` brings the multiples into the form in which they are added fastest.
    pub(super) fn new<P>(point: P, windows: Windows, normalize: impl FnOnce(Vec<P>) -> Vec<E>) -> Self
    where
        P: Copy + Add<Output = P>,
    {
        Self { windows, entries: normalize(multiples(point, windows)).into_boxed_slice() }
    }

    /// Adds the point, multiplied by a little-endian scalar, to `sum`. Nothing if the scalar is too large for
    /// the table.
    ///
    /// The time depends on the scalar, which must be public.
    pub(super) fn add_multiple<S>(&self, sum: &mut S, scalar: &[u8]) -> Option<()>
    where
        S: for<'a> AddAssign<&'a E> + for<'a> SubAssign<&'a E>,
    {
        let Windows { width, .. } = self.windows;
        let half = self.windows.half();
        let mut carry = 0;
        let mut start = 0_u32;
        for row in self.entries.chunks(half) {
            let digit = window(scalar, start, width).saturating_add(carry);
            start = start.saturating_add(width);
            if digit > half {
                carry = 1;
                // 2^width - digit is below half: where it is zero, there is nothing to subtract.
                let negative = (1_usize << width).saturating_sub(digit);
                if let Some(index) = negative.checked_sub(1) {
                    *sum -= row.get(index)?;
                }
            } else {
                carry = 0;
                if let Some(index) = digit.checked_sub(1) {
                    *sum += row.get(index)?;
                }
            }
        }
        (carry == 0).then_some(())
    }
}

fn multiples<P: Copy + Add<Output = P>>(point: P, windows: Windows) -> Vec<P> {
    let rows = windows.rows();
    let mut entries = Vec::with_capacity(windows.half().saturating_mul(rows as usize));
    let mut unit = point;
    for row in 1..=rows {
        let length = if row == rows { windows.last_row() } else { windows.half() };
        let mut multiple = unit;
        for _ in 1..length {
            entries.push(multiple);
            multiple = multiple + unit;
        }
        entries.push(multiple);
        // The last entry of a full row is half of the next row's unit.
        unit = multiple + multiple;
    }
    entries.shrink_to_fit();
    entries
}

/// `width` bits of a little-endian scalar from the bit `start`; bits past its end are zero.
fn window(scalar: &[u8], start: u32, width: u32) -> usize {
    let first = (start / 8) as usize;
    let bytes = scalar.get(first..).unwrap_or_default().iter().take(3);
    let value = bytes.rev().fold(0_usize, |value, byte| value << 8 | usize::from(*byte));
    value >> (start % 8) & (1_usize << width).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use std::num::Wrapping;

    use super::*;

    fn product(scalar: u64, windows: Windows) -> Option<i128> {
        let table = Table::new(1_i128, windows, |multiples| multiples);
        let mut sum = 0;
        table.add_multiple(&mut sum, &scalar.to_le_bytes()).map(|()| sum)
    }

    /// Integers stand for points, so the product is the scalar itself.
    #[test]
    fn a_table_multiplies_by_every_scalar() {
        for width in 2..=16 {
            for bits in [12, 13, 15, 16, 17] {
                let windows = Windows { bits, width };
                for scalar in (0..1_u64 << bits).step_by(61).chain([(1 << bits) - 1]) {
                    assert_eq!(product(scalar, windows), Some(i128::from(scalar)), "{width} {bits}");
                }
            }
        }
    }

    #[test]
    fn a_table_is_as_long_as_its_windows_need() {
        let entries = |bits, width| multiples(Wrapping(1_u64), Windows { bits, width }).len();
        // 42 rows of 32 and one bit more; 32 rows of 128 and a carry.
        assert_eq!(entries(253, 6), 42 * 32 + 2);
        assert_eq!(entries(256, 8), 32 * 128 + 1);
    }
}
