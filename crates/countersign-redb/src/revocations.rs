//! [`RevocationStore`] on redb. A check reads inline, since a read never waits for the writer; all that
//! writes goes to the writer's thread.

use std::fmt;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::time::Duration;

use countersign_revocation::{
    Check, Counts, Error, MaybeReady, Purged, RetainUntil, RevocationStore, SUBJECT_TAG, Scope, Target,
    Verdict, cutoff, encode, next_subject_version,
};
use redb::{ReadableTable, ReadableTableMetadata, WriteTransaction};
use time::OffsetDateTime;

use crate::error::Failure;
use crate::latest::Latest;
use crate::operation::Done;
use crate::schema;
use crate::schema::{END_SPAN, Entry, NUMBERS, REVOKED_ENDS, SUBJECT_VERSION_FLOOR, add_end, revoked};
use crate::slices::{Budget, Slice};
use crate::writer::Writer;

/// The table of what is revoked, in a [`RedbStore`](crate::RedbStore).
#[derive(Clone)]
pub struct RedbRevocationStore {
    latest: Arc<Latest>,
    writer: Arc<Writer>,
}

impl RedbRevocationStore {
    pub(crate) fn new(latest: Arc<Latest>, writer: Arc<Writer>) -> Self {
        Self { latest, writer }
    }

    fn check_now(&self, check: &Check<'_>, now: OffsetDateTime) -> Result<Verdict, Failure> {
        let mut key = Vec::new();
        self.latest.read(|snapshot| {
            let mut find = |tag, name: &[u8]| -> Result<Option<Entry>, Failure> {
                write_key(&mut key, check.issuer(), tag, name);
                let entry = snapshot.revoked(&key)?.get(key.as_slice())?.map(|entry| entry.value());
                Ok(entry.filter(|entry| !RetainUntil::from_unix_seconds(entry.0).is_past(now)))
            };
            let mut found: Option<Scope> = None;
            for target in check.targets() {
                let (tag, name) = target.name();
                if find(tag, name)?.is_some() {
                    found = Some(target.scope());
                    break;
                }
            }
            if found != Some(Scope::Key)
                && let Some((sub, version)) = check.asked_subject()
                && let Some((_, subject_version, cutoff)) = find(SUBJECT_TAG, sub.as_bytes())?
                && version.is_dead(subject_version, cutoff)
            {
                found = Some(Scope::Subject);
            }
            Ok(found.map_or(Verdict::NotRevoked, Verdict::Revoked))
        })
    }

    fn subject_version_now(&self, issuer: &str, sub: &str) -> Result<u64, Failure> {
        let key = key(issuer, SUBJECT_TAG, sub.as_bytes());
        self.latest.read(|snapshot| {
            let entry = snapshot.revoked_subjects.get(key.as_slice())?;
            Ok(entry.map_or(0, |entry| entry.value().1))
        })
    }

    fn count_now(&self) -> Result<Counts, Failure> {
        self.latest.read(|snapshot| {
            Ok(Counts {
                tokens: snapshot.revoked_tokens.len()?,
                sessions: snapshot.revoked_sessions.len()?,
                subjects: snapshot.revoked_subjects.len()?,
                keys: snapshot.revoked_keys.len()?,
            })
        })
    }
}

impl fmt::Debug for RedbRevocationStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedbRevocationStore")
    }
}

fn key(issuer: &str, tag: u8, name: &[u8]) -> Vec<u8> {
    let mut key = Vec::new();
    write_key(&mut key, issuer, tag, name);
    key
}

/// Replaces what is in `key`, so that one buffer serves all names of a check.
fn write_key(key: &mut Vec<u8>, issuer: &str, tag: u8, name: &[u8]) {
    key.clear();
    // The tag and the length stand before the issuer.
    key.reserve(issuer.len().saturating_add(name.len()).saturating_add(9));
    encode(issuer, tag, name, |part| key.extend_from_slice(part));
}

/// Writes an entry, and the row for its end if it has got another one.
fn put(
    transaction: &WriteTransaction,
    key: &[u8],
    update: impl FnOnce(Option<Entry>) -> Entry,
) -> Result<Done<Entry>, Failure> {
    let mut table = transaction.open_table(revoked(key)?)?;
    let before = table.get(key)?.map(|entry| entry.value());
    let after = update(before);
    if before == Some(after) {
        return Ok(Done::Unchanged(after));
    }
    table.insert(key, after)?;
    if before.is_none_or(|before| before.0 != after.0) {
        add_end(transaction, after.0, key)?;
    }
    Ok(Done::Changed(after))
}

/// How many rows a purge reads before it removes them and looks at the time.
const CHUNK: usize = 64;

/// How far the slices of a purge have come.
struct Purging {
    limit: usize,
    /// The number of rows that were dealt with.
    done: usize,
    /// The number of entries that were removed.
    removed: usize,
    /// Where the next row to look at is, so that no slice reads again what is not due yet.
    from: (u64, u64),
}

/// A slice of a purge.
fn purge(
    transaction: &WriteTransaction,
    budget: &Budget,
    now: u64,
    purging: &mut Purging,
) -> Result<Slice<Purged>, Failure> {
    let mut changed = false;
    while purging.done < purging.limit {
        let dealt_with = purge_chunk(transaction, now, purging)?;
        changed |= dealt_with > 0;
        if dealt_with == 0 {
            break;
        }
        if budget.is_spent() {
            return Ok(Slice { changed, result: None });
        }
    }
    let purged = Purged { removed: purging.removed, more: purging.done >= purging.limit };
    Ok(Slice { changed, result: Some(purged) })
}

