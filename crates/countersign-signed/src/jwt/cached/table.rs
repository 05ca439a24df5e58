//! What was verified, by the digest of its end: shards, and in each of them two generations.
//!
//! A digest leads to one entry, and the entry has the front for which it was made; for any other there is nothing.
//! Where two fronts had one end, the later one would take the place.
//!
//! New entries go to the young generation. When that is full, it becomes the old one, and what was old is dropped
//! as a whole; an old entry that is found is young again. So no order of use is kept, a hit writes nothing as a
//! rule, and what is dropped has not been asked for while half of the room was filled anew.
//!
//! A shard is of one set of keys. Whoever comes with another finds nothing in it, and an entry under another set
//! empties it first. Nothing here knows what time it is.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, PoisonError, RwLock};

use crate::jwt::registered::Times;
use crate::keys::KeySet;

/// The most shards: enough that a few dozen threads seldom meet at one lock.
const MAX_SHARDS: usize = 64;

/// The least that a shard should hold, so that small caches are not made of tiny ones.
const SHARD_ENTRIES: usize = 64;

/// The most entries in all, several GB of them.
const MAX_ENTRIES: usize = 1 << 24;

/// What is known of a token.
pub(super) struct Entry<T> {
    pub(super) front: Box<[u8]>,
    pub(super) known: Known<T>,
}

/// What a hit gives.
pub(super) struct Known<T> {
    pub(super) times: Times,
    pub(super) value: Arc<T>,
}

pub(super) struct Table<T> {
    /// A power of two of them.
    shards: Box<[RwLock<Shard<T>>]>,
    /// The most entries of one generation of one shard.
    generation: usize,
}

struct Shard<T> {
    /// The set under which all of the entries were verified; kept, so that no other set can be in its place.
    keys: Option<KeySet>,
    young: Map<T>,
    old: Map<T>,
}

/// Keyed by digests, which need no more hashing: whoever wants many that begin alike must have as many tokens
/// signed as it takes to find them.
type Map<T> = HashMap<[u8; 32], Entry<T>, BuildHasherDefault<Prefix>>;

impl<T> Table<T> {
    pub(super) fn new(entries: usize) -> Self {
        let entries = entries.clamp(2, MAX_ENTRIES);
        let wanted = (entries / SHARD_ENTRIES).clamp(1, MAX_SHARDS);
        // The power of two at or below it, so that the bound on the entries holds.
        let shards = 1_usize << wanted.ilog2();
        let generation = entries / shards / 2;
        Self { shards: (0..shards).map(|_| RwLock::new(Shard::default())).collect(), generation }
    }

    /// What is known of the token of this front and of an end with this digest, under these very keys.
    pub(super) fn find(&self, digest: &[u8; 32], front: &[u8], keys: &KeySet) -> Option<Known<T>> {
        let lock = self.shard(digest)?;
        {
            let shard = lock.read().unwrap_or_else(PoisonError::into_inner);
            if !shard.is_of(keys) {
                return None;
            }
            if let Some(entry) = shard.young.get(digest) {
                return entry.known_of(front);
            }
            shard.old.get(digest)?.known_of(front)?;
        }
        let mut shard = lock.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have moved it, or begun another set.
        if !shard.is_of(keys) {
            return None;
        }
        let Some(entry) = shard.old.remove(digest) else {
            return shard.young.get(digest)?.known_of(front);
        };
        let known = entry.known_of(front);
        let dropped = shard.insert(*digest, entry, self.generation);
        drop(shard);
        drop(dropped);
        known
    }

    /// Adds an entry that was made under these keys.
    pub(super) fn insert(&self, digest: [u8; 32], keys: &KeySet, entry: Entry<T>) {
        let Some(lock) = self.shard(&digest) else { return };
        let mut shard = lock.write().unwrap_or_else(PoisonError::into_inner);
        let emptied = (!shard.is_of(keys)).then(|| std::mem::replace(&mut *shard, Shard::of(keys.clone())));
        let dropped = shard.insert(digest, entry, self.generation);
        // What is dropped is dropped after the others have been let in.
        drop(shard);
        drop((emptied, dropped));
    }

    pub(super) fn len(&self) -> usize {
        let shards = self.shards.iter().map(|shard| shard.read().unwrap_or_else(PoisonError::into_inner));
        shards.map(|shard| shard.young.len().saturating_add(shard.old.len())).sum()
    }

    /// By the digest's last byte; its first ones choose within the shard.
    fn shard(&self, digest: &[u8; 32]) -> Option<&RwLock<Shard<T>>> {
        let [.., last] = digest;
        self.shards.get(usize::from(*last) & self.shards.len().saturating_sub(1))
    }
}

impl<T> Shard<T> {
    fn of(keys: KeySet) -> Self {
        Self { keys: Some(keys), ..Self::default() }
    }

    fn is_of(&self, keys: &KeySet) -> bool {
        self.keys.as_ref().is_some_and(|own| own.is_the_same(keys))
    }

