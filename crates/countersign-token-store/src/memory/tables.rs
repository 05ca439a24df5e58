//! The maps, and each operation as one step on them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use countersign_random::{KeyedDigest, LookupDigest};
use time::OffsetDateTime;

use crate::{
    Error, FoundSession, FoundToken, Kind, Purged, Rotation, RotationOutcome, SessionRecord, StoredSession,
    StoredToken, TokenLookup, TokenRecord,
};

/// A digest as a key of a map: the digest key's id and the 32 bytes.
type DigestIndex = HashMap<(u32, [u8; 32]), String>;

#[derive(Default)]
pub(super) struct Tables {
    tokens: HashMap<String, StoredToken>,
    tokens_by_digest: DigestIndex,
    tokens_by_owner: BTreeSet<(Kind, String, String)>,
    tokens_by_end: BTreeSet<(OffsetDateTime, String)>,
    sessions: HashMap<String, StoredSession>,
    sessions_by_locator: HashMap<[u8; 32], String>,
    sessions_by_subject: BTreeSet<(String, String)>,
    sessions_by_end: BTreeSet<(OffsetDateTime, String)>,
}

fn index(digest: &KeyedDigest) -> (u32, [u8; 32]) {
    (digest.key_id, *digest.digest.as_bytes())
}

impl Tables {
    pub(super) fn insert(&mut self, token: StoredToken) -> Result<(), Error> {
        let record = &token.record;
        if self.tokens.contains_key(&record.id) || self.tokens_by_digest.contains_key(&index(&token.digest)) {
            return Err(Error::duplicate());
        }
        let id = record.id.clone();
        self.tokens_by_digest.insert(index(&token.digest), id.clone());
        self.tokens_by_owner.insert((record.kind, record.owner.clone(), id.clone()));
        if let Some(end) = record.expires_at {
            self.tokens_by_end.insert((end, id.clone()));
        }
        self.tokens.insert(id, token);
        Ok(())
    }

    pub(super) fn find(&self, kind: Kind, digests: &[KeyedDigest], now: OffsetDateTime) -> TokenLookup {
        let found = digests.iter().find_map(|digest| self.tokens_by_digest.get(&index(digest)));
        match found.and_then(|id| self.tokens.get(id)) {
            Some(token) if token.record.kind != kind => TokenLookup::Unknown,
            Some(token) if token.record.is_expired(now) => TokenLookup::Expired,
            Some(token) => {
                TokenLookup::Found(FoundToken { record: token.record.clone(), digest: token.digest })
            }
            None => TokenLookup::Unknown,
        }
    }

    fn ids_of_owner(&self, kind: Kind, owner: &str) -> Vec<String> {
        let start = (kind, owner.to_owned(), String::new());
        let ids = self.tokens_by_owner.range(start..);
        let ids = ids.take_while(|(of_kind, of_owner, _)| *of_kind == kind && of_owner == owner);
        ids.map(|(_, _, id)| id.clone()).collect()
    }

    pub(super) fn list(&self, kind: Kind, owner: &str) -> Vec<TokenRecord> {
        let ids = self.ids_of_owner(kind, owner);
        let mut records: Vec<_> =
            ids.iter().filter_map(|id| self.tokens.get(id)).map(|token| token.record.clone()).collect();
        records.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        records
    }

    pub(super) fn remove(&mut self, kind: Kind, owner: &str, id: &str) -> bool {
        let is_theirs =
            self.tokens.get(id).is_some_and(|token| token.record.kind == kind && token.record.owner == owner);
        is_theirs && self.drop_token(id)
    }

    pub(super) fn expire(&mut self, kind: Kind, owner: &str, id: &str, at: OffsetDateTime) -> bool {
        let Some(token) = self.tokens.get_mut(id) else { return false };
        if token.record.kind != kind || token.record.owner != owner {
            return false;
        }
        let end = &mut token.record.expires_at;
        if let Some(end) = *end {
            self.tokens_by_end.remove(&(end, id.to_owned()));
        }
        let earlier = end.map_or(at, |end| end.min(at));
        *end = Some(earlier);
        self.tokens_by_end.insert((earlier, id.to_owned()));
        true
    }

    pub(super) fn remove_by_owner(&mut self, kind: Kind, owner: &str) -> u64 {
        let ids = self.ids_of_owner(kind, owner);
        for id in &ids {
            self.drop_token(id);
        }
        ids.len() as u64
    }

    fn drop_token(&mut self, id: &str) -> bool {
        let Some(token) = self.tokens.remove(id) else { return false };
        self.tokens_by_digest.remove(&index(&token.digest));
        self.tokens_by_owner.remove(&(token.record.kind, token.record.owner, id.to_owned()));
        if let Some(end) = token.record.expires_at {
            self.tokens_by_end.remove(&(end, id.to_owned()));
        }
        true
    }