/// Deals with the next rows that are due, at most [`CHUNK`], and returns how many there were.
fn purge_chunk(transaction: &WriteTransaction, now: u64, purging: &mut Purging) -> Result<usize, Failure> {
    let number = purging.limit.saturating_sub(purging.done).min(CHUNK);
    let mut ends = transaction.open_table(REVOKED_ENDS)?;
    let mut due = Vec::new();
    for row in ends.range(purging.from..((now / END_SPAN).saturating_add(1), 0))? {
        if due.len() == number {
            break;
        }
        let (place, row) = row?;
        let (until, key) = row.value();
        let (span, place_in_span) = place.value();
        purging.from = (span, place_in_span.saturating_add(1));
        if until <= now {
            due.push((place.value(), until, key.to_vec()));
        }
    }
    if due.is_empty() {
        return Ok(0);
    }
    let before = schema::number(transaction, SUBJECT_VERSION_FLOOR)?;
    let mut floor = before;
    for (place, until, key) in &due {
        ends.remove(place)?;
        let Ok(table) = revoked(key) else { continue };
        let mut table = transaction.open_table(table)?;
        let entry = table.get(key.as_slice())?.map(|entry| entry.value());
        // It has been revoked for longer since, and the row for that is a later one.
        let Some((_, subject_version, _)) = entry.filter(|entry| entry.0 == *until) else { continue };
        floor = floor.max(subject_version);
        table.remove(key.as_slice())?;
        purging.removed = purging.removed.saturating_add(1);
    }
    if floor != before {
        transaction.open_table(NUMBERS)?.insert(SUBJECT_VERSION_FLOOR, floor)?;
    }
    purging.done = purging.done.saturating_add(due.len());
    Ok(due.len())
}

impl RevocationStore for RedbRevocationStore {
    async fn revoke(&self, issuer: &str, target: Target<'_>, until: RetainUntil) -> Result<(), Error> {
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
        until: RetainUntil,
        now: OffsetDateTime,
        skew: Duration,
    ) -> Result<u64, Error> {
        let key = key(issuer, SUBJECT_TAG, sub.as_bytes());
        let (until, cutoff) = (until.as_unix_seconds(), cutoff(now, skew));
        let step = move |transaction: &WriteTransaction| {
            let floor = schema::number(transaction, SUBJECT_VERSION_FLOOR)?;
            put(transaction, &key, |before| {
                let (old_until, subject_version, old_cutoff) = before.unwrap_or((until, floor, cutoff));
                (until.max(old_until), next_subject_version(subject_version, now), cutoff.max(old_cutoff))
            })
        };
        Ok(self.writer.write(step).await?.1)
    }

    fn subject_version(&self, issuer: &str, sub: &str) -> impl Future<Output = Result<u64, Error>> + Send {
        ready(self.subject_version_now(issuer, sub).map_err(Error::from))
    }

    fn check<'a>(
        &'a self,
        check: &'a Check<'a>,
        now: OffsetDateTime,
    ) -> MaybeReady<impl Future<Output = Result<Verdict, Error>> + Send + 'a> {
        MaybeReady::<Ready<_>>::Ready(self.check_now(check, now).map_err(Error::from))
    }

    async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        let now = u64::try_from(now.unix_timestamp()).unwrap_or(0);
        let mut purging = Purging { limit, done: 0, removed: 0, from: (0, 0) };
        let step = move |transaction: &WriteTransaction, budget: &Budget| {
            purge(transaction, budget, now, &mut purging)
        };
        Ok(self.writer.write_in_slices(step).await?)
    }

    fn count(&self) -> impl Future<Output = Result<Counts, Error>> + Send {
        ready(self.count_now().map_err(Error::from))
    }
}

#[cfg(test)]
mod tests {
    use redb::backends::InMemoryBackend;

    use super::*;

    #[test]
    fn purge_in_slices_removes_what_is_due_and_nothing_else() {
        let database = redb::Builder::new().create_with_backend(InMemoryBackend::new()).unwrap();
        schema::prepare(&database).unwrap();
        let transaction = database.begin_write().unwrap();
        // Ends of one span, every second of which is due.
        for number in 0..400_u64 {
            let key = key("i", b's', &number.to_be_bytes());
            put(&transaction, &key, |_| (640 + number % 2, 0, 0)).unwrap();
        }
        transaction.commit().unwrap();
        let purge_up_to = |limit: usize| {
            let mut purging = Purging { limit, done: 0, removed: 0, from: (0, 0) };
            for slices in 1.. {
                let transaction = database.begin_write().unwrap();
                let slice = purge(&transaction, &Budget::new(Duration::ZERO), 640, &mut purging).unwrap();
                transaction.commit().unwrap();
                if let Some(purged) = slice.result {
                    return (slices, purged);
                }
            }
            panic!("it does not end")
        };
        assert_eq!(purge_up_to(150), (4, Purged { removed: 150, more: true }), "64, 64 and 22, and the end");
        assert_eq!(purge_up_to(150), (2, Purged { removed: 50, more: false }));
        assert_eq!(purge_up_to(150), (1, Purged { removed: 0, more: false }));
        let transaction = database.begin_write().unwrap();
        let table = transaction.open_table(revoked(&key("i", b's', b"")).unwrap()).unwrap();
        assert_eq!(table.len().unwrap(), 200);
    }
}
