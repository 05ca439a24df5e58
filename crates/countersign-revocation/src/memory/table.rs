//! A hash table that is read while it is written, without a lock: the entries of one shard.
//!
//! It has one writer at a time, whom a lock outside sees to, and any number of readers, who wait for nothing: not
//! for the writer, and not for one that the system has put to sleep half-way. It never grows; its successor is
//! built apart and put in its place by [`entries`](super::entries).
//!
//! ```text
//! tags    one byte for each place, eight to a word: empty, deleted, or one of 254 that the entry there has
//! slots   five words for each place: four of the fingerprint, one of the end
//! ```
//!
//! An entry lies in the first group of eight places, from the one on that its hash names, that had room for it.
//! A look-up goes the same way, up to a group with an empty place, and mostly reads one word of tags.
//!
//! What makes it right without a lock:
//!
//! - An entry never moves, and a group with entries beyond it has no empty place: none becomes empty again unless
//!   its group has another. So a reader finds every entry that is there all the while.
//! - A slot is written before its tag, which is stored with `Release` and loaded with `Acquire`. So a reader that
//!   begins after a writer has returned sees the whole entry.
//! - A reader may find parts of two entries in a slot, one of which has just been purged and the other has taken its
//!   place. Then it is asked for neither (as likely as two names with one fingerprint), or for the one that
//!   comes or goes at that moment, and either answer is right.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::end::End;
use super::fingerprint::Fingerprint;

/// The places of a group: the bytes of a word.
pub(super) const GROUP: usize = 8;

const LOW_BITS: u64 = 0x0101_0101_0101_0101;
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

const EMPTY: u8 = 0;
/// Nothing is here, and look-ups go on behind it.
const DELETED: u8 = 1;
/// How many tags are left for entries. The more, the seldomer a look-up is led to an entry that is another.
const TAGS: u32 = 254;

#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) fingerprint: Fingerprint,
    pub(super) end: End,
}

/// The number of places is that of the groups, a power of two or none, times [`GROUP`].
#[derive(Default)]
pub(super) struct Table {
    tags: Box<[AtomicU64]>,
    slots: Box<[Slot]>,
}

#[derive(Default)]
struct Slot([AtomicU32; 5]);

/// Where an entry was found.
pub(super) struct Spot {
    group: usize,
    byte: u32,
    pub(super) entry: Entry,
}

impl Table {
    /// An empty table of so many places, a power of two and at least [`GROUP`].
    pub(super) fn with_places(places: usize) -> Self {
        let tags = (0..places / GROUP).map(|_| AtomicU64::new(0)).collect();
        Self { tags, slots: (0..places).map(|_| Slot::default()).collect() }
    }

    pub(super) fn places(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is an entry of this fingerprint that `now` is not past.
    #[inline]
    pub(super) fn is_revoked(&self, fingerprint: Fingerprint, now: End) -> bool {
        self.end_of(fingerprint).is_some_and(|end| !end.is_past(now))
    }

    #[inline]
    fn end_of(&self, fingerprint: Fingerprint) -> Option<End> {
        self.find(fingerprint).map(Slot::end)
    }

    /// Moves the end of the entry of this fingerprint to `end`, if that is later. Whether there is one.
    pub(super) fn lengthen(&self, fingerprint: Fingerprint, end: End) -> bool {
        let Some(slot) = self.find(fingerprint) else { return false };
        slot.set_end(end.max(slot.end()));
        true
    }

    #[inline]
    fn find(&self, fingerprint: Fingerprint) -> Option<&Slot> {
        let tag = tag(fingerprint.place());
        for (group, tags) in self.groups(fingerprint.place()) {
            for byte in bytes(equal(tags, tag)) {
                if let Some(slot) = self.slot(group, byte)
                    && slot.has(fingerprint)
                {
                    return Some(slot);
                }
            }
            if has_empty(tags) {
                break;
            }
        }
        None
    }

    /// The entries at `place`. For the writer.
    pub(super) fn at(&self, place: u32) -> impl Iterator<Item = Spot> {
        let mut is_over = false;
        let groups = self.groups(place).take_while(move |&(_, tags)| {
            // The first group with an empty place is the last that counts.
            !std::mem::replace(&mut is_over, has_empty(tags))
        });
        groups.flat_map(move |(group, tags)| {
            let spots = bytes(equal(tags, tag(place))).filter_map(move |byte| self.spot(group, byte));
            spots.filter(move |spot| spot.entry.fingerprint.place() == place)
        })
    }

    /// Puts in an entry that is not there. Whether it took a place that was empty before. For the writer, who
    /// sees to it that an eighth of the places stay empty.
    pub(super) fn insert(&self, entry: Entry) -> bool {
        let place = entry.fingerprint.place();
        for (group, tags) in self.groups(place) {
            let Some(byte) = first_free(tags) else { continue };
            if let Some(slot) = self.slot(group, byte) {
                slot.set(entry);
                self.set_tag(group, byte, tag(place));
                return has_empty(tags);
            }
        }
        false
    }

    /// Takes out an entry. Whether its place is empty again. For the writer.
    pub(super) fn remove(&self, spot: &Spot) -> bool {
        let is_empty = self.tags.get(spot.group).is_some_and(|tags| has_empty(tags.load(Ordering::Relaxed)));
        self.set_tag(spot.group, spot.byte, if is_empty { EMPTY } else { DELETED });
        is_empty
    }

    /// All entries. For the writer.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry> {
        self.tags.iter().zip(self.slots.chunks(GROUP)).flat_map(|(tags, slots)| {
            let tags = tags.load(Ordering::Relaxed).to_le_bytes();
            tags.into_iter().zip(slots).filter(|(tag, _)| *tag > DELETED).map(|(_, slot)| slot.entry())
        })
    }

