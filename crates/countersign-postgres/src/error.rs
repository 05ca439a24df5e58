//! What can go wrong: on opening the store, and inside an operation.

use std::error::Error as StdError;
use std::fmt;

use deadpool_postgres::{BuildError, HookError, PoolError};
use tokio_postgres::error::SqlState;

use crate::cause;

/// Why a store could not be opened.
///
/// Its text says the cause, and what to do about it. Host, user and database are not in it; the driver's own error, which
/// can name them, is the [`source`](StdError::source).
pub struct OpenError {
    kind: OpenErrorKind,
    cause: Cause,
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

/// What an [`OpenError`] knows of its cause.
enum Cause {
    Text(&'static str),
    Version { found: i64, known: i64 },
    Pool(BuildError),
    Failure(Failure),
}

impl OpenError {
    /// An option has a value that it cannot have; `cause` says which.
    pub(crate) fn options(cause: &'static str) -> Self {
        Self { kind: OpenErrorKind::Options, cause: Cause::Text(cause) }
    }

    /// The pool could not be built.
    pub(crate) fn pool(error: BuildError) -> Self {
        Self { kind: OpenErrorKind::Options, cause: Cause::Pool(error) }
    }

    /// This crate does not know the schema's version.
    pub(crate) fn unknown_version(found: i64, known: i64) -> Self {
        Self { kind: OpenErrorKind::UnknownVersion, cause: Cause::Version { found, known } }
    }

    /// There is no store, and none may be made.
    pub(crate) fn not_found() -> Self {
        let cause = "there is no store in this schema: check its name, or make the store first";
        Self { kind: OpenErrorKind::NotFound, cause: Cause::Text(cause) }
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
            Failure::Corrupt(_) => OpenErrorKind::Corrupt,
            Failure::Standby(_) | Failure::TooOld | Failure::Careless => OpenErrorKind::Unsupported,
            _ => OpenErrorKind::Unavailable,
        };
        Self { kind, cause: Cause::Failure(failure) }
    }
}

impl From<tokio_postgres::Error> for OpenError {
    fn from(error: tokio_postgres::Error) -> Self {
        Failure::from(error).into()
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the store cannot be opened: ")?;
        match &self.cause {
            Cause::Text(text) => f.write_str(text),
            Cause::Version { found, known } => {
                write!(f, "its schema has version {found}, and this program knows 1 to {known}")
            }
            Cause::Pool(error) => write!(f, "there is no pool: {error}"),
            Cause::Failure(failure) => write!(f, "{failure}"),
        }
    }
}

/// Shows the kind and the text, and not the source: a driver's own error can hold a host or a user.
impl fmt::Debug for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenError({:?}: {self})", self.kind)
    }
}

impl StdError for OpenError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.cause {
            Cause::Failure(failure) => failure.source(),
            Cause::Text(_) | Cause::Version { .. } | Cause::Pool(_) => None,
        }
    }
}

/// Why one operation failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The server refused, or the connection was cut.
    Server(tokio_postgres::Error),
    /// The server is a standby, or takes no writes for another reason.
    Standby(Option<tokio_postgres::Error>),
    /// The server is older than PostgreSQL 13.
    TooOld,
    /// The server acknowledges before its disk has the data.
    Careless,
    /// There was no connection to be had.
    Pool(PoolError),
    /// The time of the operation was over.
    Timeout,
    /// A statement did not do what it had to, without an error.
    Unwritten,
    /// This crate did not write the row like that; the text says what is wrong with it.
    Corrupt(&'static str),
    /// The id or digest is taken.
    Duplicate,
    /// The replica's copy did not take a change in.
    Copy(countersign_revocation::Error),
}

