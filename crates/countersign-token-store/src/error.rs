//! The one error of a token store.

use std::error::Error as StdError;
use std::fmt;

/// Why a store did not do what it was asked.
pub struct Error {
    kind: ErrorKind,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The kind of an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The store is out of reach, busy or shutting down. Trying again later may help.
    Unavailable,
    /// What the store holds cannot be read as what this crate wrote. An operator has to look.
    Corrupt,
    /// There is a record of that id or digest already. Nothing was written.
    Duplicate,
}

impl Error {
    /// The store is out of reach. The cause is kept for [`source`](StdError::source) and shown nowhere
    /// else, since drivers put connection strings into their messages.
    pub fn unavailable(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { kind: ErrorKind::Unavailable, source: Some(source.into()) }
    }

    /// The store holds something that this crate did not write.
    pub fn corrupt(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { kind: ErrorKind::Corrupt, source: Some(source.into()) }
    }

    /// There is a record of that id or digest already.
    #[must_use]
    pub fn duplicate() -> Self {
        Self { kind: ErrorKind::Duplicate, source: None }
    }

    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            ErrorKind::Unavailable => "the token store cannot answer",
            ErrorKind::Corrupt => "the token store holds unreadable data",
            ErrorKind::Duplicate => "the token store has such a record already",
        })
    }
}

/// Shows the kind alone: a driver's own error can hold a connection string.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn StdError + 'static))
    }
}
