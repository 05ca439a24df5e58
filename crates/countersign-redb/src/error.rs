//! What can go wrong: on opening the file, and inside an operation.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

/// Why a file could not be opened as a store.
pub struct OpenError {
    kind: OpenErrorKind,
    source: Option<Box<dyn StdError + Send + Sync>>,
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
    pub(crate) fn new(kind: OpenErrorKind) -> Self {
        Self { kind, source: None }
    }

    pub(crate) fn io(error: std::io::Error) -> Self {
        Self { kind: OpenErrorKind::Io, source: Some(error.into()) }
    }

    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> OpenErrorKind {
        self.kind
    }
}

impl From<redb::DatabaseError> for OpenError {
    fn from(error: redb::DatabaseError) -> Self {
        use redb::{DatabaseError, StorageError};
        let kind = match &error {
            DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => OpenErrorKind::Locked,
            DatabaseError::UpgradeRequired(_) => OpenErrorKind::UnknownVersion,
            DatabaseError::Storage(StorageError::Io(io)) if !is_damage(io.kind()) => OpenErrorKind::Io,
            _ => OpenErrorKind::Unreadable,
        };
        Self { kind, source: Some(error.into()) }
    }
}

/// Where the tables are looked at or made.
impl From<Failure> for OpenError {
    fn from(failure: Failure) -> Self {
        let kind = match &failure {
            Failure::Storage(error) if matches!(&**error, redb::Error::Io(io) if !is_damage(io.kind())) => {
                OpenErrorKind::Io
            }
            _ => OpenErrorKind::Unreadable,
        };
        Self { kind, source: Some(failure.into()) }
    }
}

/// A foreign file, and one that ends before it should.
fn is_damage(kind: std::io::ErrorKind) -> bool {
    matches!(kind, std::io::ErrorKind::InvalidData | std::io::ErrorKind::UnexpectedEof)
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            OpenErrorKind::Locked => "the file is open elsewhere",
            OpenErrorKind::Unreadable => "the file is not a sound redb database",
            OpenErrorKind::UnknownVersion => "the file was written by another version",
            OpenErrorKind::Io => "the file cannot be read or written",
            OpenErrorKind::NotFound => {
                "there is no store in this file: check its path, or make the store first"
            }
        })
    }
}

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

/// Why one operation failed. Cloned to every operation that shared the commit.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// The file could not be read or written.
    Storage(Arc<redb::Error>),
    /// A record is there but is not what this crate wrote.
    Corrupt,
    /// The id or digest is taken.
    Duplicate,
    /// The writer has gone, or has too much to do.
    Closed,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Storage(_) => "the database failed",
            Self::Corrupt => "a record cannot be read",
            Self::Duplicate => "there is such a record already",
            Self::Closed => "the store is closed or overloaded",
        })
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Storage(error) => Some(&**error),
            Self::Corrupt | Self::Duplicate | Self::Closed => None,
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

from_redb!(redb::StorageError, redb::TableError, redb::TransactionError, redb::CommitError);

impl From<serde_json::Error> for Failure {
    fn from(_: serde_json::Error) -> Self {
        Self::Corrupt
    }
}

impl From<Failure> for countersign_revocation::Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Corrupt => Self::corrupt(failure),
            Failure::Storage(_) | Failure::Duplicate | Failure::Closed => Self::unavailable(failure),
        }
    }
}

impl From<Failure> for countersign_token_store::Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Corrupt => Self::corrupt(failure),
            Failure::Duplicate => Self::duplicate(),
            Failure::Storage(_) | Failure::Closed => Self::unavailable(failure),
        }
    }
}
