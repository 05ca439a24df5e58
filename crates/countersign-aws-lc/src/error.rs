//! The one error of this crate: why a key stays with the engine that it has.
//!
//! It says nothing about tokens: engines answer those with yes or no, and a failed signature becomes an
//! error of `countersign-signed`. Its texts are fixed, and what lies behind it holds no key either.

use std::error::Error as StdError;
use std::fmt;

/// Why a key could not be given to aws-lc.
///
/// Neither `Display` nor `Debug` holds any part of the key.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind) -> Self {
        Self { kind, source: None }
    }

    pub(crate) fn caused(kind: ErrorKind, source: impl StdError + Send + Sync + 'static) -> Self {
        Self { kind, source: Some(Box::new(source)) }
    }

    /// What went wrong, as a value to match on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(self.source.as_deref()?)
    }
}

/// The kinds of [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The key is for an algorithm that came into `countersign-signed` after this crate.
    UnsupportedAlgorithm,
    /// The private key is in a KMS or a hardware module, so that there is nothing to give to aws-lc.
    PrivateKeyElsewhere,
    /// aws-lc does not take the key.
    KeyRejected,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnsupportedAlgorithm => "the key's algorithm is not known here",
            Self::PrivateKeyElsewhere => "the private key is elsewhere",
            Self::KeyRejected => "aws-lc does not take the key",
        })
    }
}
