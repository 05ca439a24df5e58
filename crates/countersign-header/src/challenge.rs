//! The value of a `WWW-Authenticate` header: what a client is told when it is refused.
//!
//! Every parameter is written as a quoted string, which both RFCs require of `realm`, and the setters
//! take only what needs no guessing: printable ASCII. So no text can end the quoted string early or
//! start another header. Parameters come in a fixed order, whatever the order of the calls.
//!
//! Each challenge is one value: a response that offers two schemes has two headers. They are read in
//! [`received`](crate::received).

use std::fmt::{self, Write};

use crate::{Error, ErrorKind, basic, bearer, syntax};

/// A challenge, Basic or Bearer. `Display` writes the header's value.
///
/// It goes to the client: put nothing into it that the client may not know, such as why a signature was
/// refused or whether a user exists.
///
/// ```
/// use countersign_header::{BearerError, Challenge};
///
/// let challenge = Challenge::bearer().realm("api")?.error(BearerError::InvalidToken);
/// assert_eq!(challenge.to_string(), r#"Bearer realm="api", error="invalid_token""#);
/// # Ok::<(), countersign_header::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Challenge {
    scheme: Scheme,
    realm: Option<String>,
    error: Option<BearerError>,
    error_description: Option<String>,
    scope: Option<String>,
}

#[derive(Clone, Copy, Debug)]
enum Scheme {
    Basic,
    Bearer,
}

impl Challenge {
    /// Asks for Basic credentials: `Basic realm="...", charset="UTF-8"` (RFC 7617 sections 2 and 2.1).
    /// The charset tells the client to send UTF-8, the only encoding that is read here.
    ///
    /// # Errors
    ///
    /// [`InvalidRealm`](ErrorKind::InvalidRealm), as for [`realm`](Self::realm).
    pub fn basic(realm: &str) -> Result<Self, Error> {
        Self::new(Scheme::Basic).realm(realm)
    }

    /// Asks for a bearer token (RFC 6750 section 3). That section wants at least one parameter after the
    /// scheme, so give a [`realm`](Self::realm) where nothing else is said; without any, the value is
    /// the bare word `Bearer`.
    #[must_use]
    pub fn bearer() -> Self {
        Self::new(Scheme::Bearer)
    }

    fn new(scheme: Scheme) -> Self {
        Self { scheme, realm: None, error: None, error_description: None, scope: None }
    }

    /// Names what is protected, replacing an earlier realm. Printable ASCII, possibly empty; `"` and `\`
    /// are escaped when it is written (RFC 9110 section 5.6.4).
    ///
    /// # Errors
    ///
    /// [`InvalidRealm`](ErrorKind::InvalidRealm) for a control character, tab included, and for anything
    /// beyond ASCII, which has no defined encoding here.
    pub fn realm(mut self, realm: &str) -> Result<Self, Error> {
        if !syntax::is_printable_ascii(realm.as_bytes()) {
            return Err(ErrorKind::InvalidRealm.into());
        }
        self.realm = Some(realm.to_owned());
        Ok(self)
    }

    /// Says why the token was refused (RFC 6750 section 3.1). Leave it out where no credentials came.
    ///
    /// On a Basic challenge this, the description and the scope are checked but not written: RFC 7617
    /// section 2 has no such parameters.
    #[must_use]
    pub fn error(mut self, error: BearerError) -> Self {
        self.error = Some(error);
        self
    }

    /// Explains the error to the client's developer: fixed text, never anything that came with the
    /// request. 1 or more of `%x20-21 / %x23-5B / %x5D-7E` (RFC 6750 section 3).
    ///
    /// # Errors
    ///
    /// [`InvalidErrorDescription`](ErrorKind::InvalidErrorDescription) if it is empty or has another
    /// character, `"` and `\` included.
    pub fn error_description(mut self, description: &str) -> Result<Self, Error> {
        if description.is_empty() || !syntax::is_unescaped(description) {
            return Err(ErrorKind::InvalidErrorDescription.into());
        }
        self.error_description = Some(description.to_owned());
        Ok(self)
    }

    /// Names the scope that is needed: scope tokens with one space between them, each of 1 or more of
    /// `%x21 / %x23-5B / %x5D-7E` (RFC 6750 section 3, RFC 6749 section 3.3).
    ///
    /// # Errors
    ///
    /// [`InvalidScope`](ErrorKind::InvalidScope) if it is empty, has another character, or a space
    /// that does not stand between two tokens.
    pub fn scope(mut self, scope: &str) -> Result<Self, Error> {
        if scope.split(' ').any(str::is_empty) || !syntax::is_unescaped(scope) {
            return Err(ErrorKind::InvalidScope.into());
        }
        self.scope = Some(scope.to_owned());
        Ok(self)
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let realm = ("realm", self.realm.as_deref());
        match self.scheme {
            Scheme::Basic => write(f, basic::SCHEME, &[realm, ("charset", Some("UTF-8"))]),
            Scheme::Bearer => {
                let error = ("error", self.error.map(BearerError::as_str));
                let description = ("error_description", self.error_description.as_deref());
                write(f, bearer::SCHEME, &[realm, error, description, ("scope", self.scope.as_deref())])
            }
        }
    }
}

/// `auth-scheme [ 1*SP #auth-param ]` (RFC 9110 section 11.6.1), leaving out what has no value.
fn write(f: &mut fmt::Formatter<'_>, scheme: &str, parameters: &[(&str, Option<&str>)]) -> fmt::Result {
    f.write_str(scheme)?;
    let mut separator = " ";
    for (name, value) in parameters {
        let Some(value) = value else { continue };
        write!(f, "{separator}{name}=\"")?;
        for character in value.chars() {
            if matches!(character, '"' | '\\') {
                f.write_char('\\')?;
            }
            f.write_char(character)?;
        }
        f.write_char('"')?;
        separator = ", ";
    }
    Ok(())
}

/// The error codes of RFC 6750 section 3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BearerError {
    /// The request is malformed, or carries a token in more than one way.
    InvalidRequest,
    /// The token is expired, revoked, malformed or invalid for another reason.
    InvalidToken,
    /// The token is good, but not for this.
    InsufficientScope,
}

impl BearerError {
    /// The code as the `error` parameter carries it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
        }
    }

    pub(crate) fn from_code(code: &str) -> Option<Self> {
        let codes = [Self::InvalidRequest, Self::InvalidToken, Self::InsufficientScope];
        codes.into_iter().find(|known| known.as_str() == code)
    }

    /// The HTTP status that goes with the code: 400, 401 or 403.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidRequest => 400,
            Self::InvalidToken => 401,
            Self::InsufficientScope => 403,
        }
    }
}
