//! What can go wrong: on connecting, and inside an operation.
//!
//! Nothing here shows an address, a key, a value or what the server said: a driver's error can hold all of them,
//! so it is kept for [`source`](StdError::source) alone.

use std::error::Error as StdError;
use std::fmt;

use redis::RedisError;

/// Why a server could not be taken as a store.
pub struct ConnectError {
    kind: ConnectErrorKind,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The kind of a [`ConnectError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectErrorKind {
    /// The address cannot be read, or an option is out of range.
    Invalid,
    /// The server cannot be reached, or does not let this client in.
    Unavailable,
    /// The server removes entries when its memory is full (`maxmemory-policy`), or does not tell whether it does.
    Evicting,
    /// A part of the store's data is gone: one shard was emptied, or a client stopped while it set the store up.
    Emptied,
    /// A key of the store holds what this crate did not write.
    Corrupt,
    /// The server has no store of this prefix, and
    /// [`RedisOptions::require_existing`](crate::RedisOptions::require_existing) forbids making one.
    NotFound,
}

impl ConnectError {
    pub(crate) fn new(kind: ConnectErrorKind) -> Self {
        Self { kind, source: None }
    }

    pub(crate) fn invalid(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { kind: ConnectErrorKind::Invalid, source: Some(source.into()) }
    }

    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> ConnectErrorKind {
        self.kind
    }
}

impl From<Failure> for ConnectError {
    fn from(failure: Failure) -> Self {
        let kind = match failure {
            Failure::Emptied => ConnectErrorKind::Emptied,
            Failure::Corrupt => ConnectErrorKind::Corrupt,
            Failure::Driver(_) | Failure::Duplicate | Failure::NotReplicated | Failure::Moved => {
                ConnectErrorKind::Unavailable
            }
        };
        Self { kind, source: Some(failure.into()) }
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            ConnectErrorKind::Invalid => "the address or an option is not valid",
            ConnectErrorKind::Unavailable => "the server cannot be reached",
            ConnectErrorKind::Evicting => "the server may evict entries, or does not tell whether it does",
            ConnectErrorKind::Emptied => "a part of the store's data is gone",
            ConnectErrorKind::Corrupt => "the store holds unreadable data",
            ConnectErrorKind::NotFound => {
                "there is no store of this prefix: check its name, or make the store first"
            }
        })
    }
}

/// Shows the kind alone: a driver's own error can hold an address.
impl fmt::Debug for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectError").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl StdError for ConnectError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn StdError + 'static))
    }
}

/// Why one operation failed. Debug is derived, but the type never leaves the crate except as a source.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// The server could not be asked, or refused.
    Driver(RedisError),
    /// A record is there but is not what this crate wrote.
    Corrupt,
    /// The id or digest is taken.
    Duplicate,
    /// The server, or a part of it, was emptied since this store first saw it.
    Emptied,
    /// Too few replicas have the write; it may be lost if the primary is.
    NotReplicated,
    /// The servers changed places while they were asked one after the other.
    Moved,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Driver(_) => "the server could not be asked",
            Self::Corrupt => "a record cannot be read",
            Self::Duplicate => "there is such a record already",
            Self::Emptied => {
                "the server was emptied, in whole or in part: what was revoked is not known any more, \
                 until RedisStore::acknowledge_emptied_server is called"
            }
            Self::NotReplicated => "fewer replicas than demanded have the write",
            Self::Moved => "the servers changed places meanwhile",
        })
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Driver(error) => Some(error),
            Self::Corrupt | Self::Duplicate | Self::Emptied | Self::NotReplicated | Self::Moved => None,
        }
    }
}

/// A key of the wrong type is something that this crate did not write. Inside a script, servers before 7.0 tell it
/// in the text alone.
impl From<RedisError> for Failure {
    fn from(error: RedisError) -> Self {
        let wrong_type = error.code() == Some("WRONGTYPE")
            || error.detail().is_some_and(|detail| detail.contains("WRONGTYPE"));
        if wrong_type { Self::Corrupt } else { Self::Driver(error) }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(_: serde_json::Error) -> Self {
        Self::Corrupt
    }
}

impl From<Failure> for countersign_revocation::Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Corrupt => Self::corrupt(failure),
            Failure::Driver(_)
            | Failure::Duplicate
            | Failure::Emptied
            | Failure::NotReplicated
            | Failure::Moved => Self::unavailable(failure),
        }
    }
}

impl From<Failure> for countersign_token_store::Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Corrupt => Self::corrupt(failure),
            Failure::Duplicate => Self::duplicate(),
            Failure::Driver(_) | Failure::Emptied | Failure::NotReplicated | Failure::Moved => {
                Self::unavailable(failure)
            }
        }
    }
}
