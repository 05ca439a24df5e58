//! Bearer credentials (RFC 6750 section 2.1).
//!
//! The token is borrowed from the field value: it is checked on every request, and a copy of it would
//! cost an allocation and be one more place to wipe. The same type is what a client builds a header
//! from, so that both directions have one rule for what a token is.
//!
//! Whether the token is any good is not decided here.

use std::fmt;

use crate::{Error, ErrorKind, HeaderValue, MAX_LENGTH, syntax};

pub(crate) const SCHEME: &str = "Bearer";

/// The longest token, in bytes: with `Bearer ` before it, it makes a value of [`MAX_LENGTH`].
const MAX_TOKEN: usize = MAX_LENGTH - SCHEME.len() - 1;

/// A bearer token in the syntax of RFC 6750 section 2.1 (`b64token`), borrowed.
///
/// `Debug` shows nothing of the token.
#[derive(Clone, Copy)]
pub struct Bearer<'a> {
    /// Found to be token68, which is ASCII.
    token: &'a [u8],
}

impl<'a> Bearer<'a> {
    /// Takes a token to be sent, of 1 to 16441 characters. Nothing is copied.
    ///
    /// # Errors
    ///
    /// [`NoCredentials`](ErrorKind::NoCredentials) for an empty token,
    /// [`TooLong`](ErrorKind::TooLong) if the header value would be, and one of
    /// [`NotAscii`](ErrorKind::NotAscii), [`ControlCharacter`](ErrorKind::ControlCharacter),
    /// [`SurroundingSpace`](ErrorKind::SurroundingSpace) and [`NotToken68`](ErrorKind::NotToken68)
    /// if it has a character that a token cannot have.
    pub fn new(token: &'a str) -> Result<Self, Error> {
        Self::from_bytes(token.as_bytes())
    }

    /// What may be a token and may be anything else.
    pub(crate) fn from_bytes(token: &'a [u8]) -> Result<Self, Error> {
        if token.len() > MAX_TOKEN {
            return Err(ErrorKind::TooLong.into());
        }
        Self::from_credentials(token)
    }

    /// What was found to be a token.
    pub(crate) fn of_token(token: &'a str) -> Self {
        Self { token: token.as_bytes() }
    }

    #[inline]
    pub(crate) fn from_credentials(token: &'a [u8]) -> Result<Self, Error> {
        if token.is_empty() {
            return Err(ErrorKind::NoCredentials.into());
        }
        // RFC 6750 section 2.1: credentials = "Bearer" 1*SP b64token
        if !syntax::is_token68(token) {
            return Err(syntax::fault(token).unwrap_or(ErrorKind::NotToken68).into());
        }
        Ok(Self { token })
    }

    /// The token, exactly as it was sent: 1 or more characters of token68. A secret.
    ///
    /// Each call goes through the token once more, as text of Rust's has to be UTF-8 by proof; on the way of every
    /// request, [`as_bytes`](Self::as_bytes) does not.
    #[must_use]
    pub fn token(&self) -> &'a str {
        // ASCII is UTF-8, so the other case does not come up.
        str::from_utf8(self.token).unwrap_or_default()
    }

    /// The token as bytes of ASCII, as verifiers take it. A secret.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.token
    }

    /// The value of an `Authorization` header: `Bearer`, one space, the token.
    #[must_use]
    pub fn to_header_value(&self) -> HeaderValue {
        HeaderValue::join(SCHEME, self.token())
    }
}

impl fmt::Debug for Bearer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(token: &str) -> ErrorKind {
        Bearer::new(token).unwrap_err().kind()
    }

    #[test]
    fn the_example_of_rfc_6750_section_2_1_is_built() {
        let value = Bearer::new("mF_9.B5f-4.1JqM").unwrap().to_header_value();
        assert_eq!(value.expose(), "Bearer mF_9.B5f-4.1JqM");
    }

    #[test]
    fn bytes_are_those_of_the_token() {
        for token in ["mF_9.B5f-4.1JqM", "a=="] {
            assert_eq!(Bearer::new(token).unwrap().as_bytes(), token.as_bytes());
        }
    }

    #[test]
    fn what_is_no_token_is_not_built() {
        assert_eq!(refusal(""), ErrorKind::NoCredentials);
        assert_eq!(refusal("=="), ErrorKind::NotToken68);
        assert_eq!(refusal("a b"), ErrorKind::NotToken68);
        assert_eq!(refusal("a,b"), ErrorKind::NotToken68);
        assert_eq!(refusal(" a"), ErrorKind::SurroundingSpace);
        assert_eq!(refusal("a\r\nX-Injected: 1"), ErrorKind::ControlCharacter);
        assert_eq!(refusal("\u{e9}"), ErrorKind::NotAscii);
    }

    #[test]
    fn the_longest_token_makes_the_longest_value() {
        let value = Bearer::new(&"a".repeat(MAX_LENGTH - 7)).unwrap().to_header_value();
        assert_eq!(value.expose().len(), MAX_LENGTH);
        assert_eq!(refusal(&"a".repeat(MAX_LENGTH - 6)), ErrorKind::TooLong);
    }
}
