//! Sessions: a family of records whose owner is the subject.
//!
//! A rotation finds the record by the digest of the locator that the presented token carries, decides by
//! [`StoredSession::rotate`], and writes the record if it is still the one that was read. Of several at once one is
//! written; the others read again and find the token traded.

use countersign_random::LookupDigest;
use countersign_token_store::{
    Decision, FoundSession, Rotation, RotationOutcome, SessionRecord, StoredSession,
};
use redis::{Cmd, from_redis_value};
use time::OffsetDateTime;
use tokio::time::timeout;

use crate::error::Failure;
use crate::layout::Layout;
use crate::link::{Ask, Scan, answer};
use crate::place::{Group, Place};
use crate::records::{BATCH, Record, StoredRecord};
use crate::store::Shared;

/// The family of sessions.
pub(crate) const SESSION: &str = "session";

impl Record for StoredSession {
    fn place(&self) -> Place {
        Place::new(SESSION, &self.record.subject, &self.record.id)
    }

    /// Rotation moves the idle end, never this one.
    fn end(&self) -> Option<OffsetDateTime> {
        Some(self.record.expires_at)
    }

    fn pointers(&self, layout: &Layout) -> [Vec<u8>; 2] {
        [layout.session_id(&self.record.id), layout.locator(&self.locator)]
    }
}

/// Ends a session; whether it was live until then.
fn end(held: &mut StoredRecord<StoredSession>) -> bool {
    !std::mem::replace(&mut held.record.ended, true)
}

impl Shared {
    pub(crate) async fn find_session(&self, locator: &LookupDigest) -> Result<Option<FoundSession>, Failure> {
        let places = self.follow([self.layout.locator(locator)]).await?;
        let found = self.records::<StoredSession>(&places).await?.pop().flatten().map(|held| held.record);
        // The pointer is a hint.
        let found = found.filter(|session| session.locator.matches(locator));
        Ok(found.map(|session| FoundSession { record: session.record, ended: session.ended }))
    }

    pub(crate) async fn rotate(&self, rotation: &Rotation<'_>) -> Result<RotationOutcome, Failure> {
        let place = self.follow([self.layout.locator(&rotation.locator)]).await?.pop();
        let Some(place) = place else { return Ok(RotationOutcome::Unknown) };
        let outcome = self.update::<StoredSession, _>(&place, |held| {
            if !held.record.locator.matches(&rotation.locator) {
                return (RotationOutcome::Unknown, false);
            }
            let Decision { outcome, is_changed } = held.record.rotate(rotation);
            (outcome, is_changed)
        });
        Ok(outcome.await?.unwrap_or(RotationOutcome::Unknown))
    }

    pub(crate) async fn live_session(
        &self,
        id: &str,
        now: OffsetDateTime,
    ) -> Result<Option<SessionRecord>, Failure> {
        let Some(place) = self.session_place(id).await? else { return Ok(None) };
        let session = self.record::<StoredSession>(&place).await?.map(|held| held.record);
        let live = session.filter(|session| !session.ended && now < session.record.ends_at());
        Ok(live.map(|session| session.record))
    }

    pub(crate) async fn end_session(&self, id: &str) -> Result<bool, Failure> {
        let Some(place) = self.session_place(id).await? else { return Ok(false) };
        let ended = self.update::<StoredSession, _>(&place, |held| {
            let was_live = end(held);
            (was_live, was_live)
        });
        Ok(ended.await?.unwrap_or(false))
    }

    pub(crate) async fn end_sessions(&self, subject: &str) -> Result<u64, Failure> {
        let group = Group::new(SESSION, subject);
        let mut ended = 0_u64;
        loop {
            let mut live = self.all_records::<StoredSession>(std::slice::from_ref(&group)).await?;
            live.retain_mut(end);
            let mut is_complete = true;
            for sessions in live.chunks(BATCH) {
                for written in self.write(&group, &sessions.iter().collect::<Vec<_>>()).await? {
                    ended = ended.saturating_add(u64::from(written));
                    is_complete &= written;
                }
            }
            if is_complete {
                // Those that had ended before may be on no replica yet.
                self.wait_for_replicas(&self.layout.records(&group)).await?;
                return Ok(ended);
            }
        }
    }

    /// Where the session of an id is. `None` only if no subject has such a session: where the pointer is missing or
    /// leads nowhere, all subjects' records are searched, since a logout must not pass over a session whose pointer
    /// was lost (by eviction, or with the shard that had it).
    async fn session_place(&self, id: &str) -> Result<Option<Place>, Failure> {
        if let Some(place) = self.follow([self.layout.session_id(id)]).await?.pop()
            && place.group.family == SESSION
            && place.id == id
            && self.record::<StoredSession>(&place).await?.is_some()
        {
            return Ok(Some(place));
        }
        let search = timeout(self.options.response_timeout, self.search_session(id));
        search.await.unwrap_or(Err(Failure::Unfinished))
    }

    async fn search_session(&self, id: &str) -> Result<Option<Place>, Failure> {
        let mut scan = Scan::begin(&self.reads, self.layout.records_pattern(SESSION)).await?;
        while let Some(keys) = scan.next().await? {
            let groups: Vec<_> = keys.iter().filter_map(|key| self.layout.group_of(key)).collect();
            let asks = groups.iter().map(|group| {
                let (key, mut exists) = (self.layout.records(group), Cmd::new());
                exists.arg("HEXISTS").arg(&key).arg(id);
                Ask { key, commands: vec![exists] }
            });
            let answers = self.reads.read(asks.collect(), self.layout.guard()).await?;
            for (group, values) in groups.into_iter().zip(answers) {
                if from_redis_value(answer(&mut values.into_iter())?).map_err(|_| Failure::Corrupt)? {
                    return Ok(Some(Place { group, id: id.to_owned() }));
                }
            }
        }
        Ok(None)
    }
}