    pub(super) fn record_use(&mut self, id: &str, now: OffsetDateTime) {
        if let Some(token) = self.tokens.get_mut(id) {
            let last = &mut token.record.last_used_at;
            *last = Some(last.map_or(now, |last| last.max(now)));
        }
    }

    pub(super) fn redigest(&mut self, id: &str, from: KeyedDigest, to: KeyedDigest) -> Result<bool, Error> {
        let Some(token) = self.tokens.get_mut(id) else { return Ok(false) };
        if index(&token.digest) != index(&from) {
            return Ok(false);
        }
        if self.tokens_by_digest.contains_key(&index(&to)) {
            return Err(Error::duplicate());
        }
        token.digest = to;
        self.tokens_by_digest.remove(&index(&from));
        self.tokens_by_digest.insert(index(&to), id.to_owned());
        Ok(true)
    }

    pub(super) fn count_by_digest_key(&self) -> BTreeMap<u32, u64> {
        let mut counts = BTreeMap::new();
        let tokens = self.tokens.values().map(|token| token.digest.key_id);
        let live = self.sessions.values().filter(|session| !session.ended);
        for key_id in tokens.chain(live.map(|session| session.current.key_id)) {
            let count: &mut u64 = counts.entry(key_id).or_default();
            *count = count.saturating_add(1);
        }
        counts
    }

    pub(super) fn create_session(&mut self, session: StoredSession) -> Result<(), Error> {
        let id = session.record.id.clone();
        if self.sessions.contains_key(&id)
            || self.sessions_by_locator.contains_key(session.locator.as_bytes())
        {
            return Err(Error::duplicate());
        }
        self.sessions_by_locator.insert(*session.locator.as_bytes(), id.clone());
        self.sessions_by_subject.insert((session.record.subject.clone(), id.clone()));
        self.sessions_by_end.insert((session.record.ends_at(), id.clone()));
        self.sessions.insert(id, session);
        Ok(())
    }

    pub(super) fn find_session(&self, locator: &LookupDigest) -> Option<FoundSession> {
        let session = self.sessions.get(self.sessions_by_locator.get(locator.as_bytes())?)?;
        Some(FoundSession { record: session.record.clone(), ended: session.ended })
    }

    pub(super) fn rotate(&mut self, rotation: &Rotation<'_>) -> Result<RotationOutcome, Error> {
        let Some(id) = self.sessions_by_locator.get(rotation.locator.as_bytes()).cloned() else {
            return Ok(RotationOutcome::Unknown);
        };
        let Some(session) = self.sessions.get_mut(&id) else {
            let cause = "a locator without its session";
            return Err(Error::corrupt(cause).with_cause(cause));
        };
        let end = session.record.ends_at();
        // In place: there is nothing to write back.
        let outcome = session.rotate(rotation).outcome;
        if matches!(outcome, RotationOutcome::Rotated(_)) {
            self.sessions_by_end.remove(&(end, id.clone()));
            self.sessions_by_end.insert((session.record.ends_at(), id));
        }
        Ok(outcome)
    }

    pub(super) fn session(&self, id: &str, now: OffsetDateTime) -> Option<SessionRecord> {
        let session = self.sessions.get(id)?;
        (!session.ended && now < session.record.ends_at()).then(|| session.record.clone())
    }

    pub(super) fn end_session(&mut self, id: &str) -> bool {
        self.sessions.get_mut(id).is_some_and(|session| !std::mem::replace(&mut session.ended, true))
    }

    pub(super) fn end_sessions(&mut self, subject: &str) -> u64 {
        let ids: Vec<_> = self
            .sessions_by_subject
            .range((subject.to_owned(), String::new())..)
            .take_while(|(of_subject, _)| of_subject == subject)
            .map(|(_, id)| id.clone())
            .collect();
        ids.iter().filter(|id| self.end_session(id)).count() as u64
    }

    pub(super) fn purge_expired(&mut self, now: OffsetDateTime, limit: usize) -> Purged {
        let mut removed = 0_usize;
        while removed < limit {
            let due = |first: Option<&(OffsetDateTime, String)>| {
                first.filter(|(end, _)| now >= *end).map(|(_, id)| id.clone())
            };
            if let Some(id) = due(self.tokens_by_end.first()) {
                self.drop_token(&id);
            } else if let Some(id) = due(self.sessions_by_end.first()) {
                self.drop_session(&id);
            } else {
                break;
            }
            removed = removed.saturating_add(1);
        }
        Purged { removed, more: removed >= limit }
    }

    fn drop_session(&mut self, id: &str) {
        if let Some(session) = self.sessions.remove(id) {
            self.sessions_by_locator.remove(session.locator.as_bytes());
            self.sessions_by_end.remove(&(session.record.ends_at(), id.to_owned()));
            self.sessions_by_subject.remove(&(session.record.subject, id.to_owned()));
        }
    }
}
