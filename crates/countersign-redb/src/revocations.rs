//! [`RevocationStore`] on redb. A check reads inline, since a read never waits for the writer; all that
//! writes goes to the writer's thread.

use std::fmt;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::time::Duration;

use countersign_revocation::{
    Answer, Check, Counts, Error, Purged, RevocationStore, SUBJECT_TAG, Scope, Target, Until, Verdict,
    cutoff, encode, next_generation,
};
use redb::{Database, ReadableDatabase, ReadableTable, WriteTransaction};
use time::OffsetDateTime;

use crate::error::Failure;
use crate::schema::{GENERATION_FLOOR, NUMBERS, REVOKED, REVOKED_BY_END, REVOKED_COUNTS, number};
use crate::writer::{Done, Writer};

/// The table of what is revoked, in a [`RedbStore`](crate::RedbStore).
#[derive(Clone)]
pub struct RedbRevocationStore {
    database: Arc<Database>,
    writer: Arc<Writer>,
}

impl RedbRevocationStore {
    pub(crate) fn new(database: Arc<Database>, writer: Arc<Writer>) -> Self {
        Self { database, writer }
    }

    fn check_now(&self, check: &Check<'_>, now: OffsetDateTime) -> Result<Verdict, Failure> {
        let table = self.database.begin_read()?.open_table(REVOKED)?;
        let mut found: Option<Scope> = None;
        for target in check.targets() {
            let (tag, name) = target.name();
            let entry = table.get(key(check.issuer(), tag, name).as_slice())?;
            if entry.is_some_and(|entry| !Until::from_unix_seconds(entry.value().0).is_past(now)) {
                found = Some(target.scope());
                break;
            }
        }
        if found != Some(Scope::Key)
            && let Some((sub, vintage)) = check.asked_subject()
            && let Some(entry) = table.get(key(check.issuer(), SUBJECT_TAG, sub.as_bytes()).as_slice())?
        {
            let (until, generation, cutoff) = entry.value();
            if !Until::from_unix_seconds(until).is_past(now) && vintage.is_dead(generation, cutoff) {
                found = Some(Scope::Subject);
            }
        }
        Ok(found.map_or(Verdict::NotRevoked, Verdict::Revoked))
    }

    fn generation_now(&self, issuer: &str, sub: &str) -> Result<u64, Failure> {
        let table = self.database.begin_read()?.open_table(REVOKED)?;
        let entry = table.get(key(issuer, SUBJECT_TAG, sub.as_bytes()).as_slice())?;
        Ok(entry.map_or(0, |entry| entry.value().1))
    }

    fn count_now(&self) -> Result<Counts, Failure> {
        let table = self.database.begin_read()?.open_table(REVOKED_COUNTS)?;
        let mut counts = Counts::default();
        for row in table.iter()? {
            let (tag, number) = row?;
            let number = number.value();
            match tag.value() {
                b'k' => counts.keys = number,
                b's' => counts.sessions = number,
                SUBJECT_TAG => counts.subjects = number,
                // A token is named by its `jti` or by its signing input.
                _ => counts.tokens = counts.tokens.saturating_add(number),
            }
        }
        Ok(counts)
    }
}

impl fmt::Debug for RedbRevocationStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedbRevocationStore")
    }
}

fn key(issuer: &str, tag: u8, name: &[u8]) -> Vec<u8> {
    // The tag and the length stand before the issuer.
    let mut key = Vec::with_capacity(issuer.len().saturating_add(name.len()).saturating_add(9));
    encode(issuer, tag, name, |part| key.extend_from_slice(part));
    key
}

/// Writes an entry: its value, its place in the order of ends, and the count.
fn put(
    transaction: &WriteTransaction,
    key: &[u8],
    update: impl FnOnce(Option<(u64, u64, i64)>) -> (u64, u64, i64),
) -> Result<Done<(u64, u64, i64)>, Failure> {
    let mut revoked = transaction.open_table(REVOKED)?;
    let before = revoked.get(key)?.map(|entry| entry.value());
    let after = update(before);
    revoked.insert(key, after)?;
    let mut by_end = transaction.open_table(REVOKED_BY_END)?;
    if let Some((until, ..)) = before
        && until != after.0
    {
        by_end.remove((until, key))?;
    }
    if Until::from_unix_seconds(after.0) != Until::FOREVER {
        by_end.insert((after.0, key), ())?;
    }
    if before.is_none() {
        count(transaction, key, |count| count.saturating_add(1))?;
    }
    Ok(Done::if_changed(before != Some(after), after))
}

