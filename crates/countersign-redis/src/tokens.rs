//! [`TokenStore`] on Redis: tokens here, sessions in the module beside it.
//!
//! A token's family is its kind. A look-up is two round trips: from the digests to places, and from these to records,
//! which must be of the kind and have one of the digests.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use countersign_random::{KeyedDigest, LookupDigest};
use countersign_token_store::{
    Error, FoundSession, FoundToken, Kind, Purged, Rotation, RotationOutcome, SessionRecord, StoredSession,
    StoredToken, TokenLookup, TokenRecord, TokenStore,
};
use time::OffsetDateTime;

use crate::error::Failure;
use crate::layout::Layout;
use crate::link::Scan;
use crate::place::{Group, Place};
use crate::pointer::{LINGER, Mark};
use crate::records::Record;
use crate::sessions::SESSION;
use crate::store::Shared;

/// Tokens and sessions, in a [`RedisStore`](crate::RedisStore).
#[derive(Clone)]
pub struct RedisTokenStore {
    shared: Arc<Shared>,
}

impl RedisTokenStore {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }
}

impl Record for StoredToken {
    fn place(&self) -> Place {
        Place::new(self.record.kind.as_str(), &self.record.owner, &self.record.id)
    }

    fn end(&self) -> Option<OffsetDateTime> {
        self.record.expires_at
    }

    fn pointers(&self, layout: &Layout) -> [Vec<u8>; 2] {
        [layout.token_id(&self.record.id), layout.digest(&self.digest)]
    }
}

fn is_same(one: &KeyedDigest, other: &KeyedDigest) -> bool {
    one.key_id == other.key_id && one.digest.matches(&other.digest)
}

impl Shared {
    async fn find(
        &self,
        kind: Kind,
        digests: &[KeyedDigest],
        now: OffsetDateTime,
    ) -> Result<TokenLookup, Failure> {
        let mut places = self.follow(digests.iter().map(|digest| self.layout.digest(digest))).await?;
        places.retain(|place| place.group.family == kind.as_str());
        places.dedup();
        if places.is_empty() {
            return Ok(TokenLookup::Unknown);
        }
        let tokens = self.records::<StoredToken>(&places).await?;
        let mut tokens = tokens.into_iter().flatten().map(|held| held.record);
        let found = tokens.find(|token| {
            token.record.kind == kind && digests.iter().any(|digest| is_same(digest, &token.digest))
        });
        Ok(match found {
            Some(found) if found.record.is_expired(now) => TokenLookup::Expired,
            Some(found) => TokenLookup::Found(FoundToken { record: found.record, digest: found.digest }),
            None => TokenLookup::Unknown,
        })
    }

    async fn list(&self, kind: Kind, owner: &str) -> Result<Vec<TokenRecord>, Failure> {
        let tokens = self.all_records::<StoredToken>(&[Group::new(kind.as_str(), owner)]).await?;
        let mut records: Vec<_> = tokens.into_iter().map(|held| held.record.record).collect();
        records.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        Ok(records)
    }

    async fn expire(&self, kind: Kind, owner: &str, id: &str, at: OffsetDateTime) -> Result<bool, Failure> {
        let place = Place::new(kind.as_str(), owner, id);
        let expired = self.update::<StoredToken, _>(&place, |held| {
            let end = &mut held.record.record.expires_at;
            let is_sooner = end.is_none_or(|end| at < end);
            if is_sooner {
                *end = Some(at);
            }
            let pointers = held.record.pointers(&self.layout).into_iter().zip(held.marks.clone());
            (is_sooner.then(|| pointers.collect::<Vec<_>>()), is_sooner)
        });
        let Some(pointers) = expired.await? else { return Ok(false) };
        for (key, mark) in pointers.into_iter().flatten() {
            // A pointer that stays longer than its record leads nowhere.
            let _ = self.release(key, &mark, Some(at), self.options.margin).await;
        }
        Ok(true)
    }

    /// The place of a token by its id alone. `None` if the pointer was lost, too: what is done by this is no end.
    async fn token_place(&self, id: &str) -> Result<Option<Place>, Failure> {
        Ok(self.follow([self.layout.token_id(id)]).await?.pop())
    }

    async fn record_use(&self, id: &str, now: OffsetDateTime) -> Result<(), Failure> {
        let Some(place) = self.token_place(id).await? else { return Ok(()) };
        let used = self.update::<StoredToken, _>(&place, |held| {
            let last = &mut held.record.record.last_used_at;
            let is_later = last.is_none_or(|last| last < now);
            if is_later {
                *last = Some(now);
            }
            ((), is_later)
        });
        used.await.map(drop)
    }

