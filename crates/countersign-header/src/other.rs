//! A well-formed value of a scheme that this crate does not know.
//!
//! It is data and not an error, so that a service can serve `Digest` or `Negotiate` beside Basic and
//! Bearer, or answer them with its own challenge.
//!
//! The credentials are taken apart where that is asked for: what they are, a token68 or parameters, the scheme says.

use std::fmt;

use crate::{Error, ErrorKind, Parameters, syntax};

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
        if let Some(kind) = syntax::fault(text.as_bytes()) {
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

    /// The credentials as parameters (RFC 9110 section 11.4), for schemes such as Digest that have them.
    ///
    /// ```
    /// use countersign_header::Authorization;
    ///
    /// let value = br#"Digest username="Mufasa", uri="/dir/index.html", qop=auth"#;
    /// let Authorization::Other(digest) = Authorization::parse(value)? else { unreachable!("a third scheme") };
    /// assert_eq!(digest.parameters()?.get("username"), Some("Mufasa"));
    /// # Ok::<(), countersign_header::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`NoCredentials`](ErrorKind::NoCredentials) without any,
    /// [`MalformedParameter`](ErrorKind::MalformedParameter), [`DuplicateParameter`](ErrorKind::DuplicateParameter).
    pub fn parameters(&self) -> Result<Parameters<'a>, Error> {
        let parameters = Parameters::parse(self.credentials)?;
        if parameters.is_empty() { Err(ErrorKind::NoCredentials.into()) } else { Ok(parameters) }
    }
}

impl fmt::Debug for OtherScheme<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OtherScheme([redacted])")
    }
}
