//! The one error of a revocation store: it could not answer, or could not record.
//!
//! There is no kind that means "not revoked": a store that cannot answer must lead to a refusal (503),
//! and the only way to a live token is a [`Verdict`](crate::Verdict) that says so.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

/// Why a store did not do what it was asked. The request it was asked for must be refused.
pub struct Error {
    kind: ErrorKind,
    /// Safe to log.
    cause: Option<Cow<'static, str>>,
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
}

impl Error {
    /// The store is out of reach.
    ///
    /// `source` is kept for [`source`](StdError::source) and shown nowhere else, since drivers put connection strings
    /// into their messages. Say the cause in words of your own by [`with_cause`](Self::with_cause).
    pub fn unavailable(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { kind: ErrorKind::Unavailable, cause: None, source: Some(source.into()) }
    }

    /// The store holds something that this crate did not write.
    pub fn corrupt(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { kind: ErrorKind::Corrupt, cause: None, source: Some(source.into()) }
    }

    /// Adds the cause, which Display then shows: in logs, audit events and the command line.
    ///
    /// Security: use one line of fixed words, for example "the server refused the password". Put no address, user, key
    /// or value into it, and no text of a driver, which may hold them.
    ///
    /// ```
    /// use countersign_revocation::Error;
    ///
    /// let driver = "connection to redis://:secret@10.0.0.7 timed out";
    /// let error = Error::unavailable(driver).with_cause("the server did not answer in time");
    /// assert_eq!(error.to_string(), "the revocation store cannot answer: the server did not answer in time");
    /// ```
    #[must_use]
    pub fn with_cause(self, cause: impl Into<Cow<'static, str>>) -> Self {
        Self { cause: Some(cause.into()), ..self }
    }

    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

/// The kind, and the cause if the store named one. It is safe to log.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            ErrorKind::Unavailable => "the revocation store cannot answer",
            ErrorKind::Corrupt => "the revocation store holds unreadable data",
        };
        match &self.cause {
            Some(cause) => write!(f, "{what}: {cause}"),
            None => f.write_str(what),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_is_the_drivers_error_which_neither_display_nor_debug_shows() {
        for error in [Error::unavailable("canary"), Error::corrupt("canary").with_cause("a fixed word")] {
            assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("canary"));
            assert!(!format!("{error} {error:?}").contains("canary"));
        }
    }
}
