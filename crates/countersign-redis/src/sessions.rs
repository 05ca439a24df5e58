//! The records of sessions.
//!
//! A session's record is a hash under the digest of its locator, which a presented token carries: `j` the
//! [`SessionRecord`] as it was made, `id` and `s` its id and subject for scripts, `i` and `a` its idle and its absolute
//! end in milliseconds, `c` the current digest, `p`, `ps`, `pk` and `pt` the previous one with salt, key and moment, `x`
//! whether it was ended, `n` the mark of its pointer. So a rotation is one script on one key, and one round trip.

use std::time::Duration;

use countersign_random::LookupDigest;
use countersign_token_store::{FoundSession, Rotation, RotationOutcome, Salt, SessionRecord, StoredSession};
use redis::{Value, from_redis_value};
use time::OffsetDateTime;

use crate::error::Failure;
use crate::layout::Layout;
use crate::pointer::{End, Mark, Proof, milliseconds};
use crate::script::{CREATE, Call, END, ROTATE};
use crate::store::Shared;
use crate::tokens::{moment, number, written};

/// The largest number that a script computes with exactly. As milliseconds it is far past the year 9999.
const EXACT: i128 = (1 << 53) - 1;

/// The record that an id's pointer leads to must have the id.
fn proof(id: &str) -> Proof {
    let record =
        |layout: &Layout, locator: &[u8]| located(locator).ok().map(|locator| layout.session(&locator));
    Proof { record, field: "id", expected: id.as_bytes().to_vec() }
}

fn located(bytes: &[u8]) -> Result<LookupDigest, Failure> {
    Ok(LookupDigest::from_bytes(bytes.try_into().map_err(|_| Failure::Corrupt)?))
}

impl Shared {
    pub(crate) async fn create_session(&self, session: &StoredSession) -> Result<(), Failure> {
        let (record, locator) = (&session.record, session.locator.as_bytes());
        // Rotation moves the idle end, never this one.
        let (end, mark) = (End::new(Some(record.expires_at)), Mark::random()?);
        let (index, pointer) = (self.layout.subject(&record.subject), self.layout.session_id(&record.id));
        self.claim(&pointer, locator, &mark, end, &proof(&record.id)).await?;
        self.add_to_index(index.clone(), locator, end).await?;
        let mut call = Call::new(&CREATE, vec![self.layout.session(&session.locator)])
            .arg(mark.bytes())
            .arg(end.argument())
            .number(self.options.margin_milliseconds())
            .arg("id")
            .arg("j")
            .arg(serde_json::to_vec(record)?)
            .arg("id")
            .arg(record.id.as_str())
            .arg("s")
            .arg(record.subject.as_str())
            .arg("i")
            .number(milliseconds(record.idle_expires_at))
            .arg("a")
            .number(milliseconds(record.expires_at))
            .arg("c")
            .arg(written(&session.current))
            .arg("x")
            .arg(if session.ended { "1" } else { "0" });
        if let Some(previous) = &session.previous {
            call = call
                .arg("p")
                .arg(written(&previous.digest))
                .arg("ps")
                .arg(previous.salt.0)
                .arg("pk")
                .number(previous.derivation_key_id)
                .arg("pt")
                .number(milliseconds(previous.rotated_at));
        }
        if let Value::Array(there) = self.run(&call).await? {
            let (there,): (Option<Vec<u8>>,) =
                from_redis_value(Value::Array(there)).map_err(|_| Failure::Corrupt)?;
            if there.as_deref() != Some(record.id.as_bytes()) {
                self.release(pointer, &mark, Duration::ZERO).await?;
            }
            return Err(Failure::Duplicate);
        }
        // Whoever repaired the index meanwhile did not see the record.
        self.add_to_index(index, locator, end).await
    }

    pub(crate) async fn find_session(&self, locator: &LookupDigest) -> Result<Option<FoundSession>, Failure> {
        let fields = self.fields(vec![self.layout.session(locator)], &["j", "i", "x"]).await?.pop();
        let Ok([record, idle, ended]) = <[Option<Vec<u8>>; 3]>::try_from(fields.unwrap_or_default()) else {
            return Err(Failure::Corrupt);
        };
        match (record, idle, ended) {
            (None, None, None) => Ok(None),
            (Some(record), Some(idle), Some(ended)) => {
                let ended = match ended.as_slice() {
                    b"0" => false,
                    b"1" => true,
                    _ => return Err(Failure::Corrupt),
                };
                Ok(Some(FoundSession { record: session_record(&record, &idle)?, ended }))
            }
            _ => Err(Failure::Corrupt),
        }
    }

