//! One shard of entries: a table, and hints of what expires when.
//!
//! An entry takes 20 bytes in the table and at most 10 more as a hint of 8 in a heap in the order of the ends.
//! A hint is its entry's end when it was made and its entry's place, and no more: it says where to look, and
//! what happens is decided by the entries there. So lengthening an entry leaves its hint alone; when it comes up, it is moved to the
//! new end. There is a hint for every entry that has an end, and none is later than its entry's end, so
//! whatever has expired has its hint on top.
//!
//! The table is rebuilt by [`size`](super::size)'s rules and never grows by itself.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use hashbrown::HashTable;

use super::end::End;
use super::fingerprint::{Fingerprint, spread};
use super::size;
use crate::{Counts, Scope};

/// The part of a shard that a look-up reads is the table's head; the rest lies apart, so that a shard with its
/// lock fits a line of the processor's cache.
#[derive(Default)]
pub(super) struct Entries {
    table: HashTable<Entry>,
    rest: Box<Rest>,
}

#[derive(Default)]
struct Rest {
    order: BinaryHeap<Reverse<Hint>>,
    counts: Counts,
}

#[derive(Clone, Copy)]
struct Entry {
    fingerprint: Fingerprint,
    end: End,
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

impl Entry {
    fn hash(&self) -> u64 {
        spread(self.fingerprint.place())
    }
}

impl Entries {
    #[inline]
    pub(super) fn is_revoked(&self, fingerprint: Fingerprint, now: End) -> bool {
        let found = self.table.find(spread(fingerprint.place()), |entry| entry.fingerprint == fingerprint);
        found.is_some_and(|entry| !entry.end.is_past(now))
    }

    pub(super) fn revoke(&mut self, fingerprint: Fingerprint, end: End) {
        let hash = spread(fingerprint.place());
        if let Some(entry) = self.table.find_mut(hash, |entry| entry.fingerprint == fingerprint) {
            entry.end = end.max(entry.end);
            return;
        }
        if let Some(places) = size::before_insert(&self.table) {
            self.rebuild(places);
        }
        self.table.insert_unique(hash, Entry { fingerprint, end }, Entry::hash);
        if end != End::NEVER {
            self.rest.push(Hint { end, place: fingerprint.place() });
        }
        let count = self.rest.count(fingerprint.scope());
        *count = count.saturating_add(1);
    }

    /// Removes entries that `now` is past, the earliest first, in at most `limit` steps.
    pub(super) fn purge_expired(&mut self, now: End, limit: usize) -> Work {
        let mut work = Work::default();
        while work.steps < limit {
            let Some(hint) = self.rest.pop_past(now) else { break };
            work.steps = work.steps.saturating_add(1);
            if self.remove_past(hint.place, now) {
                work.removed = work.removed.saturating_add(1);
            } else if let Some(end) = self.next_end(hint.place) {
                self.rest.push(Hint { end, place: hint.place });
            }
        }
        if work.removed > 0 {
            if let Some(places) = size::after_removal(&self.table) {
                self.rebuild(places);
            }
            self.rest.shrink();
        }
        work
    }

    /// Removes one entry at `place` that `now` is past, if there is one.
    fn remove_past(&mut self, place: u32, now: End) -> bool {
        let is_past = |entry: &Entry| entry.fingerprint.place() == place && entry.end.is_past(now);
        let Ok(found) = self.table.find_entry(spread(place), is_past) else { return false };
        let (entry, _) = found.remove();
        let count = self.rest.count(entry.fingerprint.scope());
        *count = count.saturating_sub(1);
        true
    }

    /// The earliest end at `place`, where nothing is past. Where entries share a place, which of them the hint
    /// was for does not matter: moved to the earliest, it is at most as late as it must be.
    fn next_end(&self, place: u32) -> Option<End> {
        let here = self.table.iter_hash(spread(place)).filter(|entry| entry.fingerprint.place() == place);
        here.map(|entry| entry.end).filter(|&end| end != End::NEVER).min()
    }

    fn rebuild(&mut self, places: usize) {
        let mut table = HashTable::with_capacity(size::capacity(places));
        for entry in std::mem::take(&mut self.table) {
            table.insert_unique(entry.hash(), entry, Entry::hash);
        }
        self.table = table;
    }

    pub(super) fn counts(&self) -> Counts {
        self.rest.counts
    }
}

impl Rest {
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
        let mut entries = Entries::default();
        for name in names(25) {
            entries.revoke(name, end(1000));
        }
        let purged = [10; 4].map(|limit| entries.purge_expired(now(1000), limit).removed);
        assert_eq!(purged, [10, 10, 5, 0]);
    }

