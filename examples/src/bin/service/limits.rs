//! What the body of a request and the work on it may cost, whoever sends it.
//!
//! What comes before them, a head that trickles in or thousands of idle connections, is for a proxy in front
//! of the service: `axum::serve` has no limit for it.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use crate::routes::error;

/// No body of this service is longer, in bytes.
const MAX_BODY: usize = 16 * 1024;
/// How long a body may take to arrive, and then the work on it.
const MAX_TIME: Duration = Duration::from_secs(10);

/// Refuses a body by its announced length before any of it is asked for, reads the body, and bounds the
/// time of both. Work that is too slow is the service's fault, and answered so.
pub(crate) async fn apply(request: Request, next: Next) -> Response {
    let too_long = || error(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request");
    let length = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if length.and_then(|length| length.parse::<usize>().ok()).is_some_and(|length| length > MAX_BODY) {
        return too_long();
    }
    let (head, body) = request.into_parts();
    let body = match tokio::time::timeout(MAX_TIME, to_bytes(body, MAX_BODY)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return too_long(),
        Err(_) => return error(StatusCode::REQUEST_TIMEOUT, "invalid_request"),
    };
    let request = Request::from_parts(head, Body::from(body));
    match tokio::time::timeout(MAX_TIME, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let mut response = error(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable");
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            response
        }
    }
}
