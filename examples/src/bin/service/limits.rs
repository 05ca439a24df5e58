//! What one request may cost, whoever sends it.

use std::time::Duration;

use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::answers::error;

/// No body of this service is longer, in bytes.
pub(crate) const MAX_BODY: usize = 16 * 1024;
/// How long a request may take, its body included.
const MAX_TIME: Duration = Duration::from_secs(10);

/// Refuses a body by its announced length, before any of it is asked for, and ends what takes too long.
pub(crate) async fn apply(request: Request, next: Next) -> Response {
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let length = length.and_then(|length| length.parse::<usize>().ok());
    if length.is_some_and(|length| length > MAX_BODY) {
        return error(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request");
    }
    match tokio::time::timeout(MAX_TIME, next.run(request)).await {
        Ok(response) => response,
        Err(_) => error(StatusCode::REQUEST_TIMEOUT, "invalid_request"),
    }
}
