//! What comes in a body: forms and JSON objects, read strictly.
//!
//! A parameter that occurs twice is refused (RFC 6749 section 3.2), one without a value counts as left out,
//! and one that nobody knows is passed over, as the same section says of forms. In JSON objects, which are
//! this crate's own, it is refused.

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use zeroize::Zeroizing;

use crate::Rejection;

/// No body is longer, in bytes: the longest token that is looked at, and room for the names around it.
const MAX_BODY: usize = 17 * 1024;

/// The media type of a body.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum MediaType {
    Form,
    Json,
    /// The request names none.
    Unnamed,
}

/// The one media type that a request names, its parameters passed over.
pub(super) fn media_type(headers: &HeaderMap) -> Result<MediaType, Rejection> {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let Some(value) = values.next() else { return Ok(MediaType::Unnamed) };
    let text = value.to_str().ok().and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    if values.next().is_some() {
        return Err(Rejection::invalid_request());
    }
    if text.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        Ok(MediaType::Form)
    } else if text.eq_ignore_ascii_case("application/json") {
        Ok(MediaType::Json)
    } else {
        Err(Rejection::invalid_request())
    }
}

/// The whole body. One that is announced too long is refused before any of it is asked for.
pub(super) async fn whole(headers: &HeaderMap, body: Body) -> Result<Bytes, Rejection> {
    let too_long = || Rejection::plain(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request");
    let length = headers.get(CONTENT_LENGTH).map(HeaderValue::to_str).and_then(Result::ok);
    if length.and_then(|length| length.parse::<u64>().ok()).is_some_and(|length| length > MAX_BODY as u64) {
        return Err(too_long());
    }
    // A body that breaks off is an error too, of which nobody is left to be told.
    to_bytes(body, MAX_BODY).await.map_err(|_| too_long())
}

/// A form. An empty body is one without parameters, whatever it is called.
pub(super) async fn read<T: DeserializeOwned>(headers: &HeaderMap, body: Body) -> Result<T, Rejection> {
    let body = whole(headers, body).await?;
    if !body.is_empty() && media_type(headers)? != MediaType::Form {
        return Err(Rejection::invalid_request());
    }
    serde_urlencoded::from_bytes(&body).map_err(|_| Rejection::invalid_request())
}

/// A JSON object.
pub(super) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Rejection> {
    serde_json::from_slice(body).map_err(|_| Rejection::invalid_request())
}

/// What a token endpoint is asked for (RFC 6749 sections 4.4.2 and 6).
#[derive(Deserialize)]
pub(super) struct TokenForm {
    grant_type: Option<String>,
    refresh_token: Option<String>,
}

/// The same as a JSON object.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenObject {
    grant_type: Option<String>,
    refresh_token: Option<String>,
}

/// What a token endpoint is to do.
pub(super) enum Grant {
    /// Nothing was said, or `client_credentials`.
    Credentials,
    /// To trade this refresh token; nothing if the grant is of that type and has none.
    RefreshToken(Option<Zeroizing<String>>),
}

impl TokenForm {
    /// Reads it from a JSON object, where the body is called one, or else a form.
    pub(super) async fn from_either(headers: &HeaderMap, body: Body) -> Result<Self, Rejection> {
        if media_type(headers)? != MediaType::Json {
            return read(headers, body).await;
        }
        let TokenObject { grant_type, refresh_token } = json(&whole(headers, body).await?)?;
        Ok(Self { grant_type, refresh_token })
    }

    /// What is to be done by a request that names no type of grant.
    pub(super) fn grant(self, unnamed: &str) -> Result<Grant, Rejection> {
        let grant_type = self.grant_type.filter(|value| !value.is_empty());
        let refresh_token = self.refresh_token.map(Zeroizing::new).filter(|value| !value.is_empty());
        match grant_type.as_deref().unwrap_or(unnamed) {
            "client_credentials" => Ok(Grant::Credentials),
            "refresh_token" => Ok(Grant::RefreshToken(refresh_token)),
            _ => Err(unsupported_grant_type()),
        }
    }
}

/// RFC 6749 section 5.2.
pub(super) fn unsupported_grant_type() -> Rejection {
    Rejection::plain(StatusCode::BAD_REQUEST, "unsupported_grant_type")
}

/// What is asked about one token (RFC 7009 section 2.1, RFC 7662 section 2.1).
#[derive(Deserialize)]
pub(super) struct OneToken {
    token: Option<String>,
    /// A hint that nobody needs: a token shows what it is. It may not occur twice.
    #[serde(rename = "token_type_hint")]
    _hint: Option<IgnoredAny>,
}

impl OneToken {
    pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Zeroizing<String>, Rejection> {
        let form: Self = read(headers, body).await?;
        let token = form.token.map(Zeroizing::new).filter(|token| !token.is_empty());
        token.ok_or_else(Rejection::invalid_request)
    }
}
