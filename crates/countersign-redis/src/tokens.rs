//! [`TokenStore`] on Redis, and the records of tokens. Those of sessions are in the module beside it.
//!
//! A token's record is a hash: `j` the [`TokenRecord`] as it was made, `k` and `o` its kind and owner for scripts, `d`
//! its digest, `u` its last use and `e` the end that it was brought forward to in milliseconds, `n` the mark of its pointer. A look-up is two round trips: from the
//! digests to ids, and from these to records, which must have one of the digests.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use countersign_random::{KeyedDigest, LookupDigest};
use countersign_token_store::{
    Error, Found, FoundSession, Kind, Lookup, Purged, Rotation, RotationOutcome, SessionRecord,
    StoredSession, StoredToken, TokenRecord, TokenStore,
};
use redis::{Value, from_redis_value};
use time::OffsetDateTime;

use crate::error::Failure;
use crate::layout::Layout;
use crate::link::Scan;
use crate::pointer::{End, LINGER, Mark, Proof, milliseconds};
use crate::script::{CREATE, Call, EXPIRE, REDIGEST, REMOVE, USE};
use crate::store::Shared;

/// How many records are read at once.
const BATCH: usize = 100;

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

/// A digest as records have it: the id of its key in four bytes, and its own 32.
pub(crate) fn written(digest: &KeyedDigest) -> Vec<u8> {
    let mut bytes = digest.key_id.to_be_bytes().to_vec();
    bytes.extend_from_slice(digest.digest.as_bytes());
    bytes
}

pub(crate) fn read(bytes: &[u8]) -> Result<KeyedDigest, Failure> {
    let (key_id, digest) = bytes.split_first_chunk().ok_or(Failure::Corrupt)?;
    let digest = digest.try_into().map_err(|_| Failure::Corrupt)?;
    Ok(KeyedDigest { key_id: u32::from_be_bytes(*key_id), digest: LookupDigest::from_bytes(digest) })
}

fn is_same(one: &KeyedDigest, other: &KeyedDigest) -> bool {
    one.key_id == other.key_id && one.digest.matches(&other.digest)
}

/// A number in a field.
pub(crate) fn number<T: std::str::FromStr>(field: &[u8]) -> Result<T, Failure> {
    std::str::from_utf8(field).ok().and_then(|text| text.parse().ok()).ok_or(Failure::Corrupt)
}

/// A moment in a field.
pub(crate) fn moment(field: &[u8]) -> Result<OffsetDateTime, Failure> {
    let nanoseconds = i128::from(number::<i64>(field)?).saturating_mul(1_000_000);
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).map_err(|_| Failure::Corrupt)
}

/// The record that a digest's pointer leads to must have the digest.
fn proof(digest: &KeyedDigest) -> Proof {
    let record = |layout: &Layout, id: &[u8]| std::str::from_utf8(id).ok().map(|id| layout.token(id));
    Proof { record, field: "d", expected: written(digest) }
}

impl Shared {
    async fn insert(&self, token: &StoredToken) -> Result<(), Failure> {
        let (record, digest) = (&token.record, &token.digest);
        let (id, end, mark) = (record.id.as_bytes(), End::new(record.expires_at), Mark::random()?);
        let index = self.layout.owner(record.kind, &record.owner);
        let pointer = self.layout.digest(digest);
        self.claim(&pointer, id, &mark, end, &proof(digest)).await?;
        self.add_to_index(index.clone(), id, end).await?;
        let mut call = Call::new(&CREATE, vec![self.layout.token(&record.id)])
            .arg(mark.bytes())
            .arg(end.argument())
            .number(self.options.margin_milliseconds())
            .arg("d")
            .arg("j")
            .arg(serde_json::to_vec(record)?)
            .arg("k")
            .arg(record.kind.as_str())
            .arg("o")
            .arg(record.owner.as_str())
            .arg("d")
            .arg(written(digest));
        if let Some(used) = record.last_used_at {
            call = call.arg("u").number(milliseconds(used));
        }
        if let Value::Array(there) = self.run(&call).await? {
            // Another's id. The pointer goes, unless that record has this very digest.
            let (there,): (Option<Vec<u8>>,) =
                from_redis_value(Value::Array(there)).map_err(|_| Failure::Corrupt)?;
            if there != Some(written(digest)) {
                self.release(pointer, &mark, Duration::ZERO).await?;
            }
            return Err(Failure::Duplicate);
        }
        // Whoever repaired the index meanwhile did not see the record.
        self.add_to_index(index, id, end).await
    }

