//! [`TokenStore`] on redb: random tokens here, sessions in [`sessions`](crate::sessions). Reads are
//! inline; all that writes goes to the writer's thread.

use std::collections::BTreeMap;
use std::fmt;
use std::future::ready;
use std::sync::Arc;

use countersign_random::{KeyedDigest, LookupDigest};
use countersign_token_store::{
    Error, FoundSession, FoundToken, Kind, Purged, Rotation, RotationOutcome, SessionRecord, StoredSession,
    StoredToken, TokenLookup, TokenRecord, TokenStore,
};
use futures_channel::oneshot;
use redb::{ReadableTable, WriteTransaction};
use time::OffsetDateTime;

use crate::error::Failure;
use crate::latest::Latest;
use crate::operation::Done;
use crate::rows::{due, milliseconds, read};
use crate::schema::{TOKENS, TOKENS_BY_DIGEST, TOKENS_BY_END, TOKENS_BY_OWNER};
use crate::sessions;
use crate::slices::{Budget, Slice};
use crate::writer::Writer;

/// How many rows a purge reads before it removes them and looks at the time.
const CHUNK: usize = 16;

/// Tokens and sessions, in a [`RedbStore`](crate::RedbStore).
#[derive(Clone)]
pub struct RedbTokenStore {
    latest: Arc<Latest>,
    writer: Arc<Writer>,
}

impl RedbTokenStore {
    pub(crate) fn new(latest: Arc<Latest>, writer: Arc<Writer>) -> Self {
        Self { latest, writer }
    }

    fn find_now(
        &self,
        kind: Kind,
        digests: &[KeyedDigest],
        now: OffsetDateTime,
    ) -> Result<TokenLookup, Failure> {
        self.latest.read(|snapshot| {
            for digest in digests {
                let index = (digest.key_id, digest.digest.as_bytes());
                let Some(id) = snapshot.tokens_by_digest.get(index)? else { continue };
                let token: StoredToken = read(&snapshot.tokens, id.value())?.ok_or(Failure::Corrupt)?;
                return Ok(if token.record.kind != kind {
                    TokenLookup::Unknown
                } else if token.record.is_expired(now) {
                    TokenLookup::Expired
                } else {
                    TokenLookup::Found(FoundToken { record: token.record, digest: token.digest })
                });
            }
            Ok(TokenLookup::Unknown)
        })
    }

    fn list_now(&self, kind: Kind, owner: &str) -> Result<Vec<TokenRecord>, Failure> {
        let mut records = self.latest.read(|snapshot| {
            let mut records = Vec::new();
            for id in ids_of_owner(&snapshot.transaction.open_table(TOKENS_BY_OWNER)?, kind, owner)? {
                let token: StoredToken = read(&snapshot.tokens, &id)?.ok_or(Failure::Corrupt)?;
                records.push(token.record);
            }
            Ok(records)
        })?;
        records.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        Ok(records)
    }
}

fn count_now(latest: &Latest) -> Result<BTreeMap<u32, u64>, Failure> {
    latest.read(|snapshot| {
        let mut counts = BTreeMap::new();
        for row in snapshot.tokens_by_digest.iter()? {
            let count: &mut u64 = counts.entry(row?.0.value().0).or_default();
            *count = count.saturating_add(1);
        }
        sessions::count(&snapshot.transaction, &mut counts)?;
        Ok(counts)
    })
}

impl fmt::Debug for RedbTokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedbTokenStore")
    }
}

