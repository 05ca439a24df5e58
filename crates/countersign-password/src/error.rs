//! The one error of this crate.
//!
//! Opaque, with a kind to decide by and a fixed text per kind: nothing of a password, a hash or a user name
//! can get into it. A wrong password is no error, and neither is a stored hash that cannot be read; see
//! [`UserDirectory::unreadable_hash`](crate::UserDirectory::unreadable_hash).

use std::fmt;

/// Why a password could not be hashed, or a verifier not be built.
///
/// What the system or the source of randomness reported is behind [`source`](std::error::Error::source),
/// and not in `Display` or `Debug`.
#[derive(thiserror::Error)]
#[error("{kind}")]
pub struct Error {
    kind: ErrorKind,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind) -> Self {
        Self { kind, source: None }
    }

    pub(crate) fn caused(kind: ErrorKind, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self { kind, source: Some(Box::new(source)) }
    }

    /// What went wrong, as a value to match on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// The kinds of [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The parameters are outside the ranges given at [`Parameters`](crate::Parameters).
    ParametersOutOfRange,
    /// The parameters cost less than [`Parameters::new`](crate::Parameters::new) asks for.
    ParametersTooWeak,
    /// The number of workers, of waiting checks or of password bytes is outside its range.
    LimitOutOfRange,
    /// A password to be hashed is empty.
    EmptyPassword,
    /// A password to be hashed is longer than the [`Hasher`](crate::Hasher) allows.
    PasswordTooLong,
    /// The source of randomness failed, so there is no salt.
    RandomnessUnavailable,
    /// There is no memory for the computation.
    OutOfMemory,
    /// The system started no thread.
    ThreadUnavailable,
    /// The queue is full; try again in a moment.
    Busy,
    /// The computation was given up before it had a result.
    Abandoned,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ParametersOutOfRange => "the argon2 parameters are out of range",
            Self::ParametersTooWeak => "the argon2 parameters are too weak",
            Self::LimitOutOfRange => "a limit is out of range",
            Self::EmptyPassword => "the password is empty",
            Self::PasswordTooLong => "the password is too long",
            Self::RandomnessUnavailable => "the source of randomness failed",
            Self::OutOfMemory => "no memory to hash a password",
            Self::ThreadUnavailable => "no thread to hash passwords on",
            Self::Busy => "too many passwords are waiting to be hashed",
            Self::Abandoned => "hashing a password was given up",
        })
    }
}