    /// The records of these ids, in their order, `None` where there is none.
    async fn records(&self, ids: &[&str]) -> Result<Vec<Option<Found>>, Failure> {
        let keys = ids.iter().map(|id| self.layout.token(id)).collect();
        let fields = self.fields(keys, &["j", "d", "u", "e", "k"]).await?;
        fields.into_iter().map(record).collect()
    }

    async fn find(
        &self,
        kind: Kind,
        digests: &[KeyedDigest],
        now: OffsetDateTime,
    ) -> Result<Lookup, Failure> {
        let mut ids = self.follow(digests.iter().map(|digest| self.layout.digest(digest))).await?;
        ids.dedup();
        let ids: Vec<_> = ids.iter().filter_map(|id| std::str::from_utf8(id).ok()).collect();
        if ids.is_empty() {
            return Ok(Lookup::Unknown);
        }
        let found = self.records(&ids).await?.into_iter().flatten().find(|found| {
            found.record.kind == kind && digests.iter().any(|digest| is_same(digest, &found.digest))
        });
        Ok(match found {
            Some(found) if found.record.is_expired(now) => Lookup::Expired,
            Some(found) => Lookup::Found(found),
            None => Lookup::Unknown,
        })
    }

    /// An owner's tokens. Ids without a record are dropped from the index.
    async fn list(&self, kind: Kind, owner: &str) -> Result<Vec<TokenRecord>, Failure> {
        let index = self.layout.owner(kind, owner);
        let members = self.members(index.clone()).await?;
        let ids: Vec<_> = members.iter().filter_map(|id| std::str::from_utf8(id).ok()).collect();
        let (mut records, mut gone) = (Vec::new(), Vec::new());
        for ids in ids.chunks(BATCH) {
            for (id, found) in ids.iter().zip(self.records(ids).await?) {
                match found {
                    Some(found) if found.record.kind == kind && found.record.owner == owner => {
                        records.push(found.record);
                    }
                    Some(_) | None => gone.push(id.as_bytes()),
                }
            }
        }
        self.drop_from_index(index, &gone).await?;
        records.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        Ok(records)
    }

    async fn remove(&self, kind: Kind, owner: &str, id: &str) -> Result<bool, Failure> {
        let call = Call::new(&REMOVE, vec![self.layout.token(id)]).arg(kind.as_str()).arg(owner);
        let removed: Option<(Vec<u8>, Vec<u8>)> =
            from_redis_value(self.run(&call).await?).map_err(|_| Failure::Corrupt)?;
        let Some((digest, mark)) = removed else { return Ok(false) };
        self.release(self.layout.digest(&read(&digest)?), &Mark::of_record(mark), Duration::ZERO).await?;
        self.drop_from_index(self.layout.owner(kind, owner), &[id.as_bytes()]).await?;
        Ok(true)
    }

    async fn expire(&self, kind: Kind, owner: &str, id: &str, at: OffsetDateTime) -> Result<bool, Failure> {
        let call = Call::new(&EXPIRE, vec![self.layout.token(id)]).arg(kind.as_str()).arg(owner);
        let call = call.number(milliseconds(at)).number(self.options.margin_milliseconds());
        from_redis_value(self.run(&call).await?).map_err(|_| Failure::Corrupt)
    }

    async fn remove_by_owner(&self, kind: Kind, owner: &str) -> Result<u64, Failure> {
        let mut removed = 0_u64;
        for id in self.members(self.layout.owner(kind, owner)).await? {
            let Ok(id) = std::str::from_utf8(&id) else { continue };
            removed = removed.saturating_add(u64::from(self.remove(kind, owner, id).await?));
        }
        Ok(removed)
    }

    async fn record_use(&self, id: &str, now: OffsetDateTime) -> Result<(), Failure> {
        self.run(&Call::new(&USE, vec![self.layout.token(id)]).number(milliseconds(now))).await?;
        Ok(())
    }