    async fn redigest(&self, id: &str, from: &KeyedDigest, to: &KeyedDigest) -> Result<bool, Failure> {
        let Some(place) = self.token_place(id).await? else { return Ok(false) };
        let Some(held) = self.record::<StoredToken>(&place).await? else { return Ok(false) };
        if !is_same(&held.record.digest, from) {
            return Ok(false);
        }
        let (mark, pointer) = (Mark::random()?, self.layout.digest(to));
        self.claim::<StoredToken>(&pointer, &place, &mark, held.record.end()).await?;
        let replaced = self.update::<StoredToken, _>(&place, |held| {
            if !is_same(&held.record.digest, from) {
                return (Err(held.record.digest), false);
            }
            held.record.digest = *to;
            let [_, by_digest] = &mut held.marks;
            (Ok(std::mem::replace(by_digest, mark.clone())), true)
        });
        match replaced.await? {
            Some(Ok(before)) => {
                // A look-up that has read both pointers before this one was set still follows it.
                let _ = self.release(self.layout.digest(from), &before, None, LINGER).await;
                Ok(true)
            }
            // Another caller was quicker, perhaps with this very digest.
            Some(Err(current)) if is_same(&current, to) => Ok(false),
            Some(Err(_)) | None => {
                let _ = self.release(pointer, &mark, None, std::time::Duration::ZERO).await;
                Ok(false)
            }
        }
    }

    /// Goes through all keys, tokens and sessions alike.
    async fn count_by_digest_key(&self) -> Result<BTreeMap<u32, u64>, Failure> {
        let mut counts = BTreeMap::new();
        // A scan may return a key twice.
        let mut seen = HashSet::new();
        let mut scan = Scan::begin(&self.reads, self.layout.records_pattern("*")).await?;
        while let Some(mut keys) = scan.next().await? {
            keys.retain(|key| seen.insert(hashed(key)));
            let groups = keys.iter().filter_map(|key| self.layout.group_of(key));
            let (sessions, tokens): (Vec<_>, Vec<_>) = groups.partition(|group| group.family == SESSION);
            let sessions = self.all_records::<StoredSession>(&sessions).await?.into_iter();
            let tokens = self.all_records::<StoredToken>(&tokens).await?.into_iter();
            let live = sessions.filter(|held| !held.record.ended).map(|held| held.record.current);
            for digest in live.chain(tokens.map(|held| held.record.digest)) {
                let count: &mut u64 = counts.entry(digest.key_id).or_default();
                *count = count.saturating_add(1);
            }
        }
        Ok(counts)
    }
}

/// A number for a key, which no other one is likely to have.
pub(crate) fn hashed(key: &[u8]) -> u64 {
    let mut hash = DefaultHasher::new();
    key.hash(&mut hash);
    hash.finish()
}

impl TokenStore for RedisTokenStore {
    async fn insert(&self, token: StoredToken) -> Result<(), Error> {
        Ok(self.shared.insert_record(token).await?)
    }

    async fn find(
        &self,
        kind: Kind,
        digests: &[KeyedDigest],
        now: OffsetDateTime,
    ) -> Result<TokenLookup, Error> {
        Ok(self.shared.find(kind, digests, now).await?)
    }

    async fn list(&self, kind: Kind, owner: &str) -> Result<Vec<TokenRecord>, Error> {
        Ok(self.shared.list(kind, owner).await?)
    }

    async fn remove(&self, kind: Kind, owner: &str, id: &str) -> Result<bool, Error> {
        let group = Group::new(kind.as_str(), owner);
        Ok(self.shared.take::<StoredToken>(&group, Some(id)).await? > 0)
    }

    async fn expire(&self, kind: Kind, owner: &str, id: &str, at: OffsetDateTime) -> Result<bool, Error> {
        Ok(self.shared.expire(kind, owner, id, at).await?)
    }

    async fn remove_by_owner(&self, kind: Kind, owner: &str) -> Result<u64, Error> {
        Ok(self.shared.take::<StoredToken>(&Group::new(kind.as_str(), owner), None).await?)
    }

    async fn record_use(&self, id: &str, now: OffsetDateTime) -> Result<(), Error> {
        Ok(self.shared.record_use(id, now).await?)
    }

    async fn redigest(&self, id: &str, from: KeyedDigest, to: KeyedDigest) -> Result<bool, Error> {
        Ok(self.shared.redigest(id, &from, &to).await?)
    }

    /// Goes through all keys of the server, those of others included: about a second for a million.
    async fn count_by_digest_key(&self) -> Result<BTreeMap<u32, u64>, Error> {
        Ok(self.shared.count_by_digest_key().await?)
    }

    async fn create_session(&self, session: StoredSession) -> Result<(), Error> {
        Ok(self.shared.insert_record(session).await?)
    }

    async fn find_session(&self, locator: &LookupDigest) -> Result<Option<FoundSession>, Error> {
        Ok(self.shared.find_session(locator).await?)
    }

    async fn rotate(&self, rotation: &Rotation<'_>) -> Result<RotationOutcome, Error> {
        Ok(self.shared.rotate(rotation).await?)
    }

    async fn session(&self, id: &str, now: OffsetDateTime) -> Result<Option<SessionRecord>, Error> {
        Ok(self.shared.live_session(id, now).await?)
    }

    async fn end_session(&self, id: &str) -> Result<bool, Error> {
        Ok(self.shared.end_session(id).await?)
    }

    async fn end_sessions(&self, subject: &str) -> Result<u64, Error> {
        Ok(self.shared.end_sessions(subject).await?)
    }

    /// Does nothing: the server removes expired records by itself.
    async fn purge_expired(&self, _: OffsetDateTime, _: usize) -> Result<Purged, Error> {
        Ok(Purged { removed: 0, more: false })
    }

    fn purges_itself(&self) -> bool {
        true
    }
}

impl fmt::Debug for RedisTokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedisTokenStore")
    }
}
