//! How large a shard's tables are: when they are rebuilt, and to what size.
//!
//! hashbrown doubles a table when it is full, and also when it is half full and removed entries have used up its
//! free places; it never shrinks by itself. Here every rebuild is decided, so that what an entry costs
//! is known: a table is filled to 7/8, rebuilt at twice its size if it was more than 3/4 full then and
//! otherwise at its own, and rebuilt smaller once it is less than 3/8 full. A rebuild moves every entry, and between two of
//! them at least a sixteenth of the table's places are filled or emptied, which keeps the cost of each entry constant.

use hashbrown::HashTable;

/// The number of places that a table is rebuilt with before another entry comes, if it must be.
pub(super) fn before_insert<T>(table: &HashTable<T>) -> Option<usize> {
    if table.len() < table.capacity() {
        return None;
    }
    let (entries, places) = (table.len(), table.num_buckets());
    let is_crowded = entries.saturating_mul(4) > places.saturating_mul(3);
    Some(if is_crowded { places.saturating_mul(2) } else { places }.max(SMALLEST))
}

/// The number of places that a table is rebuilt with after a removal, if it should be.
pub(super) fn after_removal<T>(table: &HashTable<T>) -> Option<usize> {
    let (entries, places) = (table.len(), table.num_buckets());
    if places <= SMALLEST || entries.saturating_mul(8) >= places.saturating_mul(3) {
        return None;
    }
    // The smallest that is at most 3/4 full.
    let fitting = entries.saturating_mul(4).div_ceil(3).next_power_of_two();
    Some(fitting.max(SMALLEST))
}

/// The places of a table that holds as good as nothing.
const SMALLEST: usize = 8;

/// How many entries hashbrown puts into so many places, a power of two and at least [`SMALLEST`]: 7/8.
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

    fn table(entries: u64, capacity: usize) -> HashTable<u64> {
        let mut table = HashTable::with_capacity(capacity);
        for entry in 0..entries {
            table.insert_unique(entry << 57 | entry, entry, |entry| entry << 57 | entry);
        }
        table
    }

    #[test]
    fn capacities_are_those_of_hashbrown() {
        for places in [8, 16, 32, 1024, 4096] {
            let table = HashTable::<u64>::with_capacity(capacity(places));
            assert_eq!((table.num_buckets(), table.capacity()), (places, capacity(places)));
        }
    }

    #[test]
    fn a_full_table_is_doubled_and_another_left_alone() {
        assert_eq!(before_insert(&table(0, 0)), Some(8));
        assert_eq!(before_insert(&table(6, 7)), None);
        assert_eq!(before_insert(&table(7, 7)), Some(16));
        assert_eq!(before_insert(&table(56, 56)), Some(128));
    }

    #[test]
    fn a_table_is_halved_below_three_eighths_and_not_at_them() {
        assert_eq!(after_removal(&table(24, 56)), None);
        assert_eq!(after_removal(&table(23, 56)), Some(32));
        assert_eq!(after_removal(&table(12, 56)), Some(16));
        assert_eq!(after_removal(&table(0, 56)), Some(8));
        assert_eq!(after_removal(&table(0, 7)), None);
    }
}
