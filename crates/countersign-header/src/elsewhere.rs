//! A bearer token that comes in another place than the `Authorization` header: a cookie, a form, a query.
//!
//! Each is a choice that a service makes by name; nothing here looks in two places by itself. Where a service takes
//! tokens in several, [`one_of`] sees to it that a request uses one (RFC 6750 section 2).

use std::fmt;

use zeroize::Zeroizing;

use crate::{Bearer, Error, ErrorKind, MAX_LENGTH};

/// The name of the parameter (RFC 6750 sections 2.2 and 2.3).
const PARAMETER: &str = "access_token";

/// The token of the cookie `name`, from all the values that the request has under the name `Cookie` (RFC 6265 section
/// 5.4; HTTP/2 may send several). Names are compared with regard to case. Other cookies may be whatever they are.
///
/// Security: a browser sends cookies with requests that other sites make it send, so the service has to see to
/// forged ones itself. Name the cookie with the prefix `__Host-`, so that no other host can set it.
///
/// ```
/// use countersign_header::bearer_from_cookies;
///
/// let values: [&[u8]; 1] = [b"theme=dark; __Host-token=mF_9.B5f-4.1JqM"];
/// assert_eq!(bearer_from_cookies(values, "__Host-token")?.token(), "mF_9.B5f-4.1JqM");
/// # Ok::<(), countersign_header::Error>(())
/// ```
///
/// # Errors
///
/// [`Missing`](ErrorKind::Missing) without such a cookie, [`Multiple`](ErrorKind::Multiple) with two,
/// [`TooLong`](ErrorKind::TooLong) for a value of more than [`MAX_LENGTH`] bytes, and those of [`Bearer::new`] for one
/// that is no token.
pub fn bearer_from_cookies<'a, I: IntoIterator<Item = &'a [u8]>>(
    values: I,
    name: &str,
) -> Result<Bearer<'a>, Error> {
    let mut found = None;
    for value in values {
        for pair in value.split(|byte| *byte == b';') {
            let pair = pair.trim_ascii();
            let Some(token) = pair.strip_prefix(name.as_bytes()).and_then(|rest| rest.strip_prefix(b"="))
            else {
                continue;
            };
            if found.replace(token).is_some() {
                return Err(ErrorKind::Multiple.into());
            }
        }
    }
    let token = found.ok_or(ErrorKind::Missing)?;
    Bearer::from_bytes(token)
}

/// The token of the parameter `access_token` of a body of the media type `application/x-www-form-urlencoded` (RFC 6750
/// section 2.2, which has more conditions: the method, and a body in one part). At most [`MAX_LENGTH`] bytes; the
/// service bounds the body before.
///
/// # Errors
///
/// As [`bearer_from_cookies`], and [`MalformedParameter`](ErrorKind::MalformedParameter) for a `%` without two
/// hexadecimal digits, in whichever parameter.
pub fn bearer_from_form(body: &[u8]) -> Result<DecodedBearer<'_>, Error> {
    if body.len() > MAX_LENGTH {
        return Err(ErrorKind::TooLong.into());
    }
    let mut found = None;
    for pair in body.split(|byte| *byte == b'&') {
        let mut parts = pair.splitn(2, |byte| *byte == b'=');
        let mut part = || Part::decode(parts.next().unwrap_or_default());
        let (name, value) = (part()?, part()?);
        if name.bytes() == PARAMETER.as_bytes() && found.replace(value).is_some() {
            return Err(ErrorKind::Multiple.into());
        }
    }
    DecodedBearer::new(found.ok_or(ErrorKind::Missing)?)
}

/// The token of the parameter `access_token` of a request's query, without the `?`.
///
/// Security: queries stand in the logs of servers and proxies, in browsers' histories, and in the `Referer` of what
/// is fetched next. RFC 6750 section 2.3 has this as a last resort, and OAuth 2.1 no more; the answer needs
/// `Cache-Control: no-store`.
///
/// # Errors
///
/// As [`bearer_from_form`].
pub fn dangerous_bearer_from_query(query: &str) -> Result<DecodedBearer<'_>, Error> {
    bearer_from_form(query.as_bytes())
}

