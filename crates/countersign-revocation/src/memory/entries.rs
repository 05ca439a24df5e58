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
