//! A well-formed value of a scheme that this crate does not know.
//!
//! It is data and not an error, so that a service can serve `Digest` or `Negotiate` beside Basic and
//! Bearer, or answer them with its own challenge.
//!
//! The credentials are not taken apart: token68 and parameter lists look alike at this level.

use std::fmt;

use crate::{Error, ErrorKind, syntax};

/// A scheme other than Basic and Bearer, with whatever followed it, borrowed from the field value.
///
/// A client that forgets the scheme and sends a bare token arrives here, the token in the scheme's
/// place: it is a legal name. So `Debug` shows neither part, and [`scheme`](Self::scheme) should be
/// compared with names that are known, not logged.
#[derive(Clone, Copy)]
pub struct OtherScheme<'a> {
    scheme: &'a str,
    credentials: &'a str,
}

impl<'a> OtherScheme<'a> {
    /// Takes a whole field value apart at its first run of spaces.
    pub(crate) fn from_value(text: &'a str) -> Result<Self, Error> {
        if text.is_empty() {
            return Err(ErrorKind::Empty.into());
        }
        if let Some(kind) = syntax::fault(text) {
            return Err(kind.into());
        }
        let (scheme, rest) = text.split_once(' ').unwrap_or((text, ""));
        if !syntax::is_token(scheme) {
            return Err(ErrorKind::MalformedScheme.into());
        }
        Ok(Self { scheme, credentials: rest.trim_start_matches(' ') })
    }

    /// The scheme's name as it was sent; compare it without regard to case (RFC 9110 section 11.1).
    /// 1 or more characters of `token`. May be a misplaced secret.
    #[must_use]
    pub fn scheme(&self) -> &'a str {
        self.scheme
    }

    /// What follows the scheme and its spaces: printable ASCII, empty if nothing does. A secret.
    #[must_use]
    pub fn credentials(&self) -> &'a str {
        self.credentials
    }
}

impl fmt::Debug for OtherScheme<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OtherScheme([redacted])")
    }
}