    pub(crate) async fn rotate(&self, rotation: &Rotation<'_>) -> Result<RotationOutcome, Failure> {
        let nanoseconds = rotation.now.unix_timestamp_nanos();
        let grace = i128::try_from(rotation.grace.as_nanos()).unwrap_or(i128::MAX);
        let idle = time::Duration::try_from(rotation.idle_lifetime).unwrap_or(time::Duration::MAX);
        let successor = &rotation.successor;
        // Moments in records are whole milliseconds, so comparing with one is the same for the whole milliseconds
        // below a moment as for the moment itself.
        let mut call = Call::new(&ROTATE, vec![self.layout.session(&rotation.locator)])
            .number(whole_milliseconds(nanoseconds))
            .number(whole_milliseconds(nanoseconds.saturating_sub(grace)))
            .number(milliseconds(rotation.now.saturating_add(idle)))
            .arg(written(&successor.secret))
            .arg(successor.salt.0)
            .number(successor.derivation_key_id);
        for presented in rotation.presented {
            call = call.arg(written(presented));
        }
        let answer: Vec<Vec<u8>> = from_redis_value(self.run(&call).await?).map_err(|_| Failure::Corrupt)?;
        outcome(&answer)
    }

    pub(crate) async fn live_session(
        &self,
        id: &str,
        now: OffsetDateTime,
    ) -> Result<Option<SessionRecord>, Failure> {
        let Some(locator) = self.locator_of(id).await? else { return Ok(None) };
        let found = self.find_session(&locator).await?;
        let live = found.filter(|found| {
            // The pointer is a hint.
            found.record.id == id && !found.ended && now < found.record.ends_at()
        });
        Ok(live.map(|found| found.record))
    }

    async fn locator_of(&self, id: &str) -> Result<Option<LookupDigest>, Failure> {
        let target = self.follow([self.layout.session_id(id)]).await?.pop();
        target.as_deref().map(located).transpose()
    }

    pub(crate) async fn end_session(&self, id: &str) -> Result<bool, Failure> {
        let Some(locator) = self.locator_of(id).await? else { return Ok(false) };
        self.end_one(&locator, "id", id).await
    }

    /// Ends a session if its `field` has this value; `false` if there is none to end.
    async fn end_one(&self, locator: &LookupDigest, field: &str, value: &str) -> Result<bool, Failure> {
        let call = Call::new(&END, vec![self.layout.session(locator)]).arg(field).arg(value);
        from_redis_value(self.run(&call).await?).map_err(|_| Failure::Corrupt)
    }

    pub(crate) async fn end_sessions(&self, subject: &str) -> Result<u64, Failure> {
        let mut ended = 0_u64;
        for locator in self.members(self.layout.subject(subject)).await? {
            let Ok(locator) = located(&locator) else { continue };
            ended = ended.saturating_add(u64::from(self.end_one(&locator, "s", subject).await?));
        }
        Ok(ended)
    }
}

/// Whole milliseconds, rounded down, as far as a script can compute with them.
fn whole_milliseconds(nanoseconds: i128) -> i64 {
    let milliseconds = nanoseconds.div_euclid(1_000_000).clamp(-EXACT, EXACT);
    i64::try_from(milliseconds).unwrap_or(0)
}

/// The record in its fields `j` and `i`.
fn session_record(record: &[u8], idle: &[u8]) -> Result<SessionRecord, Failure> {
    let mut record: SessionRecord = serde_json::from_slice(record)?;
    record.idle_expires_at = moment(idle)?;
    Ok(record)
}

/// What the script has answered: a name, and what the outcome of that name has.
fn outcome(answer: &[Vec<u8>]) -> Result<RotationOutcome, Failure> {
    let mut fields = answer.iter().map(Vec::as_slice);
    let name = fields.next().ok_or(Failure::Corrupt)?;
    let mut next = || fields.next().ok_or(Failure::Corrupt);
    Ok(match name {
        b"rotated" => RotationOutcome::Rotated(session_record(next()?, next()?)?),
        b"within-grace" => RotationOutcome::WithinGrace {
            session: session_record(next()?, next()?)?,
            salt: Salt(next()?.try_into().map_err(|_| Failure::Corrupt)?),
            derivation_key_id: number(next()?)?,
        },
        b"reused" => RotationOutcome::Reused(session_record(next()?, next()?)?),
        b"expired" => RotationOutcome::Expired,
        b"revoked" => RotationOutcome::Revoked(session_record(next()?, next()?)?),
        b"unknown" => RotationOutcome::Unknown,
        _ => return Err(Failure::Corrupt),
    })
}
