//! One shard of entries: a table, and hints of what expires when.
//!
//! An entry takes 20 bytes in the table and at most 10 more as a hint of 8 in a heap in the order of the ends.
//! A hint is its entry's end when it was made and its entry's place, and no more: it says where to look, and
//! what happens is decided by the entries there. So lengthening an entry leaves its hint alone; when it comes up, it is moved to the
//! new end. There is a hint for every entry that has an end, and none is later than its entry's end, so
//! whatever has expired has its hint on top.
//!
//! The table, which others read meanwhile, is now and then replaced by [`size`]'s rules. Whoever still
//! reads the former one asked before the change that made a new one necessary.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use super::end::End;
use super::fingerprint::Fingerprint;
use super::size;
use super::table::{Entry, Spot, Table};
use crate::{Counts, Scope};

pub(super) struct Entries {
    table: Arc<Table>,
    order: BinaryHeap<Reverse<Hint>>,
    counts: Counts,
    /// The entries in the table.
    len: usize,
    /// How many more empty places may be filled.
    room: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Hint {
    end: End,
    place: u32,
}

/// What a purge of a shard did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Work {
    /// The hints that were looked at: what the purge cost, and what its limit bounds.
    pub(super) steps: usize,
    /// The entries that were removed.
    pub(super) removed: usize,
}

impl Entries {
    /// None. Shards may share the empty table, which is never written.
    pub(super) fn new(empty: Arc<Table>) -> Self {
        let (order, counts) = (BinaryHeap::new(), Counts::default());
        Self { table: empty, order, counts, len: 0, room: 0 }
    }

    /// What readers are to have, after each change.
    pub(super) fn table(&self) -> &Arc<Table> {
        &self.table
    }

    pub(super) fn revoke(&mut self, fingerprint: Fingerprint, end: End) {
        if self.table.lengthen(fingerprint, end) {
            return;
        }
        if let Some(places) = size::before_insert(self.len, self.room, self.table.places()) {
            self.rebuild(places);
        }
        if self.table.insert(Entry { fingerprint, end }) {
            self.room = self.room.saturating_sub(1);
        }
        self.len = self.len.saturating_add(1);
        if end != End::NEVER {
            self.push(Hint { end, place: fingerprint.place() });
        }
        let count = self.count(fingerprint.scope());
        *count = count.saturating_add(1);
    }

    /// Removes entries that `now` is past, the earliest first, in at most `limit` steps.
    pub(super) fn purge_expired(&mut self, now: End, limit: usize) -> Work {
        let mut work = Work::default();
        while work.steps < limit {
            let Some(hint) = self.pop_past(now) else { break };
            work.steps = work.steps.saturating_add(1);
            if self.remove_past(hint.place, now) {
                work.removed = work.removed.saturating_add(1);
            } else if let Some(end) = self.next_end(hint.place) {
                self.push(Hint { end, place: hint.place });
            }
        }
        if work.removed > 0 {
            if let Some(places) = size::after_removal(self.len, self.table.places()) {
                self.rebuild(places);
            }
            self.shrink();
        }
        work
    }

    /// Removes one entry at `place` that `now` is past, if there is one.
    fn remove_past(&mut self, place: u32, now: End) -> bool {
        let is_past = |spot: &Spot| spot.entry.end.is_past(now);
        let Some(spot) = self.table.at(place).find(is_past) else { return false };
        if self.table.remove(&spot) {
            self.room = self.room.saturating_add(1);
        }
        self.len = self.len.saturating_sub(1);
        let count = self.count(spot.entry.fingerprint.scope());
        *count = count.saturating_sub(1);
        true
    }

    /// The earliest end at `place`, where nothing is past. Where entries share a place, which of them the hint
    /// was for does not matter: moved to the earliest, it is at most as late as it must be.
    fn next_end(&self, place: u32) -> Option<End> {
        self.table.at(place).map(|spot| spot.entry.end).filter(|&end| end != End::NEVER).min()
    }

    fn rebuild(&mut self, places: usize) {
        let table = Table::with_places(places);
        for entry in self.table.entries() {
            table.insert(entry);
        }
        self.table = Arc::new(table);
        self.room = size::capacity(places).saturating_sub(self.len);
    }

    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    fn push(&mut self, hint: Hint) {
        if self.order.len() == self.order.capacity() {
            self.order.reserve_exact(size::more_hints(self.order.len()));
        }
        self.order.push(Reverse(hint));
    }

    fn pop_past(&mut self, now: End) -> Option<Hint> {
        let Reverse(first) = self.order.peek()?;
        if first.end.is_past(now) { self.order.pop().map(|Reverse(hint)| hint) } else { None }
    }

    fn shrink(&mut self) {
        let kept = self.order.len().saturating_add(size::more_hints(self.order.len()));
        // Twice what growth would have given it: what has shrunk must grow by half to be as large again.
        if self.order.capacity() > kept.saturating_add(kept / 2) {
            self.order.shrink_to(kept);
        }
    }

