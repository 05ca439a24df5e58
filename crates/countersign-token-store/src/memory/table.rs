//! The records of one kind, and each operation as one step on them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use countersign_random::KeyedDigest;
use time::OffsetDateTime;

use crate::{Error, Record, Version, Versioned};

/// A digest as a key of a map: the digest key's id and the 32 bytes.
type DigestIndex = HashMap<(u32, [u8; 32]), String>;

#[derive(Default)]
pub(super) struct Table {
    records: HashMap<String, Versioned>,
    by_digest: DigestIndex,
    by_owner: BTreeSet<(String, String)>,
    by_end: BTreeSet<(OffsetDateTime, String)>,
    /// How many records need each digest key.
    counts: BTreeMap<u32, u64>,
    last_version: u64,
}

fn index(digest: &KeyedDigest) -> (u32, [u8; 32]) {
    (digest.key_id, *digest.digest.as_bytes())
}

impl Table {
    pub(super) fn insert(&mut self, record: Record) -> Result<(), Error> {
        if self.records.contains_key(record.id()) || self.by_digest.contains_key(&index(&record.digest())) {
            return Err(Error::duplicate());
        }
        self.put(record);
        Ok(())
    }

    pub(super) fn find(&self, digests: &[KeyedDigest]) -> Option<Versioned> {
        let id = digests.iter().find_map(|digest| self.by_digest.get(&index(digest)))?;
        self.get(id)
    }

    pub(super) fn get(&self, id: &str) -> Option<Versioned> {
        self.records.get(id).cloned()
    }

    pub(super) fn replace(&mut self, version: Version, next: Record) -> Result<bool, Error> {
        if self.records.get(next.id()).is_none_or(|stored| stored.version != version) {
            return Ok(false);
        }
        if self.by_digest.get(&index(&next.digest())).is_some_and(|id| id != next.id()) {
            return Err(Error::duplicate());
        }
        self.take(next.id());
        self.put(next);
        Ok(true)
    }

    pub(super) fn list(&self, owner: &str) -> Vec<Versioned> {
        self.ids(owner).filter_map(|id| self.get(id)).collect()
    }

    pub(super) fn remove(&mut self, owner: &str, id: &str) -> bool {
        self.records.get(id).is_some_and(|stored| stored.record.owner() == owner) && self.take(id)
    }

    pub(super) fn remove_by_owner(&mut self, owner: &str) -> u64 {
        let ids: Vec<_> = self.ids(owner).cloned().collect();
        for id in &ids {
            self.take(id);
        }
        ids.len() as u64
    }

    /// Removes at most `limit` records, those that ended first. Returns how many.
    pub(super) fn purge_expired(&mut self, now: OffsetDateTime, limit: usize) -> usize {
        let mut removed = 0_usize;
        while removed < limit
            && let Some((_, id)) = self.by_end.first().filter(|(end, _)| now >= *end).cloned()
        {
            self.take(&id);
            removed = removed.saturating_add(1);
        }
        removed
    }

    pub(super) fn counts(&self) -> &BTreeMap<u32, u64> {
        &self.counts
    }

    fn ids(&self, owner: &str) -> impl Iterator<Item = &String> {
        let start = (owner.to_owned(), String::new());
        self.by_owner.range(start..).take_while(move |(of, _)| of == owner).map(|(_, id)| id)
    }

    /// Adds a record that is in no index.
    fn put(&mut self, record: Record) {
        let id = record.id().to_owned();
        self.last_version = self.last_version.saturating_add(1);
        self.by_digest.insert(index(&record.digest()), id.clone());
        self.by_owner.insert((record.owner().to_owned(), id.clone()));
        if let Some(end) = record.ends_at() {
            self.by_end.insert((end, id.clone()));
        }
        if let Some(key_id) = record.digest_key() {
            let count = self.counts.entry(key_id).or_default();
            *count = count.saturating_add(1);
        }
        self.records.insert(id, Versioned { record, version: Version(self.last_version) });
    }

    /// Removes a record from all indexes. Returns whether there was one.
    fn take(&mut self, id: &str) -> bool {
        let Some(Versioned { record, .. }) = self.records.remove(id) else { return false };
        self.by_digest.remove(&index(&record.digest()));
        self.by_owner.remove(&(record.owner().to_owned(), id.to_owned()));
        if let Some(end) = record.ends_at() {
            self.by_end.remove(&(end, id.to_owned()));
        }
        if let Some(key_id) = record.digest_key()
            && let Some(count) = self.counts.get_mut(&key_id)
        {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.counts.remove(&key_id);
            }
        }
        true
    }
}
