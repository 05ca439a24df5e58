//! The trait that an engine implements.
//!
//! No default method reads and then writes: each operation is one step of the engine, so that an engine
//! cannot forget to make it atomic.

use std::collections::BTreeMap;

use countersign_random::{KeyedDigest, LookupDigest};
use time::OffsetDateTime;

use crate::{
    Error, FoundSession, Kind, Rotation, RotationOutcome, SessionRecord, StoredSession, StoredToken,
    TokenLookup, TokenRecord,
};

/// Where random tokens and sessions are kept, by their digests.
///
/// Time comes in as `now`; a store never reads a clock, and a server's own expiry is only garbage
/// collection. Ids, owners and names may be any text.
///
/// # What every implementation promises
///
/// - An operation that returned `Ok` is seen by all that start afterwards, and outlives a crash if the
///   store outlives one. One that returned an error may have happened or not, but never by half.
/// - A look-up returns only tokens of the kind it was asked for.
/// - Every token that works is listed and is removed with its owner, and every live session is ended with its subject,
///   also if it was added while another operation ran. A removal by owner is one step: it removes all tokens that there
///   are at one moment. So an API key whose rotation races the removal leaves no successor.
/// - Of any number of concurrent rotations of one refresh token, exactly one is `Rotated`; a session that
///   was ended is never `Rotated` again.
///
/// The `conformance` feature has the suite that proves these.
pub trait TokenStore: Send + Sync {
    /// Adds a token.
    ///
    /// # Errors
    /// [`Duplicate`](crate::ErrorKind::Duplicate) if its id or digest is there already; otherwise the
    /// store cannot answer.
    fn insert(&self, token: StoredToken) -> impl Future<Output = Result<(), Error>> + Send;

    /// Looks for a token of `kind` that is stored under one of `digests` (one for each active digest
    /// key), in one query.
    ///
    /// # Errors
    /// The store cannot answer. That is not "unknown": the request is refused with 503.
    fn find(
        &self,
        kind: Kind,
        digests: &[KeyedDigest],
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<TokenLookup, Error>> + Send;

    /// The tokens of `kind` of one owner, expired but not yet purged ones included, the oldest first.
    ///
    /// # Errors
    /// The store cannot answer.
    fn list(&self, kind: Kind, owner: &str) -> impl Future<Output = Result<Vec<TokenRecord>, Error>> + Send;

    /// Removes one token of an owner. `false` if the owner has no such token of that kind.
    ///
    /// # Errors
    /// The token may still be there.
    fn remove(&self, kind: Kind, owner: &str, id: &str) -> impl Future<Output = Result<bool, Error>> + Send;

    /// Brings the end of one token of an owner forward to `at`; an earlier one stays. `false` if the owner has no
    /// such token of that kind.
    ///
    /// # Errors
    /// It may not have been recorded.
    fn expire(
        &self,
        kind: Kind,
        owner: &str,
        id: &str,
        at: OffsetDateTime,
    ) -> impl Future<Output = Result<bool, Error>> + Send;

    /// Removes all tokens of `kind` of an owner, and returns how many.
    ///
    /// # Errors
    /// Some of them may still be there.
    fn remove_by_owner(&self, kind: Kind, owner: &str) -> impl Future<Output = Result<u64, Error>> + Send;

    /// Records that a token was used at `now`. Never moves the record back in time. The caller throttles.
    ///
    /// # Errors
    /// It may not have been recorded.
    fn record_use(&self, id: &str, now: OffsetDateTime) -> impl Future<Output = Result<(), Error>> + Send;

    /// Replaces the digest `from` of a token by `to`, if it still is `from`. Returns whether it was.
    ///
    /// # Errors
    /// [`Duplicate`](crate::ErrorKind::Duplicate) if another token has the digest `to`; otherwise it may
    /// not have been recorded.
    fn redigest(
        &self,
        id: &str,
        from: KeyedDigest,
        to: KeyedDigest,
    ) -> impl Future<Output = Result<bool, Error>> + Send;

    /// How many tokens and live sessions are stored under each digest key: one that counts none can go.
    ///
    /// # Errors
    /// The store cannot answer.
    fn count_by_digest_key(&self) -> impl Future<Output = Result<BTreeMap<u32, u64>, Error>> + Send;

    /// Adds a session.
    ///
    /// # Errors
    /// [`Duplicate`](crate::ErrorKind::Duplicate) if its id or locator is there already; otherwise the
    /// store cannot answer.
    fn create_session(&self, session: StoredSession) -> impl Future<Output = Result<(), Error>> + Send;

    /// The session whose locator a presented refresh token carries, live or not. It changes nothing and decides
    /// nothing: whatever can fail is done with it before [`rotate`](Self::rotate) spends the token.
    ///
    /// # Errors
    /// The store cannot answer.
    fn find_session(
        &self,
        locator: &LookupDigest,
    ) -> impl Future<Output = Result<Option<FoundSession>, Error>> + Send;

    /// Finds the session by the presented locator and trades the token, in one step, by the rules of
    /// [`StoredSession::rotate`].
    ///
    /// # Errors
    /// The store cannot answer; the rotation may have happened. A retry within the grace window gets the
    /// same successor.
    fn rotate(&self, rotation: &Rotation<'_>) -> impl Future<Output = Result<RotationOutcome, Error>> + Send;

    /// The live session of that id: neither ended nor past its time.
    ///
    /// # Errors
    /// The store cannot answer.
    fn session(
        &self,
        id: &str,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Option<SessionRecord>, Error>> + Send;

    /// Ends a session for good. `false` if it was unknown or had been ended before.
    ///
    /// # Errors
    /// It may not have been recorded; whoever asked must not be told that it was.
    fn end_session(&self, id: &str) -> impl Future<Output = Result<bool, Error>> + Send;

    /// Ends all sessions of a subject, and returns how many were live in the store until then.
    ///
    /// # Errors
    /// Some of them may not be ended.
    fn end_sessions(&self, subject: &str) -> impl Future<Output = Result<u64, Error>> + Send;

    /// Removes tokens and sessions that `now` is past, at most `limit` of them. Safe to call from several
    /// tasks and processes at once. Call again while [`Purged::more`] is set.
    ///
    /// # Errors
    /// The purge stopped early; what it removed stays removed. Trying again later is safe.
    fn purge_expired(
        &self,
        now: OffsetDateTime,
        limit: usize,
    ) -> impl Future<Output = Result<Purged, Error>> + Send;

    /// Whether the engine removes expired records by itself, so that nobody need call
    /// [`purge_expired`](Self::purge_expired).
    fn purges_itself(&self) -> bool {
        false
    }
}

/// What a purge did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// The number of records removed.
    pub removed: usize,
    /// Whether the limit was reached, so that there may be more to remove.
    pub more: bool,
}
