//! Sessions in their tables: each function is one step of a transaction.

use std::collections::BTreeMap;
use std::ops::Bound;

use countersign_random::LookupDigest;
use countersign_token_store::{
    Decision, FoundSession, Rotation, RotationOutcome, SessionRecord, StoredSession,
};
use redb::{ReadTransaction, ReadableTable, WriteTransaction};
use time::OffsetDateTime;

use crate::error::Failure;
use crate::operation::Done;
use crate::rows::{due, milliseconds, read};
use crate::schema::{SESSIONS, SESSIONS_BY_END, SESSIONS_BY_LOCATOR, SESSIONS_BY_SUBJECT};
use crate::slices::{Budget, Slice};

fn write(transaction: &WriteTransaction, session: &StoredSession) -> Result<(), Failure> {
    let bytes = serde_json::to_vec(session)?;
    transaction.open_table(SESSIONS)?.insert(session.record.id.as_str(), bytes.as_slice())?;
    Ok(())
}

pub(crate) fn create(transaction: &WriteTransaction, session: &StoredSession) -> Result<Done<()>, Failure> {
    let (record, index) = (&session.record, session.locator.as_bytes());
    let id = record.id.as_str();
    let mut by_locator = transaction.open_table(SESSIONS_BY_LOCATOR)?;
    if transaction.open_table(SESSIONS)?.get(id)?.is_some() || by_locator.get(index)?.is_some() {
        return Err(Failure::Duplicate);
    }
    by_locator.insert(index, id)?;
    transaction.open_table(SESSIONS_BY_SUBJECT)?.insert((record.subject.as_str(), id), ())?;
    transaction.open_table(SESSIONS_BY_END)?.insert((milliseconds(record.ends_at()), id), ())?;
    write(transaction, session)?;
    Ok(Done::Changed(()))
}

pub(crate) fn rotate(
    transaction: &WriteTransaction,
    rotation: &Rotation<'_>,
) -> Result<Done<RotationOutcome>, Failure> {
    let by_locator = transaction.open_table(SESSIONS_BY_LOCATOR)?;
    let Some(id) = id_of(&by_locator, &rotation.locator)? else {
        return Ok(Done::Unchanged(RotationOutcome::Unknown));
    };
    let mut session: StoredSession =
        read(&transaction.open_table(SESSIONS)?, &id)?.ok_or(Failure::Corrupt)?;
    let end = milliseconds(session.record.ends_at());
    let Decision { outcome, is_changed } = session.rotate(rotation);
    if !is_changed {
        return Ok(Done::Unchanged(outcome));
    }
    let new_end = milliseconds(session.record.ends_at());
    if new_end != end {
        let mut by_end = transaction.open_table(SESSIONS_BY_END)?;
        by_end.remove((end, id.as_str()))?;
        by_end.insert((new_end, id.as_str()), ())?;
    }
    write(transaction, &session)?;
    Ok(Done::Changed(outcome))
}

/// The session that a presented refresh token belongs to.
pub(crate) fn find(
    transaction: &ReadTransaction,
    locator: &LookupDigest,
) -> Result<Option<FoundSession>, Failure> {
    let by_locator = transaction.open_table(SESSIONS_BY_LOCATOR)?;
    let Some(id) = id_of(&by_locator, locator)? else { return Ok(None) };
    let session: Option<StoredSession> = read(&transaction.open_table(SESSIONS)?, &id)?;
    let session = session.ok_or(Failure::Corrupt)?;
    Ok(Some(FoundSession { record: session.record, ended: session.ended }))
}

fn id_of(
    by_locator: &impl ReadableTable<&'static [u8; 32], &'static str>,
    locator: &LookupDigest,
) -> Result<Option<String>, Failure> {
    Ok(by_locator.get(locator.as_bytes())?.map(|id| id.value().to_owned()))
}

pub(crate) fn live(
    transaction: &ReadTransaction,
    id: &str,
    now: OffsetDateTime,
) -> Result<Option<SessionRecord>, Failure> {
    let session: Option<StoredSession> = read(&transaction.open_table(SESSIONS)?, id)?;
    let live = session.filter(|session| !session.ended && now < session.record.ends_at());
    Ok(live.map(|session| session.record))
}

