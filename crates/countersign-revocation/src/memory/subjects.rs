//! One part of the subjects: their generations and cutoffs, and a queue of them in the order of their end.
//!
//! There are orders of magnitude fewer of them than entries, so nothing is squeezed here.

use std::collections::BTreeSet;

use hashbrown::HashTable;
use time::OffsetDateTime;

use super::entries::Work;
use super::fingerprint::Fingerprint;
use crate::{Until, Vintage, next_generation};

#[derive(Default)]
pub(super) struct Subjects {
    table: HashTable<Subject>,
    /// Every subject whose entry has an end, by that end.
    queue: BTreeSet<(Until, Fingerprint)>,
    /// The highest generation that was ever purged from this part. A subject always falls into the same one,
    /// so this keeps its generation from falling back.
    floor: u64,
}

struct Subject {
    fingerprint: Fingerprint,
    generation: u64,
    cutoff: i64,
    until: Until,
}

/// A place as hashbrown takes it, which looks at the lowest bits and at the uppermost seven.
fn spread(place: u32) -> u64 {
    u64::from(place) | u64::from(place) << 32
}

impl Subject {
    fn hash(&self) -> u64 {
        spread(self.fingerprint.place())
    }
}

impl Subjects {
    pub(super) fn revoke(
        &mut self,
        fingerprint: Fingerprint,
        until: Until,
        now: OffsetDateTime,
        cutoff: i64,
    ) -> u64 {
        let previous = self.get(fingerprint).map_or(self.floor, |subject| subject.generation);
        let generation = next_generation(previous, now);
        self.raise(fingerprint, until, generation, cutoff);
        generation
    }

    /// Raises a subject's end, generation and cutoff at least to these.
    pub(super) fn raise(&mut self, fingerprint: Fingerprint, until: Until, generation: u64, cutoff: i64) {
        let new = Subject { fingerprint, generation, cutoff, until };
        let is_it = |subject: &Subject| subject.fingerprint == fingerprint;
        let mut entry = self.table.entry(new.hash(), is_it, Subject::hash).or_insert(new);
        let subject = entry.get_mut();
        subject.generation = generation.max(subject.generation);
        subject.cutoff = cutoff.max(subject.cutoff);
        let before = subject.until;
        subject.until = until.max(before);
        if subject.until != before {
            self.queue.remove(&(before, fingerprint));
        }
        if subject.until != Until::FOREVER {
            self.queue.insert((subject.until, fingerprint));
        }
    }

    fn get(&self, fingerprint: Fingerprint) -> Option<&Subject> {
        self.table.find(spread(fingerprint.place()), |subject| subject.fingerprint == fingerprint)
    }

    pub(super) fn is_dead(&self, fingerprint: Fingerprint, vintage: Vintage, now: OffsetDateTime) -> bool {
        self.get(fingerprint).is_some_and(|subject| {
            !subject.until.is_past(now) && vintage.is_dead(subject.generation, subject.cutoff)
        })
    }

    pub(super) fn generation(&self, fingerprint: Fingerprint) -> u64 {
        self.get(fingerprint).map_or(0, |subject| subject.generation)
    }

    /// Whether there is something to purge.
    pub(super) fn has_past(&self, now: OffsetDateTime) -> bool {
        self.queue.first().is_some_and(|(until, _)| until.is_past(now))
    }

    /// Removes at most `limit` subjects that `now` is past.
    pub(super) fn purge_expired(&mut self, now: OffsetDateTime, limit: usize) -> Work {
        let mut removed = 0_usize;
        while removed < limit {
            let Some(&(until, fingerprint)) = self.queue.first() else { break };
            if !until.is_past(now) {
                break;
            }
            self.queue.pop_first();
            let hash = spread(fingerprint.place());
            if let Ok(found) = self.table.find_entry(hash, |subject| subject.fingerprint == fingerprint) {
                let (subject, _) = found.remove();
                self.floor = self.floor.max(subject.generation);
            }
            removed = removed.saturating_add(1);
        }
        if self.table.len() < self.table.capacity() / 4 {
            self.table.shrink_to(self.table.len().saturating_mul(2), Subject::hash);
        }
        Work { steps: removed, removed }
    }

    pub(super) fn fingerprints(&self) -> impl Iterator<Item = Fingerprint> {
        self.table.iter().map(|subject| subject.fingerprint)
    }

    pub(super) fn count(&self) -> u64 {
        self.table.len() as u64
    }
}
