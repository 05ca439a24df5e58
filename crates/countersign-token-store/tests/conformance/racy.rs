//! A store whose single calls are right, but whose steps read first and write later: what no engine may do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use countersign_random::KeyedDigest;
use countersign_token_store::{
    Error, MemoryTokenStore, Purged, Record, RecordKind, TokenStore, Version, Versioned,
};
use time::OffsetDateTime;

/// The laws that its races can break, and need not break each time.
pub(crate) const MAY_BREAK: &[&str] = &[
    "of_concurrent_rotations_one_wins_and_the_others_get_its_salt",
    "without_grace_of_concurrent_rotations_one_wins_and_the_session_ends",
    "no_rotation_wins_once_its_session_was_ended",
    "a_session_is_ended_once",
    "of_concurrent_redigests_one_wins",
    "of_concurrent_replacements_one_wins",
    "tokens_inserted_beside_lists_are_listed_and_removed",
    "tokens_inserted_beside_a_removal_are_listed_or_gone",
    "a_successor_is_removed_with_its_predecessor",
    "sessions_created_beside_an_end_are_live_or_ended",
];

/// Records are in a correct store, beside an index of owners that each list repairs.
#[derive(Default)]
pub(crate) struct GetThenSet {
    records: MemoryTokenStore,
    owners: Mutex<BTreeMap<(RecordKind, String), BTreeSet<String>>>,
}

impl GetThenSet {
    fn indexed(&self, kind: RecordKind, owner: &str) -> BTreeSet<String> {
        self.owners.lock().unwrap().get(&(kind, owner.to_owned())).cloned().unwrap_or_default()
    }
}

impl TokenStore for GetThenSet {
    async fn insert(&self, record: Record) -> Result<(), Error> {
        let (kind, owner) = (record.kind(), record.owner().to_owned());
        self.owners.lock().unwrap().entry((kind, owner)).or_default().insert(record.id().to_owned());
        std::thread::sleep(Duration::from_micros(200));
        self.records.insert(record).await
    }

    async fn find(&self, kind: RecordKind, digests: &[KeyedDigest]) -> Result<Option<Versioned>, Error> {
        self.records.find(kind, digests).await
    }

    async fn get(&self, kind: RecordKind, id: &str) -> Result<Option<Versioned>, Error> {
        self.records.get(kind, id).await
    }

    /// Compares, lets others come, and sets whatever is there by then.
    async fn replace(&self, version: Version, next: Record) -> Result<bool, Error> {
        let stored = self.records.get(next.kind(), next.id()).await?;
        if stored.is_none_or(|stored| stored.version != version) {
            return Ok(false);
        }
        std::thread::sleep(Duration::from_micros(200));
        loop {
            let Some(stored) = self.records.get(next.kind(), next.id()).await? else { return Ok(false) };
            if self.records.replace(stored.version, next.clone()).await? {
                return Ok(true);
            }
        }
    }

    async fn list(&self, kind: RecordKind, owner: &str) -> Result<Vec<Versioned>, Error> {
        let indexed = self.indexed(kind, owner);
        let mut listed = self.records.list(kind, owner).await?;
        listed.retain(|stored| indexed.contains(stored.record.id()));
        if let Some(ids) = self.owners.lock().unwrap().get_mut(&(kind, owner.to_owned())) {
            ids.retain(|id| !indexed.contains(id) || listed.iter().any(|stored| stored.record.id() == id));
        }
        Ok(listed)
    }

    async fn remove(&self, kind: RecordKind, owner: &str, id: &str) -> Result<bool, Error> {
        self.records.remove(kind, owner, id).await
    }

    async fn remove_by_owner(&self, kind: RecordKind, owner: &str) -> Result<u64, Error> {
        let mut removed = 0;
        // The oldest last, so that its successors come while the others are removed.
        for id in self.indexed(kind, owner).into_iter().rev() {
            std::thread::sleep(Duration::from_micros(20));
            removed += u64::from(self.records.remove(kind, owner, &id).await?);
        }
        Ok(removed)
    }

    async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        self.records.purge_expired(now, limit).await
    }

    async fn count_by_digest_key(&self) -> Result<BTreeMap<u32, u64>, Error> {
        self.records.count_by_digest_key().await
    }
}