pub(crate) fn end(transaction: &WriteTransaction, id: &str) -> Result<Done<bool>, Failure> {
    let ended = end_one(transaction, id)?;
    Ok(Done::if_changed(ended, ended))
}

/// Ends a session; `false` if there is none to end. One whose record cannot be read is one of these, since
/// it cannot be refreshed any more.
fn end_one(transaction: &WriteTransaction, id: &str) -> Result<bool, Failure> {
    let session: Option<StoredSession> = match read(&transaction.open_table(SESSIONS)?, id) {
        Err(Failure::Corrupt) => None,
        session => session?,
    };
    let Some(mut session) = session.filter(|session| !session.ended) else { return Ok(false) };
    session.ended = true;
    write(transaction, &session)?;
    Ok(true)
}

/// How far the slices of ending a subject's sessions have come.
#[derive(Default)]
pub(crate) struct Ended {
    number: u64,
    /// The last id that was looked at.
    last: Option<String>,
}

/// A slice of ending all sessions of a subject.
pub(crate) fn end_all(
    transaction: &WriteTransaction,
    budget: &Budget,
    subject: &str,
    ended: &mut Ended,
) -> Result<Slice<u64>, Failure> {
    let before = ended.number;
    let by_subject = transaction.open_table(SESSIONS_BY_SUBJECT)?;
    let from = match &ended.last {
        Some(last) => Bound::Excluded((subject, last.as_str())),
        None => Bound::Included((subject, "")),
    };
    let mut last = None;
    for row in by_subject.range::<(&str, &str)>((from, Bound::Unbounded))? {
        let key = row?.0;
        let (of_subject, id) = key.value();
        if of_subject != subject {
            break;
        }
        ended.number = ended.number.saturating_add(u64::from(end_one(transaction, id)?));
        if budget.is_spent() {
            last = Some(id.to_owned());
            break;
        }
    }
    let changed = ended.number > before;
    let result = if last.is_some() { None } else { Some(ended.number) };
    ended.last = last;
    Ok(Slice { changed, result })
}

/// Adds the live sessions under each digest key to `counts`.
pub(crate) fn count(transaction: &ReadTransaction, counts: &mut BTreeMap<u32, u64>) -> Result<(), Failure> {
    for row in transaction.open_table(SESSIONS)?.iter()? {
        // An unreadable one cannot be refreshed, and so is not live.
        let Ok(session) = serde_json::from_slice::<StoredSession>(row?.1.value()) else { continue };
        if !session.ended {
            let count = counts.entry(session.current.key_id).or_default();
            *count = count.saturating_add(1);
        }
    }
    Ok(())
}

/// Removes sessions that `now` is past, at most `limit`; returns how many rows were dealt with. Of an
/// unreadable record the indexes that only its text would tell are left.
pub(crate) fn purge(
    transaction: &WriteTransaction,
    now: OffsetDateTime,
    limit: usize,
) -> Result<usize, Failure> {
    let rows = due(&transaction.open_table(SESSIONS_BY_END)?, now, limit)?;
    for (end, id) in &rows {
        transaction.open_table(SESSIONS_BY_END)?.remove((*end, id.as_str()))?;
        let mut sessions = transaction.open_table(SESSIONS)?;
        let session: Result<Option<StoredSession>, Failure> = read(&sessions, id);
        let session = match session {
            // A row that is not the session's own takes nothing with it.
            Ok(Some(session)) if milliseconds(session.record.ends_at()) != *end => continue,
            Ok(Some(session)) => Some(session),
            Ok(None) | Err(Failure::Corrupt) => None,
            Err(failure) => return Err(failure),
        };
        sessions.remove(id.as_str())?;
        let Some(StoredSession { record, locator, .. }) = session else { continue };
        transaction.open_table(SESSIONS_BY_LOCATOR)?.remove(locator.as_bytes())?;
        transaction.open_table(SESSIONS_BY_SUBJECT)?.remove((record.subject.as_str(), id.as_str()))?;
    }
    Ok(rows.len())
}
