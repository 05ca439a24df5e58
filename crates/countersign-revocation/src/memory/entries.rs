//! One shard of entries: a table, and hints of what expires when.
//!
//! An entry takes 20 bytes in the table and at most 10 more as a hint of 8 in a heap in the order of the ends.
//! A hint is its entry's end when it was made and its entry's place, and no more: it says where to look, and
//! what happens is decided by the entries there. So lengthening an entry leaves its hint alone; when it comes up, it is moved to the
//! new end. There is a hint for every entry that has an end, and none is later than its entry's end, so
//! whatever has expired has its hint on top.
//!
//! Readers have the [`Table`] alone, which a writer changes under their eyes and now and then, by [`size`](super::size)'s
//! rules, replaces: whoever still reads the former one asked before the change that made a new one necessary.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::end::End;
use super::fingerprint::Fingerprint;
use super::size;
use super::table::{Entry, Table};
use crate::{Counts, Scope};

/// What readers have of a shard.
pub(super) type Published = ArcSwap<Table>;

/// What a shard's writer has besides.
#[derive(Default)]
pub(super) struct Entries {
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

#[inline]
pub(super) fn is_revoked(published: &Published, fingerprint: Fingerprint, now: End) -> bool {
    published.load().end_of(fingerprint).is_some_and(|end| !end.is_past(now))
}

impl Entries {
    pub(super) fn revoke(&mut self, published: &Published, fingerprint: Fingerprint, end: End) {
        let mut table = published.load_full();
        if table.lengthen(fingerprint, end) {
            return;
        }
        if let Some(places) = size::before_insert(self.len, self.room, table.places()) {
            table = self.rebuild(published, &table, places);
        }
        if table.insert(Entry { fingerprint, end }) {
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
    pub(super) fn purge_expired(&mut self, published: &Published, now: End, limit: usize) -> Work {
        let mut work = Work::default();
        if !self.has_past(now) {
            return work;
        }
        let table = published.load_full();
        while work.steps < limit {
            let Some(hint) = self.pop_past(now) else { break };
            work.steps = work.steps.saturating_add(1);
            if self.remove_past(&table, hint.place, now) {
                work.removed = work.removed.saturating_add(1);
            } else if let Some(end) = next_end(&table, hint.place) {
                self.push(Hint { end, place: hint.place });
            }
        }
        if work.removed > 0 {
            if let Some(places) = size::after_removal(self.len, table.places()) {
                self.rebuild(published, &table, places);
            }
            self.shrink();
        }
        work
    }

    /// Removes one entry at `place` that `now` is past, if there is one.
    fn remove_past(&mut self, table: &Table, place: u32, now: End) -> bool {
        let Some(spot) = table.at(place).find(|spot| spot.entry.end.is_past(now)) else { return false };
        if table.remove(&spot) {
            self.room = self.room.saturating_add(1);
        }
        self.len = self.len.saturating_sub(1);
        let count = self.count(spot.entry.fingerprint.scope());
        *count = count.saturating_sub(1);
        true
    }

    /// Puts a table of so many places, with the same entries, where readers find it.
    fn rebuild(&mut self, published: &Published, table: &Table, places: usize) -> Arc<Table> {
        let new = Arc::new(Table::with_places(places));
        for entry in table.entries() {
            new.insert(entry);
        }
        self.room = size::capacity(places).saturating_sub(self.len);
        published.store(Arc::clone(&new));
        new
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

    fn has_past(&self, now: End) -> bool {
        self.order.peek().is_some_and(|Reverse(first)| first.end.is_past(now))
    }

    fn pop_past(&mut self, now: End) -> Option<Hint> {
        if self.has_past(now) { self.order.pop().map(|Reverse(hint)| hint) } else { None }
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

/// The earliest end at `place`, where nothing is past. Where entries share a place, which of them the hint
/// was for does not matter: moved to the earliest, it is at most as late as it must be.
fn next_end(table: &Table, place: u32) -> Option<End> {
    table.at(place).map(|spot| spot.entry.end).filter(|&end| end != End::NEVER).min()
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::super::fingerprint::Fingerprinter;
    use super::*;

    /// A shard.
    #[derive(Default)]
    struct Shard {
        published: Published,
        entries: Entries,
    }

    impl Shard {
        fn revoke(&mut self, fingerprint: Fingerprint, end: End) {
            self.entries.revoke(&self.published, fingerprint, end);
        }

        fn purge_expired(&mut self, now: End, limit: usize) -> Work {
            self.entries.purge_expired(&self.published, now, limit)
        }

        fn is_revoked(&self, fingerprint: Fingerprint, now: End) -> bool {
            is_revoked(&self.published, fingerprint, now)
        }

        fn places(&self) -> usize {
            self.published.load().places()
        }
    }
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
        let mut shard = Shard::default();
        for name in names(25) {
            shard.revoke(name, end(1000));
        }
        let purged = [10; 4].map(|limit| shard.purge_expired(now(1000), limit).removed);
        assert_eq!(purged, [10, 10, 5, 0]);
    }

    #[test]
    fn the_earliest_go_first() {
        let (mut shard, names) = (Shard::default(), names(3));
        for (name, seconds) in names.iter().zip([1002, 1000, 1001]) {
            shard.revoke(*name, end(seconds));
        }
        assert_eq!(shard.purge_expired(now(5000), 2), work(2, 2));
        // At a time when all of them counted, the latest one is left.
        let left: Vec<_> = names.iter().map(|name| shard.is_revoked(*name, now(0))).collect();
        assert_eq!(left, [true, false, false]);
    }

    #[test]
    fn an_entry_that_was_lengthened_is_moved_on_once_and_removed_at_its_new_end() {
        let (mut shard, names) = (Shard::default(), names(2));
        let [lengthened, other] = names[..] else { panic!("two names") };
        shard.revoke(lengthened, end(1000));
        for seconds in [2000, 3000, 1500] {
            shard.revoke(lengthened, end(seconds));
        }
        shard.revoke(other, end(1000));
        assert_eq!(shard.entries.order.len(), 2, "one hint for each entry");
        assert_eq!(shard.purge_expired(now(1000), 10), work(2, 1));
        assert!(shard.is_revoked(lengthened, now(2999)));
        assert_eq!(shard.purge_expired(now(2999), 10), work(0, 0));
        assert_eq!(shard.purge_expired(now(3000), 10), work(1, 1));
        assert_eq!(shard.entries.counts(), Counts::default());
    }

    #[test]
    fn an_entry_without_an_end_has_no_hint_and_keeps_none() {
        let (mut shard, names) = (Shard::default(), names(2));
        shard.revoke(names[0], End::NEVER);
        shard.revoke(names[0], end(1000));
        shard.revoke(names[1], end(1000));
        shard.revoke(names[1], End::NEVER);
        assert_eq!(shard.entries.order.len(), 1);
        assert_eq!(shard.purge_expired(now(i64::from(u32::MAX)), 10), work(1, 0));
        assert_eq!(shard.entries.order.len(), 0);
        assert!(names.iter().all(|name| shard.is_revoked(*name, now(i64::from(u32::MAX)))));
    }

    /// One name in four billion shares a place with a given other; here all do.
    #[test]
    fn entries_that_share_a_place_are_kept_apart() {
        let mut shard = Shard::default();
        let names: Vec<_> = names(4).iter().map(|name| name.at_place(7)).collect();
        for (name, seconds) in names.iter().zip([1000, 2000, 3000, 4000]) {
            shard.revoke(*name, end(seconds));
        }
        // The first becomes the last to go.
        shard.revoke(names[0], end(5000));
        let mut left = Vec::new();
        for moment in [1000, 2000, 3000, 4000, 5000] {
            while shard.purge_expired(now(moment), 1).steps > 0 {}
            left.push(names.iter().filter(|name| shard.is_revoked(**name, now(0))).count());
            assert!(moment == 5000 || shard.is_revoked(names[0], now(moment)));
        }
        assert_eq!(left, [4, 3, 2, 1, 0]);
        assert_eq!(shard.entries.order.len(), 0);
    }

    #[test]
    fn table_and_hints_shrink_with_what_is_left() {
        let mut shard = Shard::default();
        for (number, name) in (1..).zip(names(10_000)) {
            shard.revoke(name, end(number));
        }
        assert_eq!(shard.places(), 16_384);
        for moment in 1..=10_000 {
            shard.purge_expired(now(moment), 10);
            let (left, places) = (shard.entries.len, shard.places());
            assert!(places <= 8 || left * 8 >= places * 3, "{left} entries in {places} places");
            assert!(shard.entries.order.capacity() <= 16 + left * 2, "room for too many hints of {left}");
        }
        assert_eq!((shard.entries.len, shard.places()), (0, 8));
    }

    /// Removed entries leave traces in a hash table, which must not make it grow.
    #[test]
    fn a_table_does_not_grow_when_entries_come_as_fast_as_they_go() {
        let mut shard = Shard::default();
        for (number, name) in (1..).zip(names(50_000)) {
            shard.revoke(name, end(number + 1000));
            shard.purge_expired(now(number as i64), 10);
        }
        assert_eq!(shard.entries.len, 1000);
        assert!(shard.places() <= 2048, "{}", shard.places());
    }

    /// Across all sizes of the table, up and down.
    #[test]
    fn a_reader_finds_what_stays_while_the_table_is_rebuilt_beside_it() {
        let (mut entries, published, names) = (Entries::default(), Published::default(), names(3000));
        let (stay, pass) = names.split_at(10);
        for name in stay {
            entries.revoke(&published, *name, End::NEVER);
        }
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                // Until it has met a thousand tables.
                let (mut tables, mut before) = (0, 0);
                while tables < 1000 {
                    assert!(stay.iter().all(|name| is_revoked(&published, *name, now(0))));
                    let places = published.load().places();
                    tables += usize::from(places != before);
                    before = places;
                }
            });
            while !reader.is_finished() {
                for name in pass {
                    entries.revoke(&published, *name, end(1000));
                }
                while entries.purge_expired(&published, now(1000), 50).removed > 0 {}
            }
            reader.join().unwrap();
        });
        assert_eq!(entries.counts().total(), 10);
    }
}
