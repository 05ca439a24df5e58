//! One shard: the entries, and a queue of them in the order of their end.
//!
//! The queue makes the cost of a purge follow what has expired, not what is kept.

use std::collections::{BTreeSet, HashMap};

use time::OffsetDateTime;

use super::fingerprint::Fingerprint;
use crate::{Counts, Scope, Until, Vintage, next_generation};

#[derive(Default)]
pub(super) struct Shard {
    entries: HashMap<Fingerprint, (Until, Scope)>,
    subjects: HashMap<Fingerprint, Subject>,
    /// Every key of both maps that has an end, by that end.
    queue: BTreeSet<(Until, Fingerprint)>,
    /// The highest generation that was ever purged from this shard. A subject always falls into the same
    /// shard, so this keeps its generation from falling back.
    floor: u64,
}

struct Subject {
    generation: u64,
    cutoff: i64,
    until: Until,
}

impl Shard {
    pub(super) fn revoke(&mut self, fingerprint: Fingerprint, scope: Scope, until: Until) {
        let entry = self.entries.entry(fingerprint).or_insert((until, scope));
        let before = entry.0;
        entry.0 = until.max(before);
        let after = entry.0;
        self.requeue(fingerprint, before, after);
    }

    pub(super) fn revoke_subject(
        &mut self,
        fingerprint: Fingerprint,
        until: Until,
        now: OffsetDateTime,
        cutoff: i64,
    ) -> u64 {
        let new = Subject { generation: self.floor, cutoff, until };
        let subject = self.subjects.entry(fingerprint).or_insert(new);
        subject.generation = next_generation(subject.generation, now);
        subject.cutoff = cutoff.max(subject.cutoff);
        let before = subject.until;
        subject.until = until.max(before);
        let (generation, after) = (subject.generation, subject.until);
        self.requeue(fingerprint, before, after);
        generation
    }

    /// Raises a subject to what another store has recorded of it.
    pub(super) fn raise_subject(
        &mut self,
        fingerprint: Fingerprint,
        until: Until,
        generation: u64,
        cutoff: i64,
    ) {
        let subject = self.subjects.entry(fingerprint).or_insert(Subject { generation, cutoff, until });
        subject.generation = generation.max(subject.generation);
        subject.cutoff = cutoff.max(subject.cutoff);
        let before = subject.until;
        subject.until = until.max(before);
        let after = subject.until;
        self.requeue(fingerprint, before, after);
    }

    fn requeue(&mut self, fingerprint: Fingerprint, before: Until, after: Until) {
        if before != after {
            self.queue.remove(&(before, fingerprint));
        }
        if after != Until::FOREVER {
            self.queue.insert((after, fingerprint));
        }
    }

    pub(super) fn is_revoked(&self, fingerprint: Fingerprint, now: OffsetDateTime) -> bool {
        self.entries.get(&fingerprint).is_some_and(|(until, _)| !until.is_past(now))
    }

    pub(super) fn is_subject_dead(
        &self,
        fingerprint: Fingerprint,
        vintage: Vintage,
        now: OffsetDateTime,
    ) -> bool {
        self.subjects.get(&fingerprint).is_some_and(|subject| {
            !subject.until.is_past(now) && vintage.is_dead(subject.generation, subject.cutoff)
        })
    }

    pub(super) fn generation(&self, fingerprint: Fingerprint) -> u64 {
        self.subjects.get(&fingerprint).map_or(0, |subject| subject.generation)
    }

    /// Removes at most `limit` entries that `now` is past; returns how many.
    pub(super) fn purge_expired(&mut self, now: OffsetDateTime, limit: usize) -> usize {
        let mut removed = 0_usize;
        while removed < limit {
            let Some(&(until, fingerprint)) = self.queue.first() else { break };
            if !until.is_past(now) {
                break;
            }
            self.queue.pop_first();
            self.entries.remove(&fingerprint);
            if let Some(subject) = self.subjects.remove(&fingerprint) {
                self.floor = self.floor.max(subject.generation);
            }
            removed = removed.saturating_add(1);
        }
        removed
    }

    pub(super) fn add_to(&self, counts: &mut Counts) {
        for (_, scope) in self.entries.values() {
            let count = match scope {
                Scope::Key => &mut counts.keys,
                Scope::Subject => &mut counts.subjects,
                Scope::Session => &mut counts.sessions,
                Scope::Token => &mut counts.tokens,
            };
            *count = count.saturating_add(1);
        }
        counts.subjects = counts.subjects.saturating_add(self.subjects.len() as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::super::fingerprint::Fingerprinter;
    use super::*;

    /// The suite cannot see it: its names are spread over the shards.
    #[test]
    fn a_purge_is_bounded_within_one_shard() {
        let (mut shard, fingerprinter) = (Shard::default(), Fingerprinter::default());
        for number in 0..25 {
            let fingerprint = fingerprinter.of("issuer", number, b"name");
            shard.revoke(fingerprint, Scope::Token, Until::from_unix_seconds(1000));
        }
        let now = OffsetDateTime::from_unix_timestamp(1000).unwrap();
        assert_eq!([10; 4].map(|limit| shard.purge_expired(now, limit)), [10, 10, 5, 0]);
    }
}