    fn count(&mut self, scope: Scope) -> &mut u64 {
        match scope {
            Scope::Key => &mut self.counts.keys,
            Scope::Subject => &mut self.counts.subjects,
            Scope::Session => &mut self.counts.sessions,
            Scope::Token => &mut self.counts.tokens,
        }
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::super::fingerprint::Fingerprinter;
    use super::*;
    use crate::Until;

    fn shard() -> Entries {
        Entries::new(Arc::default())
    }

    fn is_revoked(entries: &Entries, fingerprint: Fingerprint, now: End) -> bool {
        entries.table().is_revoked(fingerprint, now)
    }

    fn end(seconds: u64) -> End {
        End::of(Until::from_unix_seconds(seconds))
    }

    fn now(seconds: i64) -> End {
        End::now(OffsetDateTime::from_unix_timestamp(seconds).unwrap())
    }

    fn names(count: usize) -> Vec<Fingerprint> {
        let fingerprinter = Fingerprinter::new();
        (0..count).map(|number| fingerprinter.of("issuer", b'j', number.to_string().as_bytes())).collect()
    }

    fn work(steps: usize, removed: usize) -> Work {
        Work { steps, removed }
    }

    /// The suite cannot see it: its names are spread over the shards.
    #[test]
    fn a_purge_is_bounded_within_one_shard() {
        let mut entries = shard();
        for name in names(25) {
            entries.revoke(name, end(1000));
        }
        let purged = [10; 4].map(|limit| entries.purge_expired(now(1000), limit).removed);
        assert_eq!(purged, [10, 10, 5, 0]);
    }

    #[test]
    fn the_earliest_go_first() {
        let (mut entries, names) = (shard(), names(3));
        for (name, seconds) in names.iter().zip([1002, 1000, 1001]) {
            entries.revoke(*name, end(seconds));
        }
        assert_eq!(entries.purge_expired(now(5000), 2), work(2, 2));
        // At a time when all of them counted, the latest one is left.
        let left: Vec<_> = names.iter().map(|name| is_revoked(&entries, *name, now(0))).collect();
        assert_eq!(left, [true, false, false]);
    }

    #[test]
    fn an_entry_that_was_lengthened_is_moved_on_once_and_removed_at_its_new_end() {
        let (mut entries, names) = (shard(), names(2));
        let [lengthened, other] = names[..] else { panic!("two names") };
        entries.revoke(lengthened, end(1000));
        for seconds in [2000, 3000, 1500] {
            entries.revoke(lengthened, end(seconds));
        }
        entries.revoke(other, end(1000));
        assert_eq!(entries.order.len(), 2, "one hint for each entry");
        assert_eq!(entries.purge_expired(now(1000), 10), work(2, 1));
        assert!(is_revoked(&entries, lengthened, now(2999)));
        assert_eq!(entries.purge_expired(now(2999), 10), work(0, 0));
        assert_eq!(entries.purge_expired(now(3000), 10), work(1, 1));
        assert_eq!(entries.counts(), Counts::default());
    }

    #[test]
    fn an_entry_without_an_end_has_no_hint_and_keeps_none() {
        let (mut entries, names) = (shard(), names(2));
        entries.revoke(names[0], End::NEVER);
        entries.revoke(names[0], end(1000));
        entries.revoke(names[1], end(1000));
        entries.revoke(names[1], End::NEVER);
        assert_eq!(entries.order.len(), 1);
        assert_eq!(entries.purge_expired(now(i64::from(u32::MAX)), 10), work(1, 0));
        assert_eq!(entries.order.len(), 0);
        assert!(names.iter().all(|name| is_revoked(&entries, *name, now(i64::from(u32::MAX)))));
    }

    /// One name in four billion shares a place with a given other; here all do.
    #[test]
    fn entries_that_share_a_place_are_kept_apart() {
        let mut entries = shard();
        let names: Vec<_> = names(4).iter().map(|name| name.at_place(7)).collect();
        for (name, seconds) in names.iter().zip([1000, 2000, 3000, 4000]) {
            entries.revoke(*name, end(seconds));
        }
        // The first becomes the last to go.
        entries.revoke(names[0], end(5000));
        let mut left = Vec::new();
        for moment in [1000, 2000, 3000, 4000, 5000] {
            while entries.purge_expired(now(moment), 1).steps > 0 {}
            left.push(names.iter().filter(|name| is_revoked(&entries, **name, now(0))).count());
            assert!(moment == 5000 || is_revoked(&entries, names[0], now(moment)));
        }
        assert_eq!(left, [4, 3, 2, 1, 0]);
        assert_eq!(entries.order.len(), 0);
    }

    #[test]
    fn table_and_hints_shrink_with_what_is_left() {
        let mut entries = shard();
        for (number, name) in (1..).zip(names(10_000)) {
            entries.revoke(name, end(number));
        }
        assert_eq!(entries.table.places(), 16_384);
        for moment in 1..=10_000 {
            entries.purge_expired(now(moment), 10);
            let (left, places) = (entries.len, entries.table.places());
            assert!(places <= 8 || left * 8 >= places * 3, "{left} entries in {places} places");
            assert!(entries.order.capacity() <= 16 + left * 2, "room for too many hints of {left}");
        }
        assert_eq!((entries.len, entries.table.places()), (0, 8));
    }

    /// Removed entries leave traces in a hash table, which must not make it grow.
    #[test]
    fn a_table_does_not_grow_when_entries_come_as_fast_as_they_go() {
        let mut entries = shard();
        for (number, name) in (1..).zip(names(50_000)) {
            entries.revoke(name, end(number + 1000));
            entries.purge_expired(now(number as i64), 10);
        }
        assert_eq!(entries.len, 1000);
        assert!(entries.table.places() <= 2048, "{}", entries.table.places());
    }
}