fn count(transaction: &WriteTransaction, key: &[u8], step: impl FnOnce(u64) -> u64) -> Result<(), Failure> {
    let tag = *key.first().ok_or(Failure::Corrupt)?;
    let mut counts = transaction.open_table(REVOKED_COUNTS)?;
    let before = counts.get(tag)?.map_or(0, |count| count.value());
    counts.insert(tag, step(before))?;
    Ok(())
}

fn purge(transaction: &WriteTransaction, now: OffsetDateTime, limit: usize) -> Result<Done<Purged>, Failure> {
    // Every end up to and including this second is past.
    let last = u64::try_from(now.unix_timestamp()).unwrap_or(0).saturating_add(1);
    let mut due = Vec::new();
    for row in
        transaction.open_table(REVOKED_BY_END)?.range::<(u64, &[u8])>(..(last, [].as_slice()))?.take(limit)
    {
        let (key, ()) = row.map(|(key, value)| (key, value.value()))?;
        let (until, key) = key.value();
        due.push((until, key.to_vec()));
    }
    if due.is_empty() {
        return Ok(Done::Unchanged(Purged { removed: 0, more: limit == 0 }));
    }
    let mut floor = number(transaction, GENERATION_FLOOR)?;
    for (until, key) in &due {
        transaction.open_table(REVOKED_BY_END)?.remove((*until, key.as_slice()))?;
        let mut revoked = transaction.open_table(REVOKED)?;
        let entry = revoked.get(key.as_slice())?.map(|entry| entry.value());
        // A row that is not the entry's own must not bring it back to life.
        let Some((_, generation, _)) = entry.filter(|entry| entry.0 == *until) else { continue };
        floor = floor.max(generation);
        revoked.remove(key.as_slice())?;
        count(transaction, key, |count| count.saturating_sub(1))?;
    }
    transaction.open_table(NUMBERS)?.insert(GENERATION_FLOOR, floor)?;
    Ok(Done::Changed(Purged { removed: due.len(), more: due.len() >= limit }))
}

impl RevocationStore for RedbRevocationStore {
    async fn revoke(&self, issuer: &str, target: Target<'_>, until: Until) -> Result<(), Error> {
        let (tag, name) = target.name();
        let key = key(issuer, tag, name);
        let until = until.as_unix_seconds();
        let step = move |transaction: &WriteTransaction| {
            put(transaction, &key, |before| (before.map_or(until, |before| before.0.max(until)), 0, 0))
        };
        self.writer.write(step).await?;
        Ok(())
    }

    async fn revoke_subject(
        &self,
        issuer: &str,
        sub: &str,
        until: Until,
        now: OffsetDateTime,
        skew: Duration,
    ) -> Result<u64, Error> {
        let key = key(issuer, SUBJECT_TAG, sub.as_bytes());
        let (until, cutoff) = (until.as_unix_seconds(), cutoff(now, skew));
        let step = move |transaction: &WriteTransaction| {
            let floor = number(transaction, GENERATION_FLOOR)?;
            put(transaction, &key, |before| {
                let (old_until, generation, old_cutoff) = before.unwrap_or((until, floor, cutoff));
                (until.max(old_until), next_generation(generation, now), cutoff.max(old_cutoff))
            })
        };
        Ok(self.writer.write(step).await?.1)
    }

    fn generation(&self, issuer: &str, sub: &str) -> impl Future<Output = Result<u64, Error>> + Send {
        ready(self.writer.seen(self.generation_now(issuer, sub)).map_err(Error::from))
    }

    fn check<'a>(
        &'a self,
        check: &'a Check<'a>,
        now: OffsetDateTime,
    ) -> Answer<impl Future<Output = Result<Verdict, Error>> + Send + 'a> {
        Answer::<Ready<_>>::Ready(self.writer.seen(self.check_now(check, now)).map_err(Error::from))
    }

    async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        Ok(self.writer.write(move |transaction| purge(transaction, now, limit)).await?)
    }

    fn count(&self) -> impl Future<Output = Result<Counts, Error>> + Send {
        ready(self.writer.seen(self.count_now()).map_err(Error::from))
    }
}
