//! The `Authorization` header of a request (RFC 9110 section 11.6.2).
//!
//! One value in, one of three things out: Basic, Bearer, or some other scheme as data. Everything else
//! is an error, because a value that two readers could take differently is one of them's way past the
//! other. For the same reason nothing is repaired: HTTP libraries remove the white space around a field
//! value before they hand it over (RFC 9112 section 5.1), so what is still there is refused.
//!
//! It does not read requests, and it does not decide which scheme an endpoint takes.

use crate::{BasicCredentials, Bearer, Error, ErrorKind, OtherScheme, basic, bearer};

/// The longest `Authorization` value that is looked at, in bytes: 16448. A token of 16 KiB and its
/// scheme fit. The length is checked before anything else.
pub const MAX_LENGTH: usize = 16 * 1024 + 64;

/// The credentials of a request.
///
/// ```
/// use countersign_header::Authorization;
///
/// // All the values that the request has under the name `Authorization`.
/// let values: [&[u8]; 1] = [b"Bearer mF_9.B5f-4.1JqM"];
/// match Authorization::from_values(values)? {
///     Authorization::Bearer(bearer) => assert_eq!(bearer.token(), "mF_9.B5f-4.1JqM"),
///     _ => unreachable!("the scheme is Bearer"),
/// }
/// # Ok::<(), countersign_header::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Authorization<'a> {
    /// A user-id and a password (RFC 7617).
    Basic(BasicCredentials),
    /// A token (RFC 6750).
    Bearer(Bearer<'a>),
    /// Another scheme, well-formed, not taken apart.
    Other(OtherScheme<'a>),
}

impl<'a> Authorization<'a> {
    /// Parses one field value: a scheme, one or more spaces, credentials. The scheme's case is free
    /// (RFC 9110 section 11.1). A Bearer value is parsed without an allocation.
    ///
    /// Security: this is for one value that is already known to be the only one. For a request use
    /// [`from_values`](Self::from_values), which refuses a second one.
    ///
    /// # Errors
    ///
    /// Always one whose kind [is malformed](ErrorKind::is_malformed). Where several apply, the first of
    /// these is named: [`TooLong`](ErrorKind::TooLong), [`NoCredentials`](ErrorKind::NoCredentials) or
    /// [`Empty`](ErrorKind::Empty), [`NotAscii`](ErrorKind::NotAscii),
    /// [`ControlCharacter`](ErrorKind::ControlCharacter),
    /// [`SurroundingSpace`](ErrorKind::SurroundingSpace),
    /// [`MalformedScheme`](ErrorKind::MalformedScheme) or [`NotToken68`](ErrorKind::NotToken68), and for
    /// Basic [`NotBase64`](ErrorKind::NotBase64), [`NotUtf8`](ErrorKind::NotUtf8),
    /// [`ControlCharacter`](ErrorKind::ControlCharacter) in the decoded pair,
    /// [`MissingColon`](ErrorKind::MissingColon).
    #[inline]
    pub fn parse(value: &'a [u8]) -> Result<Self, Error> {
        if value.len() > MAX_LENGTH {
            return Err(ErrorKind::TooLong.into());
        }
        if let Some(credentials) = after_scheme(value, bearer::SCHEME) {
            Bearer::from_credentials(credentials).map(Self::Bearer)
        } else if let Some(credentials) = after_scheme(value, basic::SCHEME) {
            BasicCredentials::from_credentials(credentials).map(Self::Basic)
        } else {
            OtherScheme::from_value(text(value)?).map(Self::Other)
        }
    }

    /// Parses the `Authorization` of a request from all the values it has under that name: exactly one
    /// is expected. Two proxies or two libraries may disagree on which of several counts, so even equal
    /// ones are refused.
    ///
    /// ```
    /// use countersign_header::{Authorization, ErrorKind};
    ///
    /// let none: [&[u8]; 0] = [];
    /// assert_eq!(Authorization::from_values(none).unwrap_err().kind(), ErrorKind::Missing);
    ///
    /// let two: [&[u8]; 2] = [b"Bearer a", b"Bearer b"];
    /// assert_eq!(Authorization::from_values(two).unwrap_err().kind(), ErrorKind::Multiple);
    /// ```
    ///
    /// # Errors
    ///
    /// [`Missing`](ErrorKind::Missing), [`Multiple`](ErrorKind::Multiple), and those of
    /// [`parse`](Self::parse).
    #[inline]
    pub fn from_values<I: IntoIterator<Item = &'a [u8]>>(values: I) -> Result<Self, Error> {
        let mut values = values.into_iter();
        let value = values.next().ok_or(ErrorKind::Missing)?;
        if values.next().is_some() {
            return Err(ErrorKind::Multiple.into());
        }
        Self::parse(value)
    }
}

/// What is not UTF-8 is not ASCII either; UTF-8 beyond ASCII is outside each set that a text is checked against.
fn text(bytes: &[u8]) -> Result<&str, ErrorKind> {
    str::from_utf8(bytes).map_err(|_| ErrorKind::NotAscii)
}

/// What follows `scheme` and its spaces; `None` if the value has another scheme or none.
///
/// RFC 9110 section 11.4: `credentials = auth-scheme [ 1*SP ( token68 / #auth-param ) ]`
fn after_scheme<'a>(value: &'a [u8], scheme: &str) -> Option<&'a [u8]> {
    let (name, mut rest) = value.split_at_checked(scheme.len())?;
    // RFC 9110 section 11.1: the scheme is case-insensitive.
    if !name.eq_ignore_ascii_case(scheme.as_bytes()) || !(rest.is_empty() || rest.starts_with(b" ")) {
        return None;
    }
    while let [b' ', behind @ ..] = rest {
        rest = behind;
    }
    Some(rest)
}