    /// All groups, with their tags, in the order in which `place` asks them.
    #[inline]
    fn groups(&self, place: u32) -> impl Iterator<Item = (usize, u64)> {
        let mask = self.tags.len().wrapping_sub(1);
        let first = place as usize;
        (0..self.tags.len()).map_while(move |step| {
            let group = first.wrapping_add(step) & mask;
            Some((group, self.tags.get(group)?.load(Ordering::Acquire)))
        })
    }

    #[inline]
    fn slot(&self, group: usize, byte: u32) -> Option<&Slot> {
        self.slots.get(group.wrapping_mul(GROUP).wrapping_add(byte as usize))
    }

    fn spot(&self, group: usize, byte: u32) -> Option<Spot> {
        Some(Spot { group, byte, entry: self.slot(group, byte)?.entry() })
    }

    fn set_tag(&self, group: usize, byte: u32, tag: u8) {
        if let Some(tags) = self.tags.get(group) {
            let shift = byte.wrapping_mul(8);
            let others = tags.load(Ordering::Relaxed) & !0xff_u64.wrapping_shl(shift);
            tags.store(others | u64::from(tag).wrapping_shl(shift), Ordering::Release);
        }
    }
}

impl Slot {
    #[inline]
    fn has(&self, fingerprint: Fingerprint) -> bool {
        let Self([words @ .., _]) = self;
        words.iter().zip(fingerprint.words()).all(|(word, asked)| word.load(Ordering::Relaxed) == asked)
    }

    #[inline]
    fn end(&self) -> End {
        let Self([.., end]) = self;
        End::from_word(end.load(Ordering::Relaxed))
    }

    fn set_end(&self, new: End) {
        let Self([.., end]) = self;
        end.store(new.word(), Ordering::Relaxed);
    }

    fn entry(&self) -> Entry {
        let Self([words @ .., _]) = self;
        let fingerprint = Fingerprint::from_words(words.each_ref().map(|word| word.load(Ordering::Relaxed)));
        Entry { fingerprint, end: self.end() }
    }

    fn set(&self, entry: Entry) {
        let Self([words @ .., _]) = self;
        for (word, new) in words.iter().zip(entry.fingerprint.words()) {
            word.store(new, Ordering::Relaxed);
        }
        self.set_end(entry.end);
    }
}

/// The tag of an entry, from the upper half of its place, where the lowest bits choose its group.
#[inline]
fn tag(place: u32) -> u8 {
    let [.., tag] = ((place >> 16).wrapping_mul(TAGS) >> 16).to_be_bytes();
    DELETED.wrapping_add(1).wrapping_add(tag)
}

/// The first byte of `tags` that is empty or deleted.
fn first_free(tags: u64) -> Option<u32> {
    bytes(zeros(tags & !LOW_BITS)).next()
}

/// Marks the bytes of `tags` that are `tag`, and perhaps some above one that is.
#[inline]
fn equal(tags: u64, tag: u8) -> u64 {
    zeros(tags ^ LOW_BITS.wrapping_mul(u64::from(tag)))
}

#[inline]
fn has_empty(tags: u64) -> bool {
    zeros(tags) != 0
}

/// Marks the lowest byte of `word` that is zero and perhaps some above it, and nothing if there is none.
#[inline]
fn zeros(word: u64) -> u64 {
    word.wrapping_sub(LOW_BITS) & !word & HIGH_BITS
}

/// The numbers of the bytes that are marked, the lowest first.
#[inline]
fn bytes(mut marks: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let byte = (marks != 0).then(|| marks.trailing_zeros() / 8);
        marks &= marks.wrapping_sub(1);
        byte
    })
}

#[cfg(test)]
mod tests;
