//! What can go wrong: on opening the store, and inside an operation.

use std::error::Error as StdError;
use std::fmt;

use deadpool_postgres::PoolError;
use tokio_postgres::error::SqlState;

/// Why a store could not be opened.
pub struct OpenError {
    kind: OpenErrorKind,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The kind of an [`OpenError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OpenErrorKind {
    /// An option has a value that it cannot have: a schema name that PostgreSQL does not take, an interval that is
    /// too long for its bound, or a replica without a connector.
    Options,
    /// The server is out of reach, or does not let its user do what is needed.
    Unavailable,
    /// The schema was made by a version of this crate that this one does not know.
    UnknownVersion,
    /// The server is older than PostgreSQL 13, takes no writes (a standby), or acknowledges what is not on its disk
    /// (`synchronous_commit` is off).
    Unsupported,
    /// What the schema holds is not what this crate wrote.
    Corrupt,
    /// The schema has no tables of this crate, and [`Options::require_existing`](crate::Options::require_existing)
    /// forbids making them.
    NotFound,
}

impl OpenError {
    pub(crate) fn new(kind: OpenErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> OpenErrorKind {
        self.kind
    }
}

impl From<Failure> for OpenError {
    fn from(failure: Failure) -> Self {
        let kind = match &failure {
            Failure::Corrupt => OpenErrorKind::Corrupt,
            _ => OpenErrorKind::Unavailable,
        };
        Self { kind, source: Some(failure.into()) }
    }
}

impl From<tokio_postgres::Error> for OpenError {
    fn from(error: tokio_postgres::Error) -> Self {
        Failure::from(error).into()
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            OpenErrorKind::Options => "an option has a value that it cannot have",
            OpenErrorKind::Unavailable => "the server is out of reach, or refuses what is needed",
            OpenErrorKind::UnknownVersion => "the schema was made by another version",
            OpenErrorKind::Unsupported => "the server is too old, is a standby, or commits without its disk",
            OpenErrorKind::Corrupt => "the schema holds unreadable data",
            OpenErrorKind::NotFound => {
                "there is no store in this schema: check its name, or make the store first"
            }
        })
    }
}

/// Shows the kind alone: a driver's own error can hold a host or a user.
impl fmt::Debug for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenError").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl StdError for OpenError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn StdError + 'static))
    }
}

/// Why one operation failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The server refused, or the connection was cut.
    Server(tokio_postgres::Error),
    /// There was no connection to be had.
    Pool(PoolError),
    /// The time of the operation was over.
    Timeout,
    /// A statement did not do what it had to, without an error.
    Unwritten,
    /// A row is there but is not what this crate wrote.
    Corrupt,
    /// The id or digest is taken.
    Duplicate,
}

impl Failure {
    /// Whether the connection is gone, or about to: the server is ending it.
    pub(crate) fn is_cut(&self) -> bool {
        let Self::Server(error) = self else { return false };
        error.is_closed()
            || matches!(
                error.code(),
                Some(&SqlState::ADMIN_SHUTDOWN | &SqlState::CRASH_SHUTDOWN | &SqlState::CANNOT_CONNECT_NOW)
            )
    }

    /// Whether the server has undone the step because of others that came at the same time.
    pub(crate) fn is_conflict(&self) -> bool {
        let Self::Server(error) = self else { return false };
        matches!(error.code(), Some(&SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server(_) => "the server failed or was cut off",
            Self::Pool(_) => "there is no connection",
            Self::Timeout => "the server did not answer in time",
            Self::Unwritten => "the server wrote nothing",
            Self::Corrupt => "a row cannot be read",
            Self::Duplicate => "there is such a record already",
        })
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Server(error) => Some(error),
            Self::Pool(error) => Some(error),
            Self::Timeout | Self::Unwritten | Self::Corrupt | Self::Duplicate => None,
        }
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        if error.code() == Some(&SqlState::UNIQUE_VIOLATION) { Self::Duplicate } else { Self::Server(error) }
    }
}

impl From<PoolError> for Failure {
    fn from(error: PoolError) -> Self {
        Self::Pool(error)
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
            _ => Self::unavailable(failure),
        }
    }
}

impl From<Failure> for countersign_token_store::Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Corrupt => Self::corrupt(failure),
            Failure::Duplicate => Self::duplicate(),
            _ => Self::unavailable(failure),
        }
    }
}
