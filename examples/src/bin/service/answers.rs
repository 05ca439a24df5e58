//! HTTP answers: each has a fixed body, and none says more than its code.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use countersign::session::{Authenticator, Error};

/// A JSON answer that no cache keeps.
pub(crate) fn json(status: StatusCode, body: String) -> Response {
    let response = Response::builder()
        .status(status)
        .header(CONTENT_TYPE, "application/json")
        .header(CACHE_CONTROL, "no-store")
        .body(Body::from(body));
    // The parts are constants, so there is no other case.
    response.unwrap_or_default()
}

/// `{"error": code}`.
pub(crate) fn error(status: StatusCode, code: &str) -> Response {
    json(status, format!(r#"{{"error":"{code}"}}"#))
}

/// 204.
pub(crate) fn no_content() -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// What a client is told of an error of countersign's.
pub(crate) fn refusal(authenticator: &Authenticator, refused: &Error) -> Response {
    let reply = authenticator.reply(refused);
    let status = StatusCode::from_u16(reply.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = json(status, reply.body());
    for challenge in reply.challenges() {
        if let Ok(value) = challenge.parse() {
            response.headers_mut().append(WWW_AUTHENTICATE, value);
        }
    }
    if let Some(wait) = reply.retry_after() {
        response.headers_mut().insert(RETRY_AFTER, wait.as_secs().into());
    }
    response
}

/// All values of `Authorization`: more than one is an error that only the parser may decide on.
pub(crate) fn authorization(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    headers.get_all(header::AUTHORIZATION).iter().map(header::HeaderValue::as_bytes)
}
