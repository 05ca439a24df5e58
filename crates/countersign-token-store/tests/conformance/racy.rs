//! A store whose single calls are right, but whose steps read first and write later: what no engine may do.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Mutex;
use std::time::Duration;

use countersign_random::{KeyedDigest, LookupDigest};
use countersign_token_store::{
    Decision, Error, FoundSession, Kind, MemoryTokenStore, Purged, Rotation, RotationOutcome, SessionRecord,
    StoredSession, StoredToken, TokenLookup, TokenRecord, TokenStore,
};
use time::OffsetDateTime;

/// The laws that its races can break, and need not break each time.
pub(crate) const MAY_BREAK: &[&str] = &[
    "of_concurrent_rotations_one_wins_and_the_others_get_its_salt",
    "without_grace_of_concurrent_rotations_one_wins_and_the_session_ends",
    "no_rotation_wins_once_its_session_was_ended",
    "a_session_is_ended_once",
    "tokens_inserted_beside_lists_are_listed_and_removed",
    "tokens_inserted_beside_a_removal_are_listed_or_gone",
    "a_successor_is_removed_with_its_predecessor",
    "sessions_created_beside_an_end_are_live_or_ended",
];

/// Tokens are in a correct store, beside an index of owners that each list repairs.
#[derive(Default)]
pub(crate) struct GetThenSet {
    tokens: MemoryTokenStore,
    owners: Mutex<BTreeMap<(Kind, String), BTreeSet<String>>>,
    sessions: Mutex<HashMap<[u8; 32], StoredSession>>,
    forgets_replays: bool,
}

impl GetThenSet {
    /// A store that keeps no record of replays within the grace period.
    pub(crate) fn forgetful() -> Self {
        Self { forgets_replays: true, ..Self::default() }
    }

    /// Reads one, lets others come, and writes it back if the step changed it.
    fn step<T>(&self, locator: [u8; 32], step: impl FnOnce(&mut StoredSession) -> (T, bool)) -> Option<T> {
        let mut session = self.sessions.lock().unwrap().get(&locator).cloned()?;
        std::thread::sleep(Duration::from_micros(200));
        let (output, changed) = step(&mut session);
        if changed {
            self.sessions.lock().unwrap().insert(locator, session);
        }
        Some(output)
    }

    fn indexed(&self, kind: Kind, owner: &str) -> BTreeSet<String> {
        self.owners.lock().unwrap().get(&(kind, owner.to_owned())).cloned().unwrap_or_default()
    }

    fn locators(&self, of: impl Fn(&StoredSession) -> bool) -> Vec<[u8; 32]> {
        let sessions = self.sessions.lock().unwrap();
        sessions.iter().filter(|(_, session)| of(session)).map(|(locator, _)| *locator).collect()
    }

    fn end(&self, of: impl Fn(&StoredSession) -> bool) -> u64 {
        let ended = self.locators(of).into_iter().filter(|locator| {
            let end = |session: &mut StoredSession| (!std::mem::replace(&mut session.ended, true), true);
            self.step(*locator, end).unwrap_or_default()
        });
        ended.count() as u64
    }
}

impl TokenStore for GetThenSet {
    async fn insert(&self, token: StoredToken) -> Result<(), Error> {
        let (kind, owner) = (token.record.kind, token.record.owner.clone());
        self.owners.lock().unwrap().entry((kind, owner)).or_default().insert(token.record.id.clone());
        std::thread::sleep(Duration::from_micros(200));
        self.tokens.insert(token).await
    }

    async fn find(
        &self,
        kind: Kind,
        digests: &[KeyedDigest],
        now: OffsetDateTime,
    ) -> Result<TokenLookup, Error> {
        self.tokens.find(kind, digests, now).await
    }

