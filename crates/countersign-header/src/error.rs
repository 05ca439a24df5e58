//! What can be wrong with a header, as one opaque error and its kind.
//!
//! The error holds its kind and nothing else: not the text that was refused, and not the base64
//! decoder's own error as a source, because that one names the offending character and its place. So no
//! part of a credential can reach a log through it.
//!
//! It does not choose the answer to the client; the three questions on [`ErrorKind`] are what an
//! answer depends on.

use std::fmt;

/// Why a header was refused, or could not be built.
///
/// Its `Debug` and `Display` hold fixed texts only, never anything the client sent.
pub struct Error {
    kind: ErrorKind,
}

impl Error {
    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self { kind }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error").field("kind", &self.kind).finish()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.describe())
    }
}

impl std::error::Error for Error {}

/// What went wrong, without any detail of the value.
///
/// Every kind is exactly one of missing, multiple and malformed. A well-formed value of a scheme other
/// than Basic and Bearer is no error: it is [`Authorization::Other`](crate::Authorization::Other).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request has no `Authorization` value at all.
    Missing,
    /// The request has more than one `Authorization` value, equal ones included.
    Multiple,
    /// The value is, or would be, longer than [`MAX_LENGTH`](crate::MAX_LENGTH) bytes.
    TooLong,
    /// The value is empty.
    Empty,
    /// The value has a byte above 0x7F.
    NotAscii,
    /// The value, or a user-id or password, has a control character: NUL, tab, a line break and so on.
    ControlCharacter,
    /// A space stands before or after the value, or around a token.
    SurroundingSpace,
    /// The value does not begin with a scheme's name: a token, then a space or the end.
    MalformedScheme,
    /// `Basic` or `Bearer` with nothing after it, or an empty token.
    NoCredentials,
    /// The credentials are not token68: they have a space, a comma, a quote, or `=` before the end.
    NotToken68,
    /// The credentials of Basic are not canonical, padded base64 in the standard alphabet.
    NotBase64,
    /// The credentials of Basic decode to something other than UTF-8.
    NotUtf8,
    /// The credentials of Basic decode to a text without a colon.
    MissingColon,
    /// A user-id with a colon: the reader would split it there (builder only).
    ColonInUserId,
    /// Parameters that are not `name=value` with commas between, or a quoted string or a percent-encoding that does not
    /// end.
    MalformedParameter,
    /// A parameter's name comes twice.
    DuplicateParameter,
    /// A realm with something other than printable ASCII (builder only).
    InvalidRealm,
    /// An `error_description` outside the set of RFC 6750 section 3, or empty (builder only).
    InvalidErrorDescription,
    /// A `scope` outside the grammar of RFC 6749 section 3.3 (builder only).
    InvalidScope,
}

impl ErrorKind {
    /// No credentials came. RFC 6750 section 3.1: answer 401 with a challenge that has no error code.
    #[must_use]
    pub fn is_missing(self) -> bool {
        self == Self::Missing
    }

    /// More than one value came, so which one counts is not for a server to guess: answer 400.
    #[must_use]
    pub fn is_multiple(self) -> bool {
        self == Self::Multiple
    }

    /// A value came, or was to be built, and it breaks the grammar or the length: answer 400.
    #[must_use]
    pub fn is_malformed(self) -> bool {
        !self.is_missing() && !self.is_multiple()
    }

    fn describe(self) -> &'static str {
        match self {
            Self::Missing => "no Authorization header",
            Self::Multiple => "more than one Authorization header",
            Self::TooLong => "the header value is too long",
            Self::Empty => "the header value is empty",
            Self::NotAscii => "the header value is not ASCII",
            Self::ControlCharacter => "a control character in the header value or in the credentials",
            Self::SurroundingSpace => "a space before or after the value",
            Self::MalformedScheme => "the header value does not begin with a scheme",
            Self::NoCredentials => "the scheme has no credentials",
            Self::NotToken68 => "the credentials are not token68",
            Self::NotBase64 => "the credentials are not canonical base64",
            Self::NotUtf8 => "the credentials are not UTF-8",
            Self::MissingColon => "no colon between user-id and password",
            Self::ColonInUserId => "a colon in the user-id",
            Self::MalformedParameter => "the parameters are malformed",
            Self::DuplicateParameter => "a parameter comes twice",
            Self::InvalidRealm => "the realm has a character that a challenge cannot hold",
            Self::InvalidErrorDescription => "the error description is empty or has a forbidden character",
            Self::InvalidScope => "the scope is not a list of scope tokens",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_exactly_one_of_missing_multiple_and_malformed() {
        for (kind, expected) in [
            (ErrorKind::Missing, [true, false, false]),
            (ErrorKind::Multiple, [false, true, false]),
            (ErrorKind::TooLong, [false, false, true]),
            (ErrorKind::NoCredentials, [false, false, true]),
            (ErrorKind::NotBase64, [false, false, true]),
        ] {
            assert_eq!([kind.is_missing(), kind.is_multiple(), kind.is_malformed()], expected, "{kind:?}");
        }
    }

    #[test]
    fn the_error_shows_its_kind_and_has_no_source() {
        let error = Error::from(ErrorKind::NotBase64);
        assert_eq!(error.to_string(), "the credentials are not canonical base64");
        assert_eq!(format!("{error:?}"), "Error { kind: NotBase64 }");
        assert!(std::error::Error::source(&error).is_none());
    }
}