/// The one token of a request, of what was found in each place where a service looks: RFC 6750 section 2 forbids clients
/// more than one.
///
/// ```
/// use countersign_header::{Bearer, ErrorKind, bearer_from_cookies, one_of};
///
/// let cookie = bearer_from_cookies([&b"token=a"[..]], "token");
/// assert_eq!(one_of([Err(ErrorKind::Missing.into()), cookie])?.token(), "a");
/// assert_eq!(one_of([Bearer::new("b"), Bearer::new("b")]).unwrap_err().kind(), ErrorKind::Multiple);
/// # Ok::<(), countersign_header::Error>(())
/// ```
///
/// # Errors
///
/// [`Missing`](ErrorKind::Missing) if there is none, [`Multiple`](ErrorKind::Multiple) if there are two, equal ones too, and
/// otherwise the first error that is not that a token is missing.
pub fn one_of<'a, I>(found: I) -> Result<Bearer<'a>, Error>
where
    I: IntoIterator<Item = Result<Bearer<'a>, Error>>,
{
    let mut one = None;
    for result in found {
        match result {
            Err(error) if error.kind().is_missing() => {}
            Ok(bearer) if one.replace(bearer).is_none() => {}
            Ok(_) => return Err(ErrorKind::Multiple.into()),
            Err(error) => return Err(error),
        }
    }
    one.ok_or_else(|| ErrorKind::Missing.into())
}

/// A token that may have been percent-encoded; then it is in memory of its own, which is wiped on drop.
///
/// `Debug` shows nothing of it.
pub struct DecodedBearer<'a>(Inner<'a>);

enum Inner<'a> {
    Borrowed(Bearer<'a>),
    /// Found to be a token.
    Decoded(Zeroizing<String>),
}

impl<'a> DecodedBearer<'a> {
    fn new(value: Part<'a>) -> Result<Self, Error> {
        Ok(Self(match value {
            Part::Plain(bytes) => Inner::Borrowed(Bearer::from_bytes(bytes)?),
            Part::Decoded(bytes) => {
                Inner::Decoded(Zeroizing::new(Bearer::from_bytes(&bytes)?.token().to_owned()))
            }
        }))
    }

    /// The token.
    #[must_use]
    pub fn bearer(&self) -> Bearer<'_> {
        match &self.0 {
            Inner::Borrowed(bearer) => *bearer,
            Inner::Decoded(token) => Bearer::of_token(token),
        }
    }
}

impl fmt::Debug for DecodedBearer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DecodedBearer([redacted])")
    }
}

/// A name or a value.
enum Part<'a> {
    Plain(&'a [u8]),
    Decoded(Zeroizing<Vec<u8>>),
}

impl<'a> Part<'a> {
    /// `+` is a space, and `%` and two hexadecimal digits are a byte.
    fn decode(text: &'a [u8]) -> Result<Self, ErrorKind> {
        if !text.iter().any(|byte| matches!(byte, b'%' | b'+')) {
            return Ok(Self::Plain(text));
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
        let mut rest = text;
        while let [first, behind @ ..] = rest {
            rest = behind;
            bytes.push(match first {
                b'+' => b' ',
                b'%' => {
                    let ([high, low], behind) =
                        rest.split_first_chunk().ok_or(ErrorKind::MalformedParameter)?;
                    rest = behind;
                    digit(*high)? << 4 | digit(*low)?
                }
                other => *other,
            });
        }
        Ok(Self::Decoded(bytes))
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Plain(bytes) => bytes,
            Self::Decoded(bytes) => bytes,
        }
    }
}

fn digit(byte: u8) -> Result<u8, ErrorKind> {
    let digit = char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    digit.ok_or(ErrorKind::MalformedParameter)
}
