//! Answers with a body that no cache keeps.

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::Rejection;

/// A JSON body, wiped once it has been sent: it may have a token in it.
pub(super) fn json(status: StatusCode, body: impl AsRef<[u8]> + Send + 'static) -> Response {
    let mut response = Response::new(Body::from(Bytes::from_owner(body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// `value` as JSON.
pub(super) fn serialized(status: StatusCode, value: &impl Serialize) -> Result<Response, Rejection> {
    // Room enough for one key, so that it is not copied while the buffer grows.
    let mut body = Zeroizing::new(Vec::with_capacity(1024));
    serde_json::to_writer(&mut *body, value).map_err(|_| Rejection::server_error())?;
    Ok(json(status, body))
}

/// 204.
pub(super) fn no_content() -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}
