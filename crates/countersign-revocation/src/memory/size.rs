//! How large a shard's tables are: when they are rebuilt, and to what size.
//!
//! A table is filled to 7/8, deleted places included, which only a rebuild empties. It is rebuilt at twice its size
//! if more than 3/4 of it are entries then and otherwise at its own, and rebuilt smaller once they are less
//! than 3/8. A rebuild copies every entry, and between two of
//! them at least a sixteenth of the table's places are filled or emptied, which keeps the cost of each entry constant.

use super::table::GROUP;

/// The number of places that a table is rebuilt with before another entry comes, if it must be: there is no room for
/// one more.
pub(super) fn before_insert(entries: usize, room: usize, places: usize) -> Option<usize> {
    if room > 0 {
        return None;
    }
    let is_crowded = entries.saturating_mul(4) > places.saturating_mul(3);
    Some(if is_crowded { places.saturating_mul(2) } else { places }.max(SMALLEST))
}

/// The number of places that a table is rebuilt with after a removal, if it should be.
pub(super) fn after_removal(entries: usize, places: usize) -> Option<usize> {
    if places <= SMALLEST || entries.saturating_mul(8) >= places.saturating_mul(3) {
        return None;
    }
    // The smallest that is at most 3/4 full.
    let fitting = entries.saturating_mul(4).div_ceil(3).next_power_of_two();
    Some(fitting.max(SMALLEST))
}

/// The places of a table that holds as good as nothing.
const SMALLEST: usize = GROUP;

/// How many of so many places, a power of two and at least [`SMALLEST`], may be filled: 7/8.
pub(super) fn capacity(places: usize) -> usize {
    (places / 8).saturating_mul(7)
}

/// How many hints a heap of so many makes room for when it is full: a quarter, since what doubling would
/// spare in copies of a few kilobytes it would cost in memory.
pub(super) fn more_hints(hints: usize) -> usize {
    (hints / 4).max(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_table_is_doubled_and_another_left_alone() {
        assert_eq!(before_insert(0, 0, 0), Some(8));
        assert_eq!(before_insert(6, 1, 8), None);
        assert_eq!(before_insert(7, 0, 8), Some(16));
        assert_eq!(before_insert(56, 0, 64), Some(128));
    }

    #[test]
    fn a_table_that_deleted_places_have_filled_is_rebuilt_as_it_is() {
        assert_eq!(before_insert(48, 0, 64), Some(64));
        assert_eq!(before_insert(49, 0, 64), Some(128));
    }

    #[test]
    fn a_table_is_halved_below_three_eighths_and_not_at_them() {
        assert_eq!(after_removal(24, 64), None);
        assert_eq!(after_removal(23, 64), Some(32));
        assert_eq!(after_removal(12, 64), Some(16));
        assert_eq!(after_removal(0, 64), Some(8));
        assert_eq!(after_removal(0, 8), None);
    }
}
