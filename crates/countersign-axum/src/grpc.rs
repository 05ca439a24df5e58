//! Refusals as gRPC has them: HTTP 200 without a body, and the outcome in `grpc-status` ("Trailers-Only" in the
//! gRPC specification of HTTP/2, section "Responses").

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

pub(crate) const STATUS: HeaderName = HeaderName::from_static("grpc-status");
pub(crate) const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
/// Milliseconds (gRFC A6): how long a client with a retry policy waits.
pub(crate) const PUSHBACK: HeaderName = HeaderName::from_static("grpc-retry-pushback-ms");
pub(crate) const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/grpc");

/// Whether a request is one of gRPC: `application/grpc`, also with a suffix such as `+proto`.
pub(crate) fn is_grpc(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    value
        .strip_prefix(b"application/grpc")
        .is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';')))
}

/// The status code of gRPC for a refusal's HTTP status.
pub(crate) fn status(status: StatusCode) -> u16 {
    match status {
        // UNAUTHENTICATED, also where the credentials are malformed.
        StatusCode::UNAUTHORIZED | StatusCode::BAD_REQUEST => 16,
        // PERMISSION_DENIED.
        StatusCode::FORBIDDEN => 7,
        // RESOURCE_EXHAUSTED.
        StatusCode::TOO_MANY_REQUESTS => 8,
        // UNAVAILABLE.
        StatusCode::SERVICE_UNAVAILABLE => 14,
        // INTERNAL.
        _ => 13,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grpc_is_told_by_its_media_type() {
        for (value, expected) in [
            ("application/grpc", true),
            ("application/grpc+proto", true),
            ("application/grpc;charset=utf-8", true),
            ("application/grpc-web", false),
            ("application/json", false),
            ("", false),
        ] {
            let headers = [(CONTENT_TYPE, HeaderValue::from_static(value))].into_iter().collect();
            assert_eq!(is_grpc(&headers), expected, "{value}");
        }
        assert!(!is_grpc(&HeaderMap::new()));
    }
}