    async fn redigest(&self, id: &str, from: &KeyedDigest, to: &KeyedDigest) -> Result<bool, Failure> {
        let Some(found) = self.records(&[id]).await?.pop().flatten() else { return Ok(false) };
        if !is_same(&found.digest, from) {
            return Ok(false);
        }
        let (mark, end) = (Mark::random()?, End::new(found.record.expires_at));
        let pointer = self.layout.digest(to);
        self.claim(&pointer, id.as_bytes(), &mark, end, &proof(to)).await?;
        let call = Call::new(&REDIGEST, vec![self.layout.token(id)]);
        let call = call.arg(written(from)).arg(written(to)).arg(mark.bytes());
        match self.run(&call).await? {
            Value::Array(there) => {
                // Somebody was quicker. The pointer goes, unless it was to this very digest.
                let there: Vec<Option<Vec<u8>>> =
                    from_redis_value(Value::Array(there)).map_err(|_| Failure::Corrupt)?;
                if there.into_iter().flatten().next() != Some(written(to)) {
                    self.release(pointer, &mark, Duration::ZERO).await?;
                }
                Ok(false)
            }
            before => {
                let before = from_redis_value(before).map_err(|_| Failure::Corrupt)?;
                self.release(self.layout.digest(from), &Mark::of_record(before), LINGER).await?;
                Ok(true)
            }
        }
    }

    /// Goes through all keys, tokens and sessions alike.
    async fn count_by_digest_key(&self) -> Result<BTreeMap<u32, u64>, Failure> {
        let mut counts = BTreeMap::new();
        // A scan may return a key twice.
        let mut seen = HashSet::new();
        // Of a token the digest; of a session the current one, and whether it was ended.
        for (what, fields) in [('t', ["d", "x"]), ('s', ["c", "x"])] {
            let mut scan = Scan::begin(&self.reads, self.layout.record_pattern(what)).await?;
            while let Some(mut keys) = scan.next().await? {
                keys.retain(|key| self.layout.is_record(key) && seen.insert(hashed(key)));
                if keys.is_empty() {
                    continue;
                }
                for fields in self.fields(keys, &fields).await? {
                    let [digest, ended] =
                        <[Option<Vec<u8>>; 2]>::try_from(fields).map_err(|_| Failure::Corrupt)?;
                    if let Some(digest) = digest
                        && ended.as_deref() != Some(b"1")
                    {
                        let count: &mut u64 = counts.entry(read(&digest)?.key_id).or_default();
                        *count = count.saturating_add(1);
                    }
                }
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

/// The record in its fields `j`, `d`, `u`, `e` and `k`.
fn record(fields: Vec<Option<Vec<u8>>>) -> Result<Option<Found>, Failure> {
    let [record, digest, used, end, kind] =
        <[Option<Vec<u8>>; 5]>::try_from(fields).map_err(|_| Failure::Corrupt)?;
    let (Some(record), Some(digest), Some(_)) = (&record, &digest, &kind) else {
        let is_empty = [&record, &digest, &used, &end, &kind].iter().all(|field| field.is_none());
        return if is_empty { Ok(None) } else { Err(Failure::Corrupt) };
    };
    let mut record: TokenRecord = serde_json::from_slice(record)?;
    record.last_used_at = used.as_deref().map(moment).transpose()?;
    let end = end.as_deref().map(moment).transpose()?;
    record.expires_at = record.expires_at.into_iter().chain(end).min();
    Ok(Some(Found { record, digest: read(digest)? }))
}

impl TokenStore for RedisTokenStore {
    async fn insert(&self, token: StoredToken) -> Result<(), Error> {
        Ok(self.shared.insert(&token).await?)
    }

    async fn find(&self, kind: Kind, digests: &[KeyedDigest], now: OffsetDateTime) -> Result<Lookup, Error> {
        Ok(self.shared.find(kind, digests, now).await?)
    }

    async fn list(&self, kind: Kind, owner: &str) -> Result<Vec<TokenRecord>, Error> {
        Ok(self.shared.list(kind, owner).await?)
    }

    async fn remove(&self, kind: Kind, owner: &str, id: &str) -> Result<bool, Error> {
        Ok(self.shared.remove(kind, owner, id).await?)
    }

    async fn expire(&self, kind: Kind, owner: &str, id: &str, at: OffsetDateTime) -> Result<bool, Error> {
        Ok(self.shared.expire(kind, owner, id, at).await?)
    }

    async fn remove_by_owner(&self, kind: Kind, owner: &str) -> Result<u64, Error> {
        Ok(self.shared.remove_by_owner(kind, owner).await?)
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
        Ok(self.shared.create_session(&session).await?)
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
