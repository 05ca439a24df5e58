//! What can go wrong: on opening the file, and inside an operation.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use crate::cause;

/// Why a file could not be opened as a store. Its text says the cause, and what to do about it.
pub struct OpenError {
    kind: OpenErrorKind,
    cause: Cause,
}

/// What an [`OpenError`] knows of its cause.
enum Cause {
    Text(&'static str),
    Version { found: u64, known: u64 },
    Io(std::io::Error),
    Failure(Failure),
}

/// The kind of an [`OpenError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OpenErrorKind {
    /// Another process (or another store in this one) has the file open.
    Locked,
    /// The file is no redb database, or is damaged or cut short.
    Unreadable,
    /// The file was written by a version of this crate, or of redb, that this one does not understand.
    UnknownVersion,
    /// The file cannot be read or written: permissions, a missing folder, a full disk.
    Io,
    /// There is no store, and [`RedbStore::open_existing`](crate::RedbStore::open_existing) makes none: the file is
    /// missing, or is a database without this crate's tables.
    NotFound,
}

impl OpenError {
    /// An error with a given text.
    pub(crate) fn text(kind: OpenErrorKind, cause: &'static str) -> Self {
        Self { kind, cause: Cause::Text(cause) }
    }

    /// The file is open elsewhere.
    pub(crate) fn locked() -> Self {
        redb::DatabaseError::DatabaseAlreadyOpen.into()
    }

    /// There is no store, and none may be made.
    pub(crate) fn not_found() -> Self {
        let cause = "there is no store in this file: check its path, or make the store first";
        Self::text(OpenErrorKind::NotFound, cause)
    }

    /// The tables have a version that this crate does not know.
    pub(crate) fn unknown_version(found: u64, known: u64) -> Self {
        Self { kind: OpenErrorKind::UnknownVersion, cause: Cause::Version { found, known } }
    }

    pub(crate) fn io(error: std::io::Error) -> Self {
        Self { kind: OpenErrorKind::Io, cause: Cause::Io(error) }
    }

    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> OpenErrorKind {
        self.kind
    }
}

impl From<redb::DatabaseError> for OpenError {
    fn from(error: redb::DatabaseError) -> Self {
        Failure::Storage(Arc::new(error.into())).into()
    }
}

impl From<Failure> for OpenError {
    fn from(failure: Failure) -> Self {
        use redb::Error;
        let kind = match &failure {
            Failure::Storage(error) => match &**error {
                Error::DatabaseAlreadyOpen | Error::LockProtocolMismatch => OpenErrorKind::Locked,
                Error::UpgradeRequired(_) => OpenErrorKind::UnknownVersion,
                Error::Io(io) if !cause::is_damage(io) => OpenErrorKind::Io,
                _ => OpenErrorKind::Unreadable,
            },
            _ => OpenErrorKind::Unreadable,
        };
        Self { kind, cause: Cause::Failure(failure) }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the store cannot be opened: ")?;
        match &self.cause {
            Cause::Text(text) => f.write_str(text),
            Cause::Version { found, known } => {
                write!(f, "its tables have version {found}, and this program knows 1 to {known}")
            }
            Cause::Io(error) => f.write_str(cause::of_io(error)),
            Cause::Failure(failure) => write!(f, "{failure}"),
        }
    }
}

/// Shows the kind and the text.
impl fmt::Debug for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenError({:?}: {self})", self.kind)
    }
}

impl StdError for OpenError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.cause {
            Cause::Io(error) => Some(error),
            Cause::Failure(failure) => failure.source(),
            Cause::Text(_) | Cause::Version { .. } => None,
        }
    }
}

/// Why one operation failed. Cloned to every operation that shared the commit.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// The file could not be read or written.
    Storage(Arc<redb::Error>),
    /// A record is there but is not what this crate wrote.
    Corrupt,
    /// The id or digest is taken.
    Duplicate,
    /// The thread that writes has ended.
    Closed,
    /// The thread that writes has too much to do.
    Busy,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Storage(error) => cause::of(error),
            Self::Corrupt => "a record cannot be read",
            Self::Duplicate => "there is such a record already",
            Self::Closed => "the store has ended its writing: open it again",
            Self::Busy => "too many writes are waiting: try again later",
        })
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Storage(error) => Some(&**error),
            Self::Corrupt | Self::Duplicate | Self::Closed | Self::Busy => None,
        }
    }
}

macro_rules! from_redb {
    ($($error:ty),+) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::Storage(Arc::new(error.into()))
            }
        }
    )+};
}

from_redb!(
    redb::StorageError,
    redb::TableError,
    redb::TransactionError,
    redb::CommitError,
    redb::CompactionError
);

impl From<serde_json::Error> for Failure {
    fn from(_: serde_json::Error) -> Self {
        Self::Corrupt
    }
}

impl From<Failure> for countersign_revocation::Error {
    fn from(failure: Failure) -> Self {
        let cause = failure.to_string();
        let error = match failure {
            Failure::Corrupt => Self::corrupt(failure),
            Failure::Storage(_) | Failure::Duplicate | Failure::Closed | Failure::Busy => {
                Self::unavailable(failure)
            }
        };
        error.with_cause(cause)
    }
}

impl From<Failure> for countersign_token_store::Error {
    fn from(failure: Failure) -> Self {
        let cause = failure.to_string();
        let error = match failure {
            Failure::Corrupt => Self::corrupt(failure),
            Failure::Duplicate => return Self::duplicate(),
            Failure::Storage(_) | Failure::Closed | Failure::Busy => Self::unavailable(failure),
        };
        error.with_cause(cause)
    }
}
