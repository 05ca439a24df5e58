//! Sessions in their tables: each function is one step of a transaction.

use std::collections::BTreeMap;

use countersign_token_store::{Rotation, RotationOutcome, SessionRecord, StoredSession};
use redb::{Database, ReadTransaction, ReadableDatabase, ReadableTable, WriteTransaction};
use time::OffsetDateTime;

use crate::error::Failure;
use crate::schema::{SESSIONS, SESSIONS_BY_END, SESSIONS_BY_LOCATOR, SESSIONS_BY_SUBJECT};
use crate::tokens::{due, milliseconds, read};

fn write(transaction: &WriteTransaction, session: &StoredSession) -> Result<(), Failure> {
    let bytes = serde_json::to_vec(session)?;
    transaction.open_table(SESSIONS)?.insert(session.record.id.as_str(), bytes.as_slice())?;
    Ok(())
}

pub(crate) fn create(transaction: &WriteTransaction, session: &StoredSession) -> Result<(), Failure> {
    let (record, locator) = (&session.record, &session.locator);
    let id = record.id.as_str();
    let index = (locator.key_id, locator.digest.as_bytes());
    let mut by_locator = transaction.open_table(SESSIONS_BY_LOCATOR)?;
    if transaction.open_table(SESSIONS)?.get(id)?.is_some() || by_locator.get(index)?.is_some() {
        return Err(Failure::Duplicate);
    }
    by_locator.insert(index, id)?;
    transaction.open_table(SESSIONS_BY_SUBJECT)?.insert((record.subject.as_str(), id), ())?;
    transaction.open_table(SESSIONS_BY_END)?.insert((milliseconds(record.ends_at()), id), ())?;
    write(transaction, session)
}

pub(crate) fn rotate(
    transaction: &WriteTransaction,
    rotation: &Rotation<'_>,
) -> Result<RotationOutcome, Failure> {
    let mut by_locator = transaction.open_table(SESSIONS_BY_LOCATOR)?;
    let mut found: Option<String> = None;
    for one in rotation.presented {
        if let Some(id) = by_locator.get((one.key_id, one.locator.as_bytes()))? {
            found = Some(id.value().to_owned());
            break;
        }
    }
    let Some(id) = found else { return Ok(RotationOutcome::Unknown) };
    let mut session: StoredSession =
        read(&transaction.open_table(SESSIONS)?, &id)?.ok_or(Failure::Corrupt)?;
    let (end, locator) = (milliseconds(session.record.ends_at()), session.locator);
    let outcome = session.rotate(rotation);
    match outcome {
        RotationOutcome::Rotated(_) => {
            let mut by_end = transaction.open_table(SESSIONS_BY_END)?;
            by_end.remove((end, id.as_str()))?;
            by_end.insert((milliseconds(session.record.ends_at()), id.as_str()), ())?;
            by_locator.remove((locator.key_id, locator.digest.as_bytes()))?;
            by_locator.insert((session.locator.key_id, session.locator.digest.as_bytes()), id.as_str())?;
            write(transaction, &session)?;
        }
        RotationOutcome::Reused(_) => write(transaction, &session)?,
        // Nothing has changed.
        RotationOutcome::WithinGrace { .. }
        | RotationOutcome::Expired
        | RotationOutcome::Revoked(_)
        | RotationOutcome::Unknown => {}
    }
    Ok(outcome)
}

pub(crate) fn live(
    database: &Database,
    id: &str,
    now: OffsetDateTime,
) -> Result<Option<SessionRecord>, Failure> {
    let session: Option<StoredSession> = read(&database.begin_read()?.open_table(SESSIONS)?, id)?;
    let live = session.filter(|session| !session.ended && now < session.record.ends_at());
    Ok(live.map(|session| session.record))
}

pub(crate) fn end(transaction: &WriteTransaction, id: &str) -> Result<bool, Failure> {
    let session: Option<StoredSession> = read(&transaction.open_table(SESSIONS)?, id)?;
    let Some(mut session) = session.filter(|session| !session.ended) else { return Ok(false) };
    session.ended = true;
    write(transaction, &session)?;
    Ok(true)
}

pub(crate) fn end_all(transaction: &WriteTransaction, subject: &str) -> Result<u64, Failure> {
    let mut ids = Vec::new();
    let by_subject = transaction.open_table(SESSIONS_BY_SUBJECT)?;
    for row in by_subject.range::<(&str, &str)>((subject, "")..)? {
        let key = row?.0;
        let (of_subject, id) = key.value();
        if of_subject != subject {
            break;
        }
        ids.push(id.to_owned());
    }
    let mut ended = 0_u64;
    for id in &ids {
        ended = ended.saturating_add(u64::from(end(transaction, id)?));
    }
    Ok(ended)
}

/// Adds the live sessions under each digest key to `counts`.
pub(crate) fn count(transaction: &ReadTransaction, counts: &mut BTreeMap<u32, u64>) -> Result<(), Failure> {
    for row in transaction.open_table(SESSIONS)?.iter()? {
        let session: StoredSession = serde_json::from_slice(row?.1.value())?;
        if !session.ended {
            let count = counts.entry(session.locator.key_id).or_default();
            *count = count.saturating_add(1);
        }
    }
    Ok(())
}

/// Removes sessions that `now` is past, at most `limit`; returns how many.
pub(crate) fn purge(
    transaction: &WriteTransaction,
    now: OffsetDateTime,
    limit: usize,
) -> Result<usize, Failure> {
    let ids = due(&transaction.open_table(SESSIONS_BY_END)?, now, limit)?;
    for id in &ids {
        let mut sessions = transaction.open_table(SESSIONS)?;
        let Some(session) = read::<StoredSession>(&sessions, id)? else { continue };
        sessions.remove(id.as_str())?;
        let (record, locator) = (&session.record, &session.locator);
        let index = (locator.key_id, locator.digest.as_bytes());
        transaction.open_table(SESSIONS_BY_LOCATOR)?.remove(index)?;
        transaction.open_table(SESSIONS_BY_SUBJECT)?.remove((record.subject.as_str(), id.as_str()))?;
        transaction.open_table(SESSIONS_BY_END)?.remove((milliseconds(record.ends_at()), id.as_str()))?;
    }
    Ok(ids.len())
}
