//! The one error of this crate.
//!
//! It is opaque, so that what lies behind it may change, and carries a kind to decide by. Its text is
//! fixed per kind: nothing of the input, which is a credential more often than not, can get into it.
//! It does not say *where* in the input the fault is, for the same reason.

use std::fmt;

/// What kept an operation of this crate from succeeding.
///
/// Neither `Display` nor `Debug` holds any part of a token, a secret, a digest or a prefix. A cause that
/// a [`RandomSource`](crate::RandomSource) reported is behind
/// [`source`](std::error::Error::source), and shown by `Debug`.
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct Error {
    kind: ErrorKind,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// An error of kind [`ErrorKind::RandomnessUnavailable`], for implementations of
    /// [`RandomSource`](crate::RandomSource).
    ///
    /// Security: `cause` is shown by `Debug` and by whatever walks the chain of causes, so it must not
    /// hold random bytes.
    #[must_use]
    pub fn randomness_unavailable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { kind: ErrorKind::RandomnessUnavailable, source: Some(cause.into()) }
    }

    /// What went wrong, as a value to match on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

/// The kinds of [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The source of randomness failed; nothing was generated.
    RandomnessUnavailable,
    /// There is no memory for a token of the length asked for.
    LengthTooLarge,
    /// A key was asked for with fewer than [`MIN_KEY_BYTES`](crate::MIN_KEY_BYTES) bytes.
    TooFewKeyBytes,
    /// A key was asked for with more than [`MAX_KEY_BYTES`](crate::MAX_KEY_BYTES) random bytes, or its
    /// text would be longer than [`MAX_TEXT_BYTES`](crate::MAX_TEXT_BYTES).
    TooManyKeyBytes,
    /// The prefix breaks the rules given at [`Prefix`](crate::Prefix).
    InvalidPrefix,
    /// The text is longer than [`MAX_TEXT_BYTES`](crate::MAX_TEXT_BYTES).
    TextTooLong,
    /// The text holds a character that is no ASCII letter, digit or underscore.
    InvalidCharacter,
    /// The text has no underscore, so no prefix.
    MissingPrefix,
    /// What follows the prefix is too short to be a body and a checksum.
    TextTooShort,
    /// The checksum is not that of the text before it: most likely a typo.
    ChecksumMismatch,
    /// The secret of a digest key is shorter than [`MIN_SECRET_BYTES`](crate::MIN_SECRET_BYTES).
    DigestSecretTooShort,
    /// A digest key with this id is there already.
    DuplicateDigestKey,
    /// A plain digest key was to stand beside a keyed primary one:
    /// [`DigestKeys::with_previous`](crate::DigestKeys::with_previous) says why not.
    PlainFormerKey,
    /// There are [`MAX_PREVIOUS_KEYS`](crate::MAX_PREVIOUS_KEYS) previous digest keys already.
    TooManyDigestKeys,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RandomnessUnavailable => "the source of randomness failed",
            Self::LengthTooLarge => "no memory for a token of this length",
            Self::TooFewKeyBytes => "a key needs at least 16 bytes",
            Self::TooManyKeyBytes => "a key of this many bytes is too long",
            Self::InvalidPrefix => "the key's prefix is not well formed",
            Self::TextTooLong => "the text is too long to be a key",
            Self::InvalidCharacter => "the text holds a character that no key has",
            Self::MissingPrefix => "the text has no prefix",
            Self::TextTooShort => "the text is too short to be a key",
            Self::ChecksumMismatch => "the key's checksum does not match",
            Self::DigestSecretTooShort => "the secret of a digest key needs at least 32 bytes",
            Self::DuplicateDigestKey => "a digest key with this id is there already",
            Self::PlainFormerKey => "a plain digest key undoes what a keyed primary key protects",
            Self::TooManyDigestKeys => "there are two previous digest keys already",
        })
    }
}
