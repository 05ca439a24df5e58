//! Challenges as a client gets them: `WWW-Authenticate`, and `Proxy-Authenticate`, which has the same form.
//!
//! A response may have several values, and each may have several challenges, with commas between the challenges and
//! between the parameters of one (RFC 9110 section 11.6.1). What a name belongs to is decided as the grammar has it:
//! by the `=` behind it.

use std::fmt;

use crate::parameters::Cursor;
use crate::{BearerError, Error, ErrorKind, MAX_LENGTH, Parameters};

/// A challenge out of a response: a scheme, and a token68 or parameters.
///
/// It comes from the server, so its texts are to be shown as a stranger's. `Debug` shows none of them.
///
/// ```
/// use countersign_header::{BearerError, ReceivedChallenge};
///
/// let value = br#"Basic realm="a, \"b\"", Bearer error="invalid_token", scope="read""#;
/// let challenges = ReceivedChallenge::from_values([&value[..]])?;
/// assert_eq!(challenges[0].realm(), Some(r#"a, "b""#));
/// assert!(challenges[1].has_scheme("bearer"));
/// assert_eq!(challenges[1].error(), Some(BearerError::InvalidToken));
/// # Ok::<(), countersign_header::Error>(())
/// ```
#[derive(Clone)]
pub struct ReceivedChallenge<'a> {
    scheme: &'a str,
    token68: Option<&'a str>,
    parameters: Parameters<'a>,
}

impl<'a> ReceivedChallenge<'a> {
    /// All challenges of a response, in their order, from all the values that it has under the name; none without
    /// values. A value is UTF-8 of at most [`MAX_LENGTH`] bytes.
    ///
    /// # Errors
    ///
    /// [`TooLong`](ErrorKind::TooLong), [`NotUtf8`](ErrorKind::NotUtf8),
    /// [`MalformedScheme`](ErrorKind::MalformedScheme), [`MalformedParameter`](ErrorKind::MalformedParameter),
    /// [`DuplicateParameter`](ErrorKind::DuplicateParameter).
    pub fn from_values<I: IntoIterator<Item = &'a [u8]>>(values: I) -> Result<Vec<Self>, Error> {
        let mut challenges = Vec::new();
        for value in values {
            if value.len() > MAX_LENGTH {
                return Err(ErrorKind::TooLong.into());
            }
            let mut cursor = Cursor(str::from_utf8(value).map_err(|_| ErrorKind::NotUtf8)?);
            cursor.skip_commas();
            while !cursor.is_at_end() {
                challenges.push(Self::parse(&mut cursor)?);
            }
        }
        Ok(challenges)
    }

    /// `auth-scheme [ 1*SP ( token68 / #auth-param ) ]`, and the commas behind it.
    fn parse(cursor: &mut Cursor<'a>) -> Result<Self, ErrorKind> {
        let scheme = cursor.token().ok_or(ErrorKind::MalformedScheme)?;
        let mut challenge = Self { scheme, token68: None, parameters: Parameters::default() };
        if cursor.ends_element() {
            cursor.skip_commas();
            return Ok(challenge);
        }
        if !cursor.spaces() {
            return Err(ErrorKind::MalformedScheme);
        }
        challenge.token68 = cursor.token68();
        if challenge.token68.is_none() {
            let (name, value) = cursor.parameter().ok_or(ErrorKind::MalformedParameter)?;
            challenge.parameters.push(name, value)?;
        }
        loop {
            if !cursor.ends_element() {
                return Err(ErrorKind::MalformedParameter);
            }
            cursor.skip_commas();
            // What has no `=` behind it is the next challenge's scheme.
            match cursor.parameter() {
                Some((name, value)) if challenge.token68.is_none() => {
                    challenge.parameters.push(name, value)?;
                }
                // After a token68 there is nothing that it could belong to.
                Some(_) => return Err(ErrorKind::MalformedScheme),
                None => return Ok(challenge),
            }
        }
    }

    /// The scheme's name as it was sent: 1 or more characters of `token`.
    #[must_use]
    pub fn scheme(&self) -> &'a str {
        self.scheme
    }

    /// Whether it is of this scheme, in whatever case (RFC 9110 section 11.1).
    #[must_use]
    pub fn has_scheme(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// What some schemes, such as Negotiate, have instead of parameters.
    #[must_use]
    pub fn token68(&self) -> Option<&'a str> {
        self.token68
    }

    /// Its parameters.
    #[must_use]
    pub fn parameters(&self) -> &Parameters<'a> {
        &self.parameters
    }

    /// The parameter `realm`.
    #[must_use]
    pub fn realm(&self) -> Option<&str> {
        self.parameters.get("realm")
    }

    /// Why the token was refused (RFC 6750 section 3.1); `None` without the parameter `error`, or if it is none of
    /// that section's codes.
    #[must_use]
    pub fn error(&self) -> Option<BearerError> {
        BearerError::from_code(self.parameters.get("error")?)
    }

    /// The parameter `error_description`.
    #[must_use]
    pub fn error_description(&self) -> Option<&str> {
        self.parameters.get("error_description")
    }

    /// The scope tokens that are needed (RFC 6750 section 3); none without the parameter `scope`.
    pub fn scope(&self) -> impl Iterator<Item = &str> {
        self.parameters.get("scope").unwrap_or_default().split(' ').filter(|token| !token.is_empty())
    }
}

impl fmt::Debug for ReceivedChallenge<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedChallenge").finish_non_exhaustive()
    }
}
