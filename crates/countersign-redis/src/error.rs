//! What can go wrong: on connecting, and inside an operation.
//!
//! Errors name the cause by fixed sentences. They show no address, key, value or text of the server: a driver's error
//! can hold all of them, so it is kept for [`source`](StdError::source) alone.

use std::error::Error as StdError;
use std::fmt;

use redis::{ErrorKind, RedisError};

use crate::cause::{cause_of, is_denial};

/// Why a server could not be taken as a store. `Display` names the cause in one line, without any secret.
pub struct ConnectError {
    kind: ConnectErrorKind,
    cause: &'static str,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The kind of a [`ConnectError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectErrorKind {
    /// The address cannot be read, or an option is out of range.
    Invalid,
    /// The server cannot be reached, or cannot answer now.
    Unavailable,
    /// The server demands a password or rejects it, or the user lacks a permission.
    AccessDenied,
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
    pub(crate) fn new(kind: ConnectErrorKind, cause: &'static str) -> Self {
        Self { kind, cause, source: None }
    }

    /// The driver cannot work with the address.
    pub(crate) fn invalid(source: RedisError) -> Self {
        let cause = "the address is not of the form redis://user:password@host:port/database, or has rediss:// \
                     while the crate redis was built without TLS";
        Self { source: Some(source.into()), ..Self::new(ConnectErrorKind::Invalid, cause) }
    }

    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> ConnectErrorKind {
        self.kind
    }
}

impl From<Failure> for ConnectError {
    fn from(failure: Failure) -> Self {
        let kind = match &failure {
            Failure::Emptied => ConnectErrorKind::Emptied,
            Failure::Corrupt => ConnectErrorKind::Corrupt,
            Failure::Driver(error) if is_denial(error) => ConnectErrorKind::AccessDenied,
            Failure::Driver(error) if error.kind() == ErrorKind::InvalidClientConfig => {
                return Self::invalid(error.clone());
            }
            Failure::Driver(_)
            | Failure::Duplicate
            | Failure::NotReplicated
            | Failure::Moved
            | Failure::Random
            | Failure::Unfinished => ConnectErrorKind::Unavailable,
        };
        Self { kind, cause: failure.cause(), source: Some(failure.into()) }
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            ConnectErrorKind::Invalid => "the address or an option is not valid",
            ConnectErrorKind::Unavailable => "the server cannot be used",
            ConnectErrorKind::AccessDenied => "the server denies access",
            ConnectErrorKind::Evicting => "the server may evict entries, or does not tell whether it does",
            ConnectErrorKind::Emptied => "a part of the store's data is gone",
            ConnectErrorKind::Corrupt => "the store holds unreadable data",
            ConnectErrorKind::NotFound => "there is no such store",
        };
        write!(f, "{what}: {}", self.cause)
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
    /// The system's random generator failed.
    Random,
    /// A search through all records took longer than an answer may take.
    Unfinished,
}

impl Failure {
    fn cause(&self) -> &'static str {
        match self {
            Self::Driver(error) => cause_of(error),
            Self::Corrupt => "a record cannot be read",
            Self::Duplicate => "there is such a record already",
            Self::Emptied => {
                "the server was emptied, in whole or in part: what was revoked is not known any more, \
                 until RedisStore::acknowledge_emptied_server is called"
            }
            Self::NotReplicated => "fewer replicas than demanded have the write",
            Self::Moved => "the servers changed places meanwhile",
            Self::Random => "the system's random generator failed",
            Self::Unfinished => "the search through all sessions, whose pointer is missing, took too long",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Driver(error) => write!(f, "the server cannot be used: {}", cause_of(error)),
            _ => f.write_str(self.cause()),
        }
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Driver(error) => Some(error),
            _ => None,
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
        let cause = failure.cause();
        let error = match failure {
            Failure::Corrupt => Self::corrupt(failure),
            Failure::Driver(_)
            | Failure::Duplicate
            | Failure::Emptied
            | Failure::NotReplicated
            | Failure::Moved
            | Failure::Random
            | Failure::Unfinished => Self::unavailable(failure),
        };
        error.with_cause(cause)
    }
}

impl From<Failure> for countersign_token_store::Error {
    fn from(failure: Failure) -> Self {
        let cause = failure.cause();
        let error = match failure {
            Failure::Corrupt => Self::corrupt(failure),
            Failure::Duplicate => return Self::duplicate(),
            Failure::Driver(_)
            | Failure::Emptied
            | Failure::NotReplicated
            | Failure::Moved
            | Failure::Random
            | Failure::Unfinished => Self::unavailable(failure),
        };
        error.with_cause(cause)
    }
}