impl Failure {
    /// The driver's error.
    fn driver(&self) -> Option<&tokio_postgres::Error> {
        match self {
            Self::Server(error)
            | Self::Pool(PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error))) => {
                Some(error)
            }
            _ => None,
        }
    }

    /// Whether the connection is gone, or about to go.
    pub(crate) fn is_cut(&self) -> bool {
        self.driver().is_some_and(cause::is_cut)
    }

    /// Whether the server takes no writes, and so has done nothing.
    pub(crate) fn is_standby(&self) -> bool {
        matches!(self, Self::Standby(_))
    }

    /// Whether the server has undone the step because of others that came at the same time.
    pub(crate) fn is_conflict(&self) -> bool {
        let Self::Server(error) = self else { return false };
        matches!(error.code(), Some(&SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server(error) => of_driver(error, f),
            Self::Standby(_) => f.write_str("the server is a standby or read only: the primary is needed"),
            Self::TooOld => f.write_str("the server is older than PostgreSQL 13"),
            Self::Careless => {
                f.write_str("the server has `synchronous_commit` off, and so can lose what it acknowledges")
            }
            Self::Pool(PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error))) => {
                of_driver(error, f)
            }
            Self::Pool(PoolError::Closed) => f.write_str("the pool was closed"),
            Self::Pool(PoolError::Timeout(_)) => f.write_str("the pool had no connection in time"),
            Self::Pool(_) => f.write_str("the pool has no connection"),
            Self::Timeout => f.write_str("the server did not answer in time, or all connections are in use"),
            Self::Unwritten => f.write_str("the server wrote nothing"),
            Self::Corrupt(what) => write!(f, "the schema holds unreadable data: {what}"),
            Self::Duplicate => f.write_str("there is such a record already"),
            Self::Copy(error) => write!(f, "the replica's copy did not take a change in: {error}"),
        }
    }
}

/// The cause, and the server's own code for it where there is one.
fn of_driver(error: &tokio_postgres::Error, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(cause::of(error))?;
    error.code().map_or(Ok(()), |code| write!(f, " (SQLSTATE {})", code.code()))
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Server(error) => Some(error),
            Self::Standby(error) => error.as_ref().map(|error| error as &(dyn StdError + 'static)),
            Self::Pool(error) => Some(error),
            Self::Copy(error) => Some(error),
            Self::TooOld
            | Self::Careless
            | Self::Timeout
            | Self::Unwritten
            | Self::Corrupt(_)
            | Self::Duplicate => None,
        }
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        if error.code() == Some(&SqlState::UNIQUE_VIOLATION) {
            Self::Duplicate
        } else if cause::is_read_only(&error) {
            Self::Standby(Some(error))
        } else {
            Self::Server(error)
        }
    }
}

impl From<PoolError> for Failure {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) if cause::is_read_only(&error) => Self::Standby(Some(error)),
            PoolError::PostCreateHook(HookError::Message(text)) => {
                // A hook of ours says no more than a text.
                let refusals = [Self::TooOld, Self::Careless, Self::Standby(None)];
                let refusal = refusals.into_iter().find(|refusal| refusal.to_string() == text);
                refusal.unwrap_or(Self::Pool(PoolError::PostCreateHook(HookError::Message(text))))
            }
            error => Self::Pool(error),
        }
    }
}

/// The reverse, for the hook of the store's own pool.
impl From<Failure> for HookError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Server(error) | Failure::Standby(Some(error)) => Self::Backend(error),
            failure => Self::Message(failure.to_string().into()),
        }
    }
}

/// Drops the JSON error's text, which can quote the record.
impl From<serde_json::Error> for Failure {
    fn from(_: serde_json::Error) -> Self {
        Self::Corrupt("a record is not the JSON that this crate writes")
    }
}

impl From<Failure> for countersign_revocation::Error {
    fn from(failure: Failure) -> Self {
        let cause = failure.to_string();
        let error = match failure {
            Failure::Corrupt(_) => Self::corrupt(failure),
            _ => Self::unavailable(failure),
        };
        error.with_cause(cause)
    }
}

impl From<Failure> for countersign_token_store::Error {
    fn from(failure: Failure) -> Self {
        let cause = failure.to_string();
        let error = match failure {
            Failure::Corrupt(_) => Self::corrupt(failure),
            Failure::Duplicate => return Self::duplicate(),
            _ => Self::unavailable(failure),
        };
        error.with_cause(cause)
    }
}