fn ids_of_owner(
    table: &impl ReadableTable<(&'static str, &'static str, &'static str), ()>,
    kind: Kind,
    owner: &str,
) -> Result<Vec<String>, Failure> {
    let mut ids = Vec::new();
    for row in table.range::<(&str, &str, &str)>((kind.as_str(), owner, "")..)? {
        let key = row?.0;
        let (of_kind, of_owner, id) = key.value();
        if (of_kind, of_owner) != (kind.as_str(), owner) {
            break;
        }
        ids.push(id.to_owned());
    }
    Ok(ids)
}

/// The first id that the index has of an owner.
fn first_of_owner(
    transaction: &WriteTransaction,
    kind: Kind,
    owner: &str,
) -> Result<Option<String>, Failure> {
    let table = transaction.open_table(TOKENS_BY_OWNER)?;
    let Some(row) = table.range::<(&str, &str, &str)>((kind.as_str(), owner, "")..)?.next() else {
        return Ok(None);
    };
    let key = row?.0;
    let (of_kind, of_owner, id) = key.value();
    Ok(((of_kind, of_owner) == (kind.as_str(), owner)).then(|| id.to_owned()))
}

fn insert(transaction: &WriteTransaction, token: &StoredToken) -> Result<Done<()>, Failure> {
    let (record, digest) = (&token.record, &token.digest);
    let bytes = serde_json::to_vec(token)?;
    let mut tokens = transaction.open_table(TOKENS)?;
    let mut by_digest = transaction.open_table(TOKENS_BY_DIGEST)?;
    let index = (digest.key_id, digest.digest.as_bytes());
    if tokens.get(record.id.as_str())?.is_some() || by_digest.get(index)?.is_some() {
        return Err(Failure::Duplicate);
    }
    tokens.insert(record.id.as_str(), bytes.as_slice())?;
    by_digest.insert(index, record.id.as_str())?;
    let owner = (record.kind.as_str(), record.owner.as_str(), record.id.as_str());
    transaction.open_table(TOKENS_BY_OWNER)?.insert(owner, ())?;
    if let Some(end) = record.expires_at {
        transaction.open_table(TOKENS_BY_END)?.insert((milliseconds(end), record.id.as_str()), ())?;
    }
    Ok(Done::Changed(()))
}

/// Removes a token and its places in the indexes.
fn remove(transaction: &WriteTransaction, id: &str) -> Result<(), Failure> {
    let mut tokens = transaction.open_table(TOKENS)?;
    let token: Result<Option<StoredToken>, Failure> = read(&tokens, id);
    tokens.remove(id)?;
    let StoredToken { record, digest } = match token {
        Ok(Some(token)) => token,
        Ok(None) => return Ok(()),
        Err(Failure::Corrupt) => return sweep(transaction, id),
        Err(failure) => return Err(failure),
    };
    transaction.open_table(TOKENS_BY_DIGEST)?.remove((digest.key_id, digest.digest.as_bytes()))?;
    let owner = (record.kind.as_str(), record.owner.as_str(), id);
    transaction.open_table(TOKENS_BY_OWNER)?.remove(owner)?;
    if let Some(end) = record.expires_at {
        transaction.open_table(TOKENS_BY_END)?.remove((milliseconds(end), id))?;
    }
    Ok(())
}

/// Removes an id from all indexes, where no record says at which places it stands: it goes through them.
fn sweep(transaction: &WriteTransaction, id: &str) -> Result<(), Failure> {
    transaction.open_table(TOKENS_BY_DIGEST)?.retain(|_, of| of != id)?;
    transaction.open_table(TOKENS_BY_OWNER)?.retain(|(_, _, of), ()| of != id)?;
    transaction.open_table(TOKENS_BY_END)?.retain(|(_, of), ()| of != id)?;
    Ok(())
}

fn expire(
    transaction: &WriteTransaction,
    kind: Kind,
    owner: &str,
    id: &str,
    at: OffsetDateTime,
) -> Result<Done<bool>, Failure> {
    let mut tokens = transaction.open_table(TOKENS)?;
    let Some(mut token) = read::<StoredToken>(&tokens, id)? else { return Ok(Done::Unchanged(false)) };
    if token.record.kind != kind || token.record.owner != owner {
        return Ok(Done::Unchanged(false));
    }
    let mut by_end = transaction.open_table(TOKENS_BY_END)?;
    if let Some(end) = token.record.expires_at {
        by_end.remove((milliseconds(end), id))?;
    }
    let end = token.record.expires_at.map_or(at, |end| end.min(at));
    token.record.expires_at = Some(end);
    by_end.insert((milliseconds(end), id), ())?;
    tokens.insert(id, serde_json::to_vec(&token)?.as_slice())?;
    Ok(Done::Changed(true))
}

fn record_use(transaction: &WriteTransaction, id: &str, now: OffsetDateTime) -> Result<Done<()>, Failure> {
    let mut tokens = transaction.open_table(TOKENS)?;
    let Some(mut token) = read::<StoredToken>(&tokens, id)? else { return Ok(Done::Unchanged(())) };
    let last = &mut token.record.last_used_at;
    *last = Some(last.map_or(now, |last| last.max(now)));
    tokens.insert(id, serde_json::to_vec(&token)?.as_slice())?;
    Ok(Done::Changed(()))
}

fn redigest(
    transaction: &WriteTransaction,
    id: &str,
    from: KeyedDigest,
    to: KeyedDigest,
) -> Result<Done<bool>, Failure> {
    let mut tokens = transaction.open_table(TOKENS)?;
    let Some(mut token) = read::<StoredToken>(&tokens, id)? else { return Ok(Done::Unchanged(false)) };
    if token.digest.key_id != from.key_id || !token.digest.digest.matches(&from.digest) {
        return Ok(Done::Unchanged(false));
    }
    let mut by_digest = transaction.open_table(TOKENS_BY_DIGEST)?;
    if by_digest.get((to.key_id, to.digest.as_bytes()))?.is_some() {
        return Err(Failure::Duplicate);
    }
    token.digest = to;
    let bytes = serde_json::to_vec(&token)?;
    tokens.insert(id, bytes.as_slice())?;
    by_digest.remove((from.key_id, from.digest.as_bytes()))?;
    by_digest.insert((to.key_id, to.digest.as_bytes()), id)?;
    Ok(Done::Changed(true))
}

/// A slice of a removal, which has removed `removed` tokens so far.
fn remove_by_owner(
    transaction: &WriteTransaction,
    budget: &Budget,
    (kind, owner): (Kind, &str),
    removed: &mut u64,
) -> Result<Slice<u64>, Failure> {
    let before = *removed;
    // One by one, since the list of the rest would be read again by each slice.
    while let Some(id) = first_of_owner(transaction, kind, owner)? {
        remove(transaction, &id)?;
        transaction.open_table(TOKENS_BY_OWNER)?.remove((kind.as_str(), owner, id.as_str()))?;
        *removed = removed.saturating_add(1);
        if budget.is_spent() {
            return Ok(Slice { changed: true, result: None });
        }
    }
    Ok(Slice { changed: *removed > before, result: Some(*removed) })
}

/// A slice of a purge, which has removed `removed` tokens and sessions so far.
fn purge(
    transaction: &WriteTransaction,
    budget: &Budget,
    (now, limit): (OffsetDateTime, usize),
    removed: &mut usize,
) -> Result<Slice<Purged>, Failure> {
    let before = *removed;
    while *removed < limit {
        let number = limit.saturating_sub(*removed).min(CHUNK);
        let tokens = due(&transaction.open_table(TOKENS_BY_END)?, now, number)?;
        for (end, id) in &tokens {
            remove(transaction, id)?;
            transaction.open_table(TOKENS_BY_END)?.remove((*end, id.as_str()))?;
        }
        // Sessions once there are no more tokens.
        let done = if tokens.is_empty() { sessions::purge(transaction, now, number)? } else { tokens.len() };
        *removed = removed.saturating_add(done);
        if done == 0 {
            break;
        }
        if budget.is_spent() {
            return Ok(Slice { changed: true, result: None });
        }
    }
    let purged = Purged { removed: *removed, more: *removed >= limit };
    Ok(Slice { changed: *removed > before, result: Some(purged) })
}

impl TokenStore for RedbTokenStore {
    async fn insert(&self, token: StoredToken) -> Result<(), Error> {
        Ok(self.writer.write(move |transaction| insert(transaction, &token)).await?)
    }

    fn find(
        &self,
        kind: Kind,
        digests: &[KeyedDigest],
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<TokenLookup, Error>> + Send {
        ready(self.find_now(kind, digests, now).map_err(Error::from))
    }

    fn list(&self, kind: Kind, owner: &str) -> impl Future<Output = Result<Vec<TokenRecord>, Error>> + Send {
        ready(self.list_now(kind, owner).map_err(Error::from))
    }

    async fn remove(&self, kind: Kind, owner: &str, id: &str) -> Result<bool, Error> {
        let (owner, id) = (owner.to_owned(), id.to_owned());
        let step = move |transaction: &WriteTransaction| {
            let token: Option<StoredToken> = read(&transaction.open_table(TOKENS)?, &id)?;
            let is_theirs =
                token.is_some_and(|token| token.record.kind == kind && token.record.owner == owner);
            if is_theirs {
                remove(transaction, &id)?;
            }
            Ok(Done::if_changed(is_theirs, is_theirs))
        };
        Ok(self.writer.write(step).await?)
    }

    async fn expire(&self, kind: Kind, owner: &str, id: &str, at: OffsetDateTime) -> Result<bool, Error> {
        let (owner, id) = (owner.to_owned(), id.to_owned());
        Ok(self.writer.write(move |transaction| expire(transaction, kind, &owner, &id, at)).await?)
    }

    async fn remove_by_owner(&self, kind: Kind, owner: &str) -> Result<u64, Error> {
        let owner = owner.to_owned();
        let mut removed = 0;
        let step = move |transaction: &WriteTransaction, budget: &Budget| {
            remove_by_owner(transaction, budget, (kind, &owner), &mut removed)
        };
        Ok(self.writer.write_in_slices(step).await?)
    }

    async fn record_use(&self, id: &str, now: OffsetDateTime) -> Result<(), Error> {
        let id = id.to_owned();
        Ok(self.writer.write(move |transaction| record_use(transaction, &id, now)).await?)
    }

    async fn redigest(&self, id: &str, from: KeyedDigest, to: KeyedDigest) -> Result<bool, Error> {
        let id = id.to_owned();
        Ok(self.writer.write(move |transaction| redigest(transaction, &id, from, to)).await?)
    }

    async fn count_by_digest_key(&self) -> Result<BTreeMap<u32, u64>, Error> {
        // It reads every record, which takes seconds for a million. So it has its own thread, and blocks none that
        // serves requests.
        let latest = Arc::clone(&self.latest);
        let (reply, answer) = oneshot::channel();
        let counting = std::thread::Builder::new().name("countersign-redb-count".to_owned());
        let counting = counting.spawn(move || {
            // The caller may have gone.
            let _ = reply.send(count_now(&latest));
        });
        let no_thread = |error| Error::unavailable(error).with_cause("the system has no thread to count on");
        counting.map_err(no_thread)?;
        Ok(answer.await.unwrap_or(Err(Failure::Closed))?)
    }

    async fn create_session(&self, session: StoredSession) -> Result<(), Error> {
        Ok(self.writer.write(move |transaction| sessions::create(transaction, &session)).await?)
    }

    async fn rotate(&self, rotation: &Rotation<'_>) -> Result<RotationOutcome, Error> {
        let presented = rotation.presented.to_vec();
        let (locator, successor, now) = (rotation.locator, rotation.successor, rotation.now);
        let (grace, idle_lifetime) = (rotation.grace, rotation.idle_lifetime);
        let step = move |transaction: &WriteTransaction| {
            let rotation = Rotation { locator, presented: &presented, successor, now, grace, idle_lifetime };
            sessions::rotate(transaction, &rotation)
        };
        Ok(self.writer.write(step).await?)
    }

    fn find_session(
        &self,
        locator: &LookupDigest,
    ) -> impl Future<Output = Result<Option<FoundSession>, Error>> + Send {
        ready(
            self.latest.read(|snapshot| sessions::find(&snapshot.transaction, locator)).map_err(Error::from),
        )
    }

    fn session(
        &self,
        id: &str,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Option<SessionRecord>, Error>> + Send {
        ready(
            self.latest.read(|snapshot| sessions::live(&snapshot.transaction, id, now)).map_err(Error::from),
        )
    }

    async fn end_session(&self, id: &str) -> Result<bool, Error> {
        let id = id.to_owned();
        Ok(self.writer.write(move |transaction| sessions::end(transaction, &id)).await?)
    }

    async fn end_sessions(&self, subject: &str) -> Result<u64, Error> {
        let subject = subject.to_owned();
        let mut progress = sessions::Ended::default();
        let step = move |transaction: &WriteTransaction, budget: &Budget| {
            sessions::end_all(transaction, budget, &subject, &mut progress)
        };
        Ok(self.writer.write_in_slices(step).await?)
    }

    async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        let mut removed = 0;
        let step = move |transaction: &WriteTransaction, budget: &Budget| {
            purge(transaction, budget, (now, limit), &mut removed)
        };
        Ok(self.writer.write_in_slices(step).await?)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use redb::{Database, backends::InMemoryBackend};
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-01 12:00 UTC);

    /// A database with `number` API keys of each of two owners that have expired, and as many sessions of `alice`.
    fn filled(number: u8) -> Database {
        let database = redb::Builder::new().create_with_backend(InMemoryBackend::new()).unwrap();
        crate::schema::prepare(&database).unwrap();
        let transaction = database.begin_write().unwrap();
        for byte in 0..number {
            for (owner, key_id) in [("alice", 1), ("bob", 2)] {
                let record = TokenRecord {
                    id: format!("{owner}-{byte}"),
                    kind: Kind::ApiKey,
                    owner: owner.to_owned(),
                    name: String::new(),
                    hint: String::new(),
                    scopes: vec![],
                    roles: vec![],
                    created_at: NOW,
                    expires_at: Some(NOW),
                    last_used_at: None,
                };
                let digest = KeyedDigest { key_id, digest: LookupDigest::from_bytes([byte; 32]) };
                insert(&transaction, &StoredToken { record, digest }).unwrap();
            }
            let record = SessionRecord {
                id: format!("session-{byte}"),
                subject: "alice".to_owned(),
                subject_version: 0,
                scopes: vec![],
                created_at: NOW,
                idle_expires_at: NOW,
                expires_at: NOW,
            };
            let locator = LookupDigest::from_bytes([byte; 32]);
            let current = KeyedDigest { key_id: 1, digest: locator };
            let session = StoredSession { record, locator, current, previous: None, ended: false };
            sessions::create(&transaction, &session).unwrap();
        }
        transaction.commit().unwrap();
        database
    }

    /// Runs an operation to its end, each slice in its own transaction and as short as possible. Returns the number of
    /// slices and the result.
    fn in_slices<T>(
        database: &Database,
        mut step: impl FnMut(&WriteTransaction, &Budget) -> Result<Slice<T>, Failure>,
    ) -> (usize, T) {
        for number in 1.. {
            let transaction = database.begin_write().unwrap();
            let slice = step(&transaction, &Budget::new(Duration::ZERO)).unwrap();
            transaction.commit().unwrap();
            if let Some(result) = slice.result {
                return (number, result);
            }
        }
        panic!("it does not end")
    }

    #[test]
    fn removal_by_owner_in_slices_removes_all_of_owner_and_counts_each_once() {
        let database = filled(20);
        let mut removed = 0;
        let (slices, result) = in_slices(&database, |transaction, budget| {
            remove_by_owner(transaction, budget, (Kind::ApiKey, "alice"), &mut removed)
        });
        assert_eq!((slices, result), (21, 20));
        let transaction = database.begin_write().unwrap();
        assert_eq!(first_of_owner(&transaction, Kind::ApiKey, "alice").unwrap(), None);
        assert_eq!(
            ids_of_owner(&transaction.open_table(TOKENS_BY_OWNER).unwrap(), Kind::ApiKey, "bob")
                .unwrap()
                .len(),
            20
        );
    }

    #[test]
    fn purge_in_slices_keeps_its_limit_and_takes_tokens_then_sessions() {
        let database = filled(40);
        let purge_up_to = |limit: usize| {
            let mut removed = 0;
            in_slices(&database, |transaction, budget| purge(transaction, budget, (NOW, limit), &mut removed))
        };
        let (slices, purged) = purge_up_to(100);
        assert_eq!(purged, Purged { removed: 100, more: true });
        assert_eq!(slices, 8, "80 tokens by 16, then 16 and 4 sessions, and the end");
        assert_eq!(purge_up_to(100).1, Purged { removed: 20, more: false });
        assert_eq!(purge_up_to(100).1, Purged { removed: 0, more: false });
    }

    #[test]
    fn ending_sessions_in_slices_ends_each_once() {
        let database = filled(20);
        let mut progress = sessions::Ended::default();
        let (slices, ended) = in_slices(&database, |transaction, budget| {
            sessions::end_all(transaction, budget, "alice", &mut progress)
        });
        assert_eq!((slices, ended), (21, 20));
        let mut progress = sessions::Ended::default();
        let (_, again) = in_slices(&database, |transaction, budget| {
            sessions::end_all(transaction, budget, "alice", &mut progress)
        });
        assert_eq!(again, 0);
    }
}
