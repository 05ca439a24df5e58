//! A session: everything that comes from one login, as one record.

use std::fmt;

use countersign_random::{KeyedDigest, LookupDigest};
use time::OffsetDateTime;

use crate::{Record, Salt, Version, Versioned};

/// What is known of a session. Debug shows neither its id nor its subject.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SessionRecord {
    /// The `sid` that its access tokens carry; unique in the store.
    pub id: String,
    /// Whose session it is.
    pub subject: String,
    /// The subject's version at login: the session dies with it. Stored as `generation`.
    #[cfg_attr(feature = "serde", serde(rename = "generation"))]
    pub subject_version: u64,
    /// The scopes granted at login, at most which its tokens carry.
    pub scopes: Vec<String>,
    /// What the application calls the session, for example "Firefox on Linux". Empty if it gave no name.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "String::is_empty"))]
    pub name: String,
    /// When it began. Moments are kept to the millisecond.
    #[cfg_attr(feature = "serde", serde(with = "time::serde::timestamp::milliseconds"))]
    pub created_at: OffsetDateTime,
    /// When its refresh token was last exchanged. `None` if it never was.
    #[cfg_attr(
        feature = "serde",
        serde(
            default,
            skip_serializing_if = "Option::is_none",
            with = "time::serde::timestamp::milliseconds::option"
        )
    )]
    pub last_refreshed_at: Option<OffsetDateTime>,
    /// From when on it is over unless it has been refreshed by then.
    #[cfg_attr(feature = "serde", serde(with = "time::serde::timestamp::milliseconds"))]
    pub idle_expires_at: OffsetDateTime,
    /// From when on it is over in any case.
    #[cfg_attr(feature = "serde", serde(with = "time::serde::timestamp::milliseconds"))]
    pub expires_at: OffsetDateTime,
}

impl SessionRecord {
    /// The moment from which the session is over: the earlier of its two ends.
    #[must_use]
    pub fn ends_at(&self) -> OffsetDateTime {
        self.expires_at.min(self.idle_expires_at)
    }
}

impl fmt::Debug for SessionRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionRecord")
            .field("subject_version", &self.subject_version)
            .finish_non_exhaustive()
    }
}

/// A session that was found by a presented refresh token.
#[derive(Clone, Debug)]
pub struct FoundSession {
    /// The session.
    pub record: SessionRecord,
    /// Whether it was ended before its time.
    pub ended: bool,
    /// The rest of the stored record, for a rotation.
    stored: StoredSession,
    version: Version,
}

impl FoundSession {
    pub(crate) fn new(stored: StoredSession, version: Version) -> Self {
        Self { record: stored.record.clone(), ended: stored.ended, stored, version }
    }
}

impl From<FoundSession> for Versioned {
    fn from(found: FoundSession) -> Self {
        Self { record: Record::Session(found.stored), version: found.version }
    }
}

/// A session with the digests of its refresh tokens: what an engine keeps, as one record, locked by
/// rotation and by its end alike. [`rotate`](Self::rotate) holds the rules.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StoredSession {
    /// The session.
    pub record: SessionRecord,
    /// The digest of the locator that all its refresh tokens carry: what the record is found by.
    /// It is a plain one, since a locator is random and there is nothing to guess; so it never changes, and a
    /// session stays where it is while digest keys come and go.
    #[cfg_attr(feature = "serde", serde(with = "crate::serde_digest::plain"))]
    pub locator: LookupDigest,
    /// The digest of the one refresh secret that is good now.
    #[cfg_attr(feature = "serde", serde(with = "crate::serde_digest"))]
    pub current: KeyedDigest,
    /// The one before it, until the current one is used itself.
    pub previous: Option<Previous>,
    /// Whether the session was ended (by a logout, or because a refresh token was used twice). It stays
    /// as a record, and dead, until its time is over.
    pub ended: bool,
}

impl StoredSession {
    /// Whether the session is neither ended nor past its time.
    #[must_use]
    pub fn is_live(&self, now: OffsetDateTime) -> bool {
        !self.ended && now < self.record.ends_at()
    }

    /// Gives the session another name. Returns whether that changed it.
    pub fn rename(&mut self, name: &str) -> bool {
        let is_new = self.record.name != name;
        if is_new {
            name.clone_into(&mut self.record.name);
        }
        is_new
    }

    /// Ends the session. Returns `false` if it was ended before.
    pub fn end(&mut self) -> bool {
        !std::mem::replace(&mut self.ended, true)
    }
}

/// The refresh secret that was traded for the current one.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Previous {
    /// Its digest.
    #[cfg_attr(feature = "serde", serde(with = "crate::serde_digest"))]
    pub digest: KeyedDigest,
    /// The salt with which its successor was derived from it.
    pub salt: Salt,
    /// The id of the server key with which its successor was derived.
    pub derivation_key_id: u32,
    /// When it was traded: the grace window runs from here.
    #[cfg_attr(feature = "serde", serde(with = "time::serde::timestamp::milliseconds"))]
    pub rotated_at: OffsetDateTime,
    /// Whether it was presented again since, and how many tokens before it were.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Replays::is_none"))]
    pub replays: Replays,
}

/// Replays of a session's refresh tokens within their grace period, counted by token.
///
/// One replay is a lost response or a second tab. If every token is presented twice, two clients hold the session, and
/// one of them may be a thief who refreshes some seconds after the owner each time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Replays {
    /// How many tokens in a row, up to the one before this, were presented again.
    pub before: u32,
    /// Whether this one was.
    pub is_replayed: bool,
}

impl Replays {
    /// How many tokens in a row were presented again, if the last one is this.
    #[must_use]
    pub fn in_a_row(self) -> u32 {
        if self.is_replayed { self.before.saturating_add(1) } else { 0 }
    }

    #[cfg(feature = "serde")]
    fn is_none(&self) -> bool {
        *self == Self::default()
    }
}