    async fn list(&self, kind: Kind, owner: &str) -> Result<Vec<TokenRecord>, Error> {
        let indexed = self.indexed(kind, owner);
        let mut listed = self.tokens.list(kind, owner).await?;
        listed.retain(|record| indexed.contains(&record.id));
        if let Some(ids) = self.owners.lock().unwrap().get_mut(&(kind, owner.to_owned())) {
            ids.retain(|id| !indexed.contains(id) || listed.iter().any(|record| record.id == *id));
        }
        Ok(listed)
    }

    async fn remove(&self, kind: Kind, owner: &str, id: &str) -> Result<bool, Error> {
        self.tokens.remove(kind, owner, id).await
    }

    async fn expire(&self, kind: Kind, owner: &str, id: &str, at: OffsetDateTime) -> Result<bool, Error> {
        self.tokens.expire(kind, owner, id, at).await
    }

    async fn remove_by_owner(&self, kind: Kind, owner: &str) -> Result<u64, Error> {
        let mut removed = 0;
        for id in self.indexed(kind, owner) {
            std::thread::sleep(Duration::from_micros(20));
            removed += u64::from(self.tokens.remove(kind, owner, &id).await?);
        }
        Ok(removed)
    }

    async fn record_use(&self, id: &str, now: OffsetDateTime) -> Result<(), Error> {
        self.tokens.record_use(id, now).await
    }

    async fn redigest(&self, id: &str, from: KeyedDigest, to: KeyedDigest) -> Result<bool, Error> {
        self.tokens.redigest(id, from, to).await
    }

    async fn count_by_digest_key(&self) -> Result<BTreeMap<u32, u64>, Error> {
        let mut counts = self.tokens.count_by_digest_key().await?;
        for session in self.sessions.lock().unwrap().values().filter(|session| !session.ended) {
            *counts.entry(session.current.key_id).or_default() += 1;
        }
        Ok(counts)
    }

    async fn create_session(&self, session: StoredSession) -> Result<(), Error> {
        let mut sessions = self.sessions.lock().unwrap();
        let is_taken = sessions.values().any(|other| other.record.id == session.record.id);
        if is_taken || sessions.contains_key(session.locator.as_bytes()) {
            return Err(Error::duplicate());
        }
        sessions.insert(*session.locator.as_bytes(), session);
        Ok(())
    }

    async fn rotate(&self, rotation: &Rotation<'_>) -> Result<RotationOutcome, Error> {
        let outcome = self.step(*rotation.locator.as_bytes(), |session| {
            let Decision { outcome, is_changed } = session.rotate(rotation);
            let is_forgotten = self.forgets_replays && matches!(outcome, RotationOutcome::WithinGrace { .. });
            (outcome, is_changed && !is_forgotten)
        });
        Ok(outcome.unwrap_or(RotationOutcome::Unknown))
    }

    async fn find_session(&self, locator: &LookupDigest) -> Result<Option<FoundSession>, Error> {
        let sessions = self.sessions.lock().unwrap();
        let found = sessions.get(locator.as_bytes());
        Ok(found.map(|session| FoundSession { record: session.record.clone(), ended: session.ended }))
    }

    async fn session(&self, id: &str, now: OffsetDateTime) -> Result<Option<SessionRecord>, Error> {
        let sessions = self.sessions.lock().unwrap();
        let mut live = sessions.values().filter(|session| !session.ended && now < session.record.ends_at());
        Ok(live.find(|session| session.record.id == id).map(|session| session.record.clone()))
    }

    async fn end_session(&self, id: &str) -> Result<bool, Error> {
        Ok(self.end(|session| session.record.id == id) > 0)
    }

    async fn end_sessions(&self, subject: &str) -> Result<u64, Error> {
        Ok(self.end(|session| session.record.subject == subject))
    }

    async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        let mut purged = self.tokens.purge_expired(now, limit).await?;
        let due = self.locators(|session| now >= session.record.ends_at());
        for locator in due.iter().take(limit - purged.removed) {
            self.sessions.lock().unwrap().remove(locator);
            purged.removed += 1;
        }
        Ok(Purged { more: purged.removed == limit, ..purged })
    }
}
