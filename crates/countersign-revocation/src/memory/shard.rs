//! One shard: a table of entries by fingerprint, and their ends in order, so that a purge looks at nothing but what
//! has expired.

use std::collections::BTreeSet;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry as Place;

use super::end::End;
use super::fingerprint::Fingerprint;

/// What an entry holds beside its end.
pub(super) trait Value: Default {
    /// Raises `self` to whatever of `other` is higher.
    fn raise(&mut self, other: &Self);
}

/// Revoked tokens, sessions and keys: the entry itself is all there is to know.
impl Value for () {
    fn raise(&mut self, (): &Self) {}
}

pub(super) struct Shard<V> {
    table: HashTable<Entry<V>>,
    /// Every entry that has an end.
    order: BTreeSet<(End, Fingerprint)>,
    /// The highest values that a purge ever removed from this shard. A name always falls into the same shard, so
    /// a new entry that starts from them never falls back behind its predecessor.
    purged: V,
}

struct Entry<V> {
    fingerprint: Fingerprint,
    end: End,
    value: V,
}

fn hash<V>(entry: &Entry<V>) -> u64 {
    entry.fingerprint.hash()
}

impl<V: Value> Default for Shard<V> {
    fn default() -> Self {
        Self { table: HashTable::new(), order: BTreeSet::new(), purged: V::default() }
    }
}

impl<V: Value> Shard<V> {
    /// The entry's value, if it exists and `now` is not past its end.
    #[inline]
    pub(super) fn live(&self, fingerprint: Fingerprint, now: End) -> Option<&V> {
        self.find(fingerprint).filter(|entry| !entry.end.is_past(now)).map(|entry| &entry.value)
    }

    /// The entry's value, past its end or not.
    pub(super) fn value(&self, fingerprint: Fingerprint) -> Option<&V> {
        self.find(fingerprint).map(|entry| &entry.value)
    }

    #[inline]
    fn find(&self, fingerprint: Fingerprint) -> Option<&Entry<V>> {
        self.table.find(fingerprint.hash(), |entry| entry.fingerprint == fingerprint)
    }

    /// Adds the entry if there is none, lengthens it to `end`, and changes its value. Returns what `change` returns,
    /// and whether the entry is new.
    pub(super) fn upsert<T>(
        &mut self,
        fingerprint: Fingerprint,
        end: End,
        change: impl FnOnce(&mut V) -> T,
    ) -> (T, bool) {
        let is_it = |entry: &Entry<V>| entry.fingerprint == fingerprint;
        let (mut found, before) = match self.table.entry(fingerprint.hash(), is_it, hash) {
            Place::Occupied(found) => {
                let before = found.get().end;
                (found, Some(before))
            }
            Place::Vacant(place) => {
                let mut value = V::default();
                value.raise(&self.purged);
                (place.insert(Entry { fingerprint, end, value }), None)
            }
        };
        let entry = found.get_mut();
        entry.end = entry.end.max(end);
        let output = change(&mut entry.value);
        if before != Some(entry.end) {
            if let Some(before) = before {
                self.order.remove(&(before, fingerprint));
            }
            if entry.end != End::NEVER {
                self.order.insert((entry.end, fingerprint));
            }
        }
        (output, before.is_none())
    }

    /// Whether an entry here is past its end.
    pub(super) fn has_past(&self, now: End) -> bool {
        self.order.first().is_some_and(|(end, _)| end.is_past(now))
    }

    /// Removes at most `limit` entries that `now` is past, the earliest first, and returns how many.
    pub(super) fn purge_expired(&mut self, now: End, limit: usize) -> usize {
        let mut removed = 0_usize;
        while removed < limit && self.has_past(now) {
            let Some((_, fingerprint)) = self.order.pop_first() else { break };
            if let Ok(found) =
                self.table.find_entry(fingerprint.hash(), |entry| entry.fingerprint == fingerprint)
            {
                let (entry, _) = found.remove();
                self.purged.raise(&entry.value);
            }
            removed = removed.saturating_add(1);
        }
        // A table is full at 7/8. Below 3/8, half of it has room for what is left and a sixth more, so the next
        // entries do not grow it again.
        if removed > 0 && self.table.len() < (self.table.num_buckets() / 8).saturating_mul(3) {
            self.table.shrink_to(self.table.len(), hash);
        }
        removed
    }
}

#[cfg(test)]
mod tests;
