//! What an engine keeps: records, each with a version.

use countersign_random::KeyedDigest;
use time::OffsetDateTime;

use crate::{Kind, StoredSession, StoredToken};

/// What a [`Record`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RecordKind {
    /// An API key.
    ApiKey,
    /// A random access token.
    AccessToken,
    /// A session with its refresh tokens.
    Session,
}

impl RecordKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::ApiKey, Self::AccessToken, Self::Session];

    /// The kind's name, as engines store it. It never changes.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey => Kind::ApiKey.as_str(),
            Self::AccessToken => Kind::AccessToken.as_str(),
            Self::Session => "session",
        }
    }
}

impl From<Kind> for RecordKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::ApiKey => Self::ApiKey,
            Kind::AccessToken => Self::AccessToken,
        }
    }
}

/// A random token or a session: all that an engine stores.
///
/// An engine indexes a record by the values that these methods return, and does not look into it.
#[derive(Clone, Debug)]
pub enum Record {
    /// An API key or a random access token.
    Token(StoredToken),
    /// A session.
    Session(StoredSession),
}

impl Record {
    /// What the record is.
    #[must_use]
    pub fn kind(&self) -> RecordKind {
        match self {
            Self::Token(token) => token.record.kind.into(),
            Self::Session(_) => RecordKind::Session,
        }
    }

    /// The record's id, unique among the records of its kind. It may be any text.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Token(token) => &token.record.id,
            Self::Session(session) => &session.record.id,
        }
    }

    /// The owner of a token, or the subject of a session. It may be any text.
    #[must_use]
    pub fn owner(&self) -> &str {
        match self {
            Self::Token(token) => &token.record.owner,
            Self::Session(session) => &session.record.subject,
        }
    }

    /// The digest that the record is found by, unique among the records of its kind. A session is found by its
    /// locator; no key made that digest, so its key id is 0.
    #[must_use]
    pub fn digest(&self) -> KeyedDigest {
        match self {
            Self::Token(token) => token.digest,
            Self::Session(session) => KeyedDigest { key_id: 0, digest: session.locator },
        }
    }

    /// The id of the digest key that this record still needs. `None` for a session that has ended.
    #[must_use]
    pub fn digest_key(&self) -> Option<u32> {
        match self {
            Self::Token(token) => Some(token.digest.key_id),
            Self::Session(session) => (!session.ended).then_some(session.current.key_id),
        }
    }

    /// From when on a purge may remove the record. `None`: never.
    #[must_use]
    pub fn ends_at(&self) -> Option<OffsetDateTime> {
        match self {
            Self::Token(token) => token.record.expires_at,
            Self::Session(session) => Some(session.record.ends_at()),
        }
    }

    /// The token. `None` for a session.
    #[must_use]
    pub fn into_token(self) -> Option<StoredToken> {
        match self {
            Self::Token(token) => Some(token),
            Self::Session(_) => None,
        }
    }

    /// The session. `None` for a token.
    #[must_use]
    pub fn into_session(self) -> Option<StoredSession> {
        match self {
            Self::Session(session) => Some(session),
            Self::Token(_) => None,
        }
    }
}

impl From<StoredToken> for Record {
    fn from(token: StoredToken) -> Self {
        Self::Token(token)
    }
}

impl From<StoredSession> for Record {
    fn from(session: StoredSession) -> Self {
        Self::Session(session)
    }
}

#[cfg(feature = "serde")]
impl Record {
    /// The record as JSON, the form that engines store. `tests/stored_form.rs` pins it: a later version of this crate
    /// reads what an earlier one wrote.
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt) for a moment that JSON cannot hold.
    pub fn to_json(&self) -> Result<Vec<u8>, crate::Error> {
        let json = match self {
            Self::Token(token) => serde_json::to_vec(token),
            Self::Session(session) => serde_json::to_vec(session),
        };
        json.map_err(unreadable)
    }

    /// Reads a stored record of `kind`.
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt) if the bytes are not a record of that kind.
    pub fn from_json(kind: RecordKind, json: &[u8]) -> Result<Self, crate::Error> {
        let record = match kind {
            RecordKind::Session => Self::Session(serde_json::from_slice(json).map_err(unreadable)?),
            RecordKind::ApiKey | RecordKind::AccessToken => {
                Self::Token(serde_json::from_slice(json).map_err(unreadable)?)
            }
        };
        if record.kind() == kind { Ok(record) } else { Err(unreadable("a record of another kind")) }
    }
}

#[cfg(feature = "serde")]
fn unreadable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> crate::Error {
    crate::Error::corrupt(source).with_cause("a record is not in the form that this version writes")
}

/// The version of a record. An engine gives a record a new one with each write; two writes of one record never have
/// the same version. Other code passes it back and does not interpret it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Version(pub u64);

/// A record as an engine returns it.
#[derive(Clone, Debug)]
pub struct Versioned {
    /// The record.
    pub record: Record,
    /// The version that was read, for [`replace`](crate::TokenStore::replace).
    pub version: Version,
}
