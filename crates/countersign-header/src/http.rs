//! The types of the crate `http`, behind the feature of that name.

use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE, HeaderName, WWW_AUTHENTICATE};

use crate::{Authorization, Bearer, Challenge, Error, HeaderValue, ReceivedChallenge, bearer_from_cookies};

fn values(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &[u8]> {
    headers.get_all(name).iter().map(http::HeaderValue::as_bytes)
}

impl<'a> Authorization<'a> {
    /// Parses the `Authorization` of a request.
    ///
    /// # Errors
    ///
    /// Those of [`from_values`](Self::from_values).
    #[inline]
    pub fn from_headers(headers: &'a HeaderMap) -> Result<Self, Error> {
        Self::from_values(values(headers, AUTHORIZATION))
    }
}

impl<'a> ReceivedChallenge<'a> {
    /// All challenges in the `WWW-Authenticate` of a response.
    ///
    /// # Errors
    ///
    /// Those of [`from_values`](Self::from_values).
    pub fn from_headers(headers: &'a HeaderMap) -> Result<Vec<Self>, Error> {
        Self::from_values(values(headers, WWW_AUTHENTICATE))
    }
}

/// The token of the cookie `name` of a request.
///
/// # Errors
///
/// Those of [`bearer_from_cookies`], and the security note there holds.
pub fn bearer_from_cookie_headers<'a>(headers: &'a HeaderMap, name: &str) -> Result<Bearer<'a>, Error> {
    bearer_from_cookies(values(headers, COOKIE), name)
}

impl HeaderValue {
    /// The value for a [`HeaderMap`], marked as sensitive: its `Debug` shows nothing, and HTTP/2 does not keep it in the
    /// table of its compression. It is a copy, which is not wiped.
    #[must_use]
    pub fn to_http(&self) -> http::HeaderValue {
        let mut value = of_text(self.expose());
        value.set_sensitive(true);
        value
    }
}

impl Challenge {
    /// The value for a [`HeaderMap`]. Append it: a response may have several.
    #[must_use]
    pub fn to_http(&self) -> http::HeaderValue {
        of_text(&self.to_string())
    }
}

/// What this crate writes is printable ASCII, so the other case, an empty value, does not come up.
fn of_text(text: &str) -> http::HeaderValue {
    http::HeaderValue::from_str(text).unwrap_or_else(|_| http::HeaderValue::from_static(""))
}