    #[test]
    fn the_earliest_go_first() {
        let (mut entries, names) = (Entries::default(), names(3));
        for (name, seconds) in names.iter().zip([1002, 1000, 1001]) {
            entries.revoke(*name, end(seconds));
        }
        assert_eq!(entries.purge_expired(now(5000), 2), work(2, 2));
        // At a time when all of them counted, the latest one is left.
        let left: Vec<_> = names.iter().map(|name| entries.is_revoked(*name, now(0))).collect();
        assert_eq!(left, [true, false, false]);
    }

    #[test]
    fn an_entry_that_was_lengthened_is_moved_on_once_and_removed_at_its_new_end() {
        let (mut entries, names) = (Entries::default(), names(2));
        let [lengthened, other] = names[..] else { panic!("two names") };
        entries.revoke(lengthened, end(1000));
        for seconds in [2000, 3000, 1500] {
            entries.revoke(lengthened, end(seconds));
        }
        entries.revoke(other, end(1000));
        assert_eq!(entries.rest.order.len(), 2, "one hint for each entry");
        assert_eq!(entries.purge_expired(now(1000), 10), work(2, 1));
        assert!(entries.is_revoked(lengthened, now(2999)));
        assert_eq!(entries.purge_expired(now(2999), 10), work(0, 0));
        assert_eq!(entries.purge_expired(now(3000), 10), work(1, 1));
        assert_eq!(entries.counts(), Counts::default());
    }

    #[test]
    fn an_entry_without_an_end_has_no_hint_and_keeps_none() {
        let (mut entries, names) = (Entries::default(), names(2));
        entries.revoke(names[0], End::NEVER);
        entries.revoke(names[0], end(1000));
        entries.revoke(names[1], end(1000));
        entries.revoke(names[1], End::NEVER);
        assert_eq!(entries.rest.order.len(), 1);
        assert_eq!(entries.purge_expired(now(i64::from(u32::MAX)), 10), work(1, 0));
        assert_eq!(entries.rest.order.len(), 0);
        assert!(names.iter().all(|name| entries.is_revoked(*name, now(i64::from(u32::MAX)))));
    }

    /// One name in four billion shares a place with a given other; here all do.
    #[test]
    fn entries_that_share_a_place_are_kept_apart() {
        let mut entries = Entries::default();
        let names: Vec<_> = names(4).iter().map(|name| name.at_place(7)).collect();
        for (name, seconds) in names.iter().zip([1000, 2000, 3000, 4000]) {
            entries.revoke(*name, end(seconds));
        }
        // The first becomes the last to go.
        entries.revoke(names[0], end(5000));
        let mut left = Vec::new();
        for moment in [1000, 2000, 3000, 4000, 5000] {
            while entries.purge_expired(now(moment), 1).steps > 0 {}
            left.push(names.iter().filter(|name| entries.is_revoked(**name, now(0))).count());
            assert!(moment == 5000 || entries.is_revoked(names[0], now(moment)));
        }
        assert_eq!(left, [4, 3, 2, 1, 0]);
        assert_eq!(entries.rest.order.len(), 0);
    }

    #[test]
    fn table_and_hints_shrink_with_what_is_left() {
        let mut entries = Entries::default();
        for (number, name) in (1..).zip(names(10_000)) {
            entries.revoke(name, end(number));
        }
        assert_eq!(entries.table.num_buckets(), 16_384);
        for moment in 1..=10_000 {
            entries.purge_expired(now(moment), 10);
            let (left, places) = (entries.table.len(), entries.table.num_buckets());
            assert!(places <= 8 || left * 8 >= places * 3, "{left} entries in {places} places");
            assert!(entries.rest.order.capacity() <= 16 + left * 2, "room for too many hints of {left}");
        }
        assert_eq!((entries.table.len(), entries.table.num_buckets()), (0, 8));
    }

    /// Removed entries leave traces in a hash table, which must not make it grow.
    #[test]
    fn a_table_does_not_grow_when_entries_come_as_fast_as_they_go() {
        let mut entries = Entries::default();
        for (number, name) in (1..).zip(names(50_000)) {
            entries.revoke(name, end(number + 1000));
            entries.purge_expired(now(number as i64), 10);
        }
        assert_eq!(entries.table.len(), 1000);
        assert!(entries.table.num_buckets() <= 2048, "{}", entries.table.num_buckets());
    }
}
