//! The rules of random tokens and sessions, the same on every engine.
//!
//! Each method reads a record, decides by a pure function on that record, and compares and sets. If another caller was
//! quicker, it reads and decides again, so a decision always rests on the record that it replaces.

use countersign_random::{KeyedDigest, LookupDigest};
use time::OffsetDateTime;

use crate::{
    Decision, Error, FoundSession, FoundToken, Kind, Record, RecordKind, Rotation, RotationOutcome,
    SessionRecord, StoredSession, StoredToken, TokenLookup, TokenRecord, TokenStore, Versioned,
};

/// The operations on random tokens and sessions. Every [`TokenStore`] has them.
pub trait TokenStoreExt: TokenStore {
    /// Adds a token.
    ///
    /// # Errors
    /// [`Duplicate`](crate::ErrorKind::Duplicate) if its id or digest is there already; otherwise the store cannot
    /// answer.
    fn insert_token(&self, token: StoredToken) -> impl Future<Output = Result<(), Error>> + Send {
        self.insert(token.into())
    }

    /// Looks for a token of `kind` that is stored under one of `digests` (one for each active digest key), in one
    /// query. The token's end is judged at `now`.
    ///
    /// # Errors
    /// The store cannot answer. That is not "unknown": the request gets 503.
    fn find_token(
        &self,
        kind: Kind,
        digests: &[KeyedDigest],
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<TokenLookup, Error>> + Send {
        async move {
            let found = self.find(kind.into(), digests).await?;
            Ok(match found.and_then(|found| found.record.into_token()) {
                None => TokenLookup::Unknown,
                Some(token) if token.record.is_expired(now) => TokenLookup::Expired,
                Some(StoredToken { record, digest }) => TokenLookup::Found(FoundToken { record, digest }),
            })
        }
    }

    /// Returns the tokens of `kind` of one owner, the oldest first. Expired tokens that no purge has removed yet are
    /// included.
    ///
    /// # Errors
    /// The store cannot answer.
    fn list_tokens(
        &self,
        kind: Kind,
        owner: &str,
    ) -> impl Future<Output = Result<Vec<TokenRecord>, Error>> + Send {
        async move {
            let listed = self.list(kind.into(), owner).await?;
            let tokens = listed.into_iter().filter_map(|found| found.record.into_token());
            let mut records: Vec<_> = tokens.map(|token| token.record).collect();
            records.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
            Ok(records)
        }
    }

    /// Brings the end of one token of an owner forward to `at`; an earlier end stays. Returns `false` if the owner has
    /// no such token of that kind.
    ///
    /// # Errors
    /// It may not have been recorded.
    fn expire_token(
        &self,
        kind: Kind,
        owner: &str,
        id: &str,
        at: OffsetDateTime,
    ) -> impl Future<Output = Result<bool, Error>> + Send {
        async move {
            let found = self.get(kind.into(), id).await?.filter(|found| found.record.owner() == owner);
            let expired = update_token(self, kind, id, found, |token| ((), token.expire(at))).await?;
            if let Some(Done { changed: false, .. }) = expired {
                self.confirm(kind.into(), owner).await?;
            }
            Ok(expired.is_some())
        }
    }

    /// Records that a token was used at `now`. An earlier use never replaces a later one. The caller throttles.
    ///
    /// # Errors
    /// It may not have been recorded.
    fn record_use(
        &self,
        kind: Kind,
        id: &str,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        async move {
            let found = self.get(kind.into(), id).await?;
            update_token(self, kind, id, found, |token| ((), token.record_use(now))).await.map(drop)
        }
    }

    /// Replaces the digest `from` of a token by `to`, if it still is `from`. Returns whether this call did so.
    ///
    /// # Errors
    /// [`Duplicate`](crate::ErrorKind::Duplicate) if another token has the digest `to`; otherwise it may not have been
    /// recorded.
    fn redigest(
        &self,
        kind: Kind,
        id: &str,
        from: KeyedDigest,
        to: KeyedDigest,
    ) -> impl Future<Output = Result<bool, Error>> + Send {
        async move {
            let found = self.get(kind.into(), id).await?;
            let moved = update_token(self, kind, id, found, |token| ((), token.redigest(from, to))).await?;
            Ok(moved.is_some_and(|moved| moved.changed))
        }
    }

    /// Adds a session.
    ///
    /// # Errors
    /// [`Duplicate`](crate::ErrorKind::Duplicate) if its id or locator is there already; otherwise the store cannot
    /// answer.
    fn create_session(&self, session: StoredSession) -> impl Future<Output = Result<(), Error>> + Send {
        self.insert(session.into())
    }

    /// Returns the session whose locator a presented refresh token carries, live or not. It changes nothing: a caller
    /// does all that can fail before [`rotate_found`](Self::rotate_found) spends the token.
    ///
    /// # Errors
    /// The store cannot answer.
    fn find_session(
        &self,
        locator: &LookupDigest,
    ) -> impl Future<Output = Result<Option<FoundSession>, Error>> + Send {
        let digest = KeyedDigest { key_id: 0, digest: *locator };
        async move {
            let found = self.find(RecordKind::Session, &[digest]).await?;
            Ok(found.and_then(|found| Some(FoundSession::new(found.record.into_session()?, found.version))))
        }
    }

    /// Finds the session by the presented locator and exchanges the token, by the rules of [`StoredSession::rotate`].
    ///
    /// # Errors
    /// The store cannot answer; the rotation may have happened. A retry within the grace period gets the same
    /// successor.
    fn rotate(&self, rotation: &Rotation<'_>) -> impl Future<Output = Result<RotationOutcome, Error>> + Send {
        async move {
            match self.find_session(&rotation.locator).await? {
                Some(found) => self.rotate_found(found, rotation).await,
                None => Ok(RotationOutcome::Unknown),
            }
        }
    }

    /// As [`rotate`](Self::rotate), for a session that was found a moment ago: one round trip if nothing else has
    /// changed the session since.
    ///
    /// # Errors
    /// As [`rotate`](Self::rotate).
    fn rotate_found(
        &self,
        found: FoundSession,
        rotation: &Rotation<'_>,
    ) -> impl Future<Output = Result<RotationOutcome, Error>> + Send {
        async move {
            let (id, subject) = (found.record.id.clone(), found.record.subject.clone());
            let decided = update_session(self, &id, Some(found.into()), |session| {
                let Decision { outcome, is_changed } = session.rotate(rotation);
                (outcome, is_changed)
            });
            let Some(decided) = decided.await? else { return Ok(RotationOutcome::Unknown) };
            if !decided.changed {
                self.confirm(RecordKind::Session, &subject).await?;
            }
            Ok(decided.outcome)
        }
    }

    /// Returns the live session of that id: neither ended nor past its time.
    ///
    /// # Errors
    /// The store cannot answer.
    fn session(
        &self,
        id: &str,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Option<SessionRecord>, Error>> + Send {
        async move {
            let session =
                self.get(RecordKind::Session, id).await?.and_then(|found| found.record.into_session());
            Ok(session.filter(|session| session.is_live(now)).map(|session| session.record))
        }
    }

    /// Returns the live sessions of a subject, the oldest first.
    ///
    /// # Errors
    /// The store cannot answer.
    fn sessions(
        &self,
        subject: &str,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Vec<SessionRecord>, Error>> + Send {
        async move {
            let listed = self.list(RecordKind::Session, subject).await?;
            let sessions = listed.into_iter().filter_map(|found| found.record.into_session());
            let mut live: Vec<_> =
                sessions.filter(|session| session.is_live(now)).map(|session| session.record).collect();
            live.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
            Ok(live)
        }
    }

    /// Gives a session of a subject another name. Returns `false` if the subject has no such session.
    ///
    /// # Errors
    /// It may not have been recorded.
    fn name_session(
        &self,
        subject: &str,
        id: &str,
        name: &str,
    ) -> impl Future<Output = Result<bool, Error>> + Send {
        async move {
            let found =
                self.get(RecordKind::Session, id).await?.filter(|found| found.record.owner() == subject);
            let named = update_session(self, id, found, |session| ((), session.rename(name))).await?;
            Ok(named.is_some())
        }
    }

    /// Ends a session for good. Returns `false` if it is unknown or was ended before.
    ///
    /// # Errors
    /// The end may not have been recorded; tell the client that the logout failed.
    fn end_session(&self, id: &str) -> impl Future<Output = Result<bool, Error>> + Send {
        async move {
            let found = self.get(RecordKind::Session, id).await?;
            let Some(subject) = found.as_ref().map(|found| found.record.owner().to_owned()) else {
                return Ok(false);
            };
            let ended = update_session(self, id, found, |session| ((), session.end())).await?;
            let changed = ended.is_some_and(|ended| ended.changed);
            if !changed {
                self.confirm(RecordKind::Session, &subject).await?;
            }
            Ok(changed)
        }
    }

    /// Ends all sessions of a subject. Returns how many this call ended.
    ///
    /// # Errors
    /// Some of the sessions may not have ended.
    fn end_sessions(&self, subject: &str) -> impl Future<Output = Result<u64, Error>> + Send {
        async move {
            let mut ended = 0_u64;
            loop {
                let mut changes = Vec::new();
                for Versioned { record, version } in self.list(RecordKind::Session, subject).await? {
                    if let Some(mut session) = record.into_session()
                        && session.end()
                    {
                        changes.push((version, session.into()));
                    }
                }
                if changes.is_empty() {
                    // Another caller may have ended some of them a moment ago.
                    self.confirm(RecordKind::Session, subject).await?;
                    return Ok(ended);
                }
                let replaced = self.replace_all(changes).await?;
                let number = replaced.iter().filter(|is_replaced| **is_replaced).count();
                ended = ended.saturating_add(number as u64);
                if number == replaced.len() {
                    return Ok(ended);
                }
            }
        }
    }
}

impl<S: TokenStore + ?Sized> TokenStoreExt for S {}

/// What a rule decided on the record as it is stored now.
struct Done<T> {
    outcome: T,
    /// Whether the record was changed, and written.
    changed: bool,
}

/// Changes a token by `decide`, which returns its outcome and whether it changed the token. `found` is the token as it
/// was read. Returns `None` if there is no such token (any more).
async fn update_token<S: TokenStore + ?Sized, T: Send>(
    store: &S,
    kind: Kind,
    id: &str,
    mut found: Option<Versioned>,
    decide: impl Fn(&mut StoredToken) -> (T, bool) + Send,
) -> Result<Option<Done<T>>, Error> {
    loop {
        let Some(Versioned { record, version }) = found else { return Ok(None) };
        let Some(mut token) = record.into_token() else { return Ok(None) };
        let (outcome, changed) = decide(&mut token);
        if !changed || store.replace(version, token.into()).await? {
            return Ok(Some(Done { outcome, changed }));
        }
        found = store.get(kind.into(), id).await?;
    }
}

/// As [`update_token`], for a session.
async fn update_session<S: TokenStore + ?Sized, T: Send>(
    store: &S,
    id: &str,
    mut found: Option<Versioned>,
    decide: impl Fn(&mut StoredSession) -> (T, bool) + Send,
) -> Result<Option<Done<T>>, Error> {
    loop {
        let Some(Versioned { record, version }) = found else { return Ok(None) };
        let Some(mut session) = record.into_session() else { return Ok(None) };
        let (outcome, changed) = decide(&mut session);
        if !changed || store.replace(version, Record::Session(session)).await? {
            return Ok(Some(Done { outcome, changed }));
        }
        found = store.get(RecordKind::Session, id).await?;
    }
}
