//! Sessions in their table.
//!
//! A rotation is one transaction, in which the rules of `countersign-token-store` decide on the locked row. Each other
//! operation is one statement, and what changes or removes a session locks the same row. So a rotation comes wholly
//! before or wholly after a session's end, its purge, and every other rotation. The end of all sessions of a subject
//! first takes the subject's lock, which a creation shares: see [`owner_lock`].

use countersign_random::LookupDigest;
use countersign_token_store::{
    Decision, FoundSession, Rotation, RotationOutcome, SessionRecord, StoredSession,
};
use deadpool_postgres::Object;
use time::OffsetDateTime;
use tokio_postgres::Row;

use crate::database::{Retry, Step, Transaction};
use crate::error::Failure;
use crate::owner_lock;
use crate::parameter::{Hidden, indexed, milliseconds};
use crate::sql::Sql;
use crate::store::Shared;
use crate::tokens::column;

fn id_index(id: &str) -> Vec<u8> {
    indexed("countersign-postgres/session", &[id])
}

fn subject_index(subject: &str) -> Vec<u8> {
    indexed("countersign-postgres/subject", &[subject])
}

/// A session of a row of record and end. The column says whether it was ended, and a record that says so counts too.
fn session_of(row: &Row) -> Result<StoredSession, Failure> {
    let mut session: StoredSession = serde_json::from_slice(column(row, 0)?)?;
    session.ended |= column::<bool>(row, 1)?;
    Ok(session)
}

pub(crate) async fn create(shared: &Shared, session: &StoredSession) -> Result<(), Failure> {
    let record = &session.record;
    let json = serde_json::to_vec(session)?;
    let subject = subject_index(&record.subject);
    let lock = owner_lock::number(&subject);
    let inserted = shared
        .database
        .execute(
            &shared.sql.create_session,
            &[
                &Hidden(id_index(&record.id)),
                &Hidden(session.locator.as_bytes().as_slice()),
                &Hidden(subject),
                &i64::from(session.current.key_id),
                &milliseconds(record.ends_at()),
                &session.ended,
                &Hidden(json),
                &lock,
            ],
            Retry::Never,
        )
        .await?;
    if inserted == 1 { Ok(()) } else { Err(Failure::Duplicate) }
}

/// The session that a presented refresh token belongs to.
pub(crate) async fn find(shared: &Shared, locator: &LookupDigest) -> Result<Option<FoundSession>, Failure> {
    let locator = Hidden(locator.as_bytes().as_slice());
    let rows = shared.database.query(&shared.sql.find_session, &[&locator], Retry::Safe).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let session = session_of(row)?;
    Ok(Some(FoundSession { record: session.record, ended: session.ended }))
}

pub(crate) async fn rotate(shared: &Shared, rotation: &Rotation<'_>) -> Result<RotationOutcome, Failure> {
    shared.database.run(Retry::Never, &Rotate { sql: &shared.sql, rotation }).await
}

struct Rotate<'a> {
    sql: &'a Sql,
    rotation: &'a Rotation<'a>,
}

impl Step for Rotate<'_> {
    type Output = RotationOutcome;

    async fn run(&self, client: &Object) -> Result<RotationOutcome, Failure> {
        rotate_on(client, self.sql, self.rotation).await
    }
}

async fn rotate_on(client: &Object, sql: &Sql, rotation: &Rotation<'_>) -> Result<RotationOutcome, Failure> {
    let locator = Hidden(rotation.locator.as_bytes().as_slice());
    let (transaction, row) = Transaction::begin(client, &sql.lock_session, &[&locator]).await?;
    let Some(row) = row else { return Ok(RotationOutcome::Unknown) };
    let mut session = session_of(&row)?;
    let Decision { outcome, is_changed } = session.rotate(rotation);
    if let RotationOutcome::Reused(_) = outcome {
        expect_one(transaction.commit_with(&sql.end_session_by_locator, &[&locator]).await?)?;
    } else if is_changed {
        let json = Hidden(serde_json::to_vec(&session)?);
        let (key, end) = (i64::from(session.current.key_id), milliseconds(session.record.ends_at()));
        expect_one(transaction.commit_with(&sql.write_session, &[&locator, &json, &key, &end]).await?)?;
    }
    Ok(outcome)
}

/// Expects that a statement has changed the one row that the transaction has locked.
fn expect_one(changed: u64) -> Result<(), Failure> {
    if changed == 1 { Ok(()) } else { Err(Failure::Unwritten) }
}

pub(crate) async fn live(
    shared: &Shared,
    id: &str,
    now: OffsetDateTime,
) -> Result<Option<SessionRecord>, Failure> {
    let id = Hidden(id_index(id));
    let rows = shared.database.query(&shared.sql.live_session, &[&id], Retry::Safe).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let session = session_of(row)?;
    Ok(Some(session.record).filter(|record| !session.ended && now < record.ends_at()))
}

pub(crate) async fn end(shared: &Shared, id: &str) -> Result<bool, Failure> {
    let id = Hidden(id_index(id));
    Ok(shared.database.execute(&shared.sql.end_session, &[&id], Retry::Never).await? > 0)
}

pub(crate) async fn end_all(shared: &Shared, subject: &str) -> Result<u64, Failure> {
    let subject = subject_index(subject);
    let lock = owner_lock::number(&subject);
    owner_lock::change_all(&shared.database, lock, &shared.sql.end_sessions, &[&Hidden(subject)]).await
}