    /// Adds a young entry, and gives what had to go for it.
    fn insert(&mut self, digest: [u8; 32], entry: Entry<T>, generation: usize) -> Option<Map<T>> {
        let is_full = self.young.len() >= generation && !self.young.contains_key(&digest);
        let dropped = is_full.then(|| {
            let young = std::mem::take(&mut self.young);
            std::mem::replace(&mut self.old, young)
        });
        // Two threads may have verified the same token, one of them while the entry of the other grew old.
        self.old.remove(&digest);
        self.young.insert(digest, entry);
        dropped
    }
}

impl<T> Default for Shard<T> {
    fn default() -> Self {
        Self { keys: None, young: Map::default(), old: Map::default() }
    }
}

impl<T> Entry<T> {
    /// What is known, if it is of this front to the letter.
    fn known_of(&self, front: &[u8]) -> Option<Known<T>> {
        if *self.front != *front {
            return None;
        }
        let Known { times, value } = &self.known;
        Some(Known { times: *times, value: Arc::clone(value) })
    }
}

/// Takes a digest's first eight bytes for its hash.
#[derive(Default)]
struct Prefix(u64);

impl Hasher for Prefix {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*first);
        }
    }

    /// The length, which is the same for all.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
#[cfg(feature = "hmac")]
mod tests {
    use super::*;
    use crate::VerifyingKey;

    fn keys() -> KeySet {
        KeySet::new([VerifyingKey::hs256(&[1; 32]).unwrap()]).unwrap()
    }

    fn digest(number: usize) -> [u8; 32] {
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&number.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
        digest[24..].copy_from_slice(&number.to_be_bytes());
        digest
    }

    const FRONT: &[u8] = b"a.b";

    fn entry(value: usize) -> Entry<usize> {
        let known = Known { times: Times::default(), value: Arc::new(value) };
        Entry { front: FRONT.into(), known }
    }

    fn value(table: &Table<usize>, number: usize, keys: &KeySet) -> Option<usize> {
        table.find(&digest(number), FRONT, keys).map(|known| *known.value)
    }

    #[test]
    fn an_entry_is_found_by_its_whole_digest_and_front_and_under_its_own_set_alone() {
        let (table, mine, equal) = (Table::new(1000), keys(), keys());
        table.insert(digest(7), &mine, entry(7));
        assert_eq!(value(&table, 7, &mine), Some(7));
        assert_eq!(value(&table, 7, &mine.clone()), Some(7));
        assert_eq!(value(&table, 7, &equal), None);
        for byte in 0..32 {
            let mut other = digest(7);
            other[byte] ^= 0x80;
            assert!(table.find(&other, FRONT, &mine).is_none(), "byte {byte}");
        }
        for other in ["", "a", "a.", "a.c", "A.b", "a.b.", "a.b.c"] {
            assert!(table.find(&digest(7), other.as_bytes(), &mine).is_none(), "{other}");
        }
    }

    /// The old generation is looked at by another way.
    #[test]
    fn an_old_entry_is_not_found_by_another_front_either() {
        let (table, keys) = (Table::new(2), keys());
        table.insert(digest(1), &keys, entry(1));
        table.insert(digest(2), &keys, entry(2));
        assert!(table.find(&digest(1), b"a.c", &keys).is_none());
        assert_eq!(value(&table, 1, &keys), Some(1));
    }

    #[test]
    fn an_entry_under_another_set_empties_the_shard() {
        let (table, former, next) = (Table::new(2), keys(), keys());
        table.insert(digest(1), &former, entry(1));
        table.insert(digest(2), &next, entry(2));
        assert_eq!((value(&table, 1, &former), value(&table, 2, &next)), (None, Some(2)));
        assert_eq!(table.len(), 1);
    }

    #[test]
    fn no_more_entries_are_kept_than_there_is_room_for() {
        let keys = keys();
        for entries in [0, 1, 2, 3, 63, 64, 127, 128, 1000, 4096, 5000] {
            let table = Table::new(entries);
            for number in 0..20_000 {
                table.insert(digest(number), &keys, entry(number));
            }
            let (len, bound) = (table.len(), entries.max(2));
            assert!(len <= bound, "{len} of {entries}");
            assert!(len >= bound / 4, "{len} of {entries}");
        }
    }

    #[test]
    fn what_is_asked_for_stays_and_the_rest_goes() {
        let (table, keys) = (Table::new(100), keys());
        table.insert(digest(0), &keys, entry(0));
        table.insert(digest(1), &keys, entry(1));
        for number in 2..1000 {
            table.insert(digest(number), &keys, entry(number));
            assert_eq!(value(&table, 0, &keys), Some(0), "after {number}");
        }
        assert_eq!(value(&table, 1, &keys), None);
    }

    #[test]
    fn threads_that_add_and_find_meet_nothing_but_their_own() {
        let (table, keys) = (Table::new(500), keys());
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let (table, keys) = (&table, &keys);
                scope.spawn(move || {
                    for number in 0..5000 {
                        let number = (number * (thread + 1)) % 700;
                        if value(table, number, keys).is_none_or(|found| found != number) {
                            assert_eq!(value(table, number, keys).unwrap_or(number), number);
                            table.insert(digest(number), keys, entry(number));
                        }
                    }
                });
            }
        });
        assert!(table.len() <= 500);
    }
}
