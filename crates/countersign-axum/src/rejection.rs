//! The answer to a request that is refused: a status, challenges, and a fixed body.
//!
//! It says no more than its code, whatever the reason was, and nothing of the request is in it.

use std::any::Any;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use countersign_session::{Authenticator, Error, ErrorResponse};

use crate::grpc;

/// Why a request is refused, as its client is told: 400, 401, 403, 404, 413, 429, 500 or 503. A handler can
/// return it as an error.
///
/// ```
/// use axum::extract::State;
/// use countersign_axum::{Authenticated, Rejection};
/// use countersign_session::Authenticator;
///
/// async fn keys(caller: Authenticated, State(authenticator): State<Authenticator>) -> Result<String, Rejection> {
///     caller.require_scope("keys:read")?;
///     let keys = authenticator.api_keys(caller.subject()).await;
///     Ok(keys.map_err(|error| caller.refuse(&error))?.len().to_string())
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    status: u16,
    code: &'static str,
    challenges: Vec<String>,
    retry_after: Option<Duration>,
    format: Format,
}

/// How bodies are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// `{"error": code}`, as RFC 6749 section 5.2 has it.
    #[default]
    Json,
    /// RFC 9457, with the code as the member `error`.
    Problem,
    /// As gRPC has it: the code as `grpc-message`, and no body.
    Grpc,
}

impl Format {
    /// The format for the client that sent these headers: a client of gRPC understands no other.
    pub(crate) fn for_request(self, headers: &HeaderMap) -> Self {
        if grpc::is_grpc(headers) { Self::Grpc } else { self }
    }
}

impl Rejection {
    /// What the client is told of an error of this authenticator's.
    #[must_use]
    pub fn new(authenticator: &Authenticator, error: &Error) -> Self {
        Self::formatted(&authenticator.error_response(error), Format::Json)
    }

    pub(crate) fn formatted(reply: &ErrorResponse, format: Format) -> Self {
        Self {
            status: reply.status(),
            code: reply.code(),
            challenges: reply.challenges().to_vec(),
            retry_after: reply.retry_after(),
            format,
        }
    }

    /// A refusal that has nothing to do with credentials.
    pub(crate) fn plain(status: StatusCode, code: &'static str) -> Self {
        let status = status.as_u16();
        Self { status, code, challenges: Vec::new(), retry_after: None, format: Format::Json }
    }

    /// What a token endpoint calls a request that lacks something, or is malformed.
    pub(crate) fn invalid_request() -> Self {
        Self::plain(StatusCode::BAD_REQUEST, "invalid_request")
    }

    /// The service is put together wrongly, or something in it has died.
    pub(crate) fn server_error() -> Self {
        Self::plain(StatusCode::INTERNAL_SERVER_ERROR, "server_error")
    }

    /// The same without challenges: see `routes/browser.rs`.
    pub(crate) fn without_challenges(self) -> Self {
        Self { challenges: Vec::new(), ..self }
    }

    /// The same in another format.
    pub(crate) fn in_format(self, format: Format) -> Self {
        Self { format, ..self }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The error's code, as the body and the challenge have it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The response, with any body that can be made of bytes. It is not to be cached. For a client of gRPC it is
    /// HTTP 200 with a `grpc-status`.
    #[must_use]
    pub fn to_response<B: From<Bytes>>(&self) -> Response<B> {
        let (response, body) = self.parts();
        response.map(|()| B::from(body))
    }

    /// The response with any body that has a default, which is what the bodies of tonic and others have in common
    /// with axum's. The text is written where the type is one that is known here.
    pub(crate) fn answer<B: Default + 'static>(&self) -> Response<B> {
        let (mut response, text) = self.parts();
        let mut body = B::default();
        if !text.is_empty() && !write(text, &mut body) {
            response.headers_mut().remove(CONTENT_TYPE);
        }
        response.map(|()| body)
    }

    fn parts(&self) -> (Response<()>, Bytes) {
        let status = self.status();
        let mut response = Response::new(());
        let (media_type, body) = match self.format {
            Format::Grpc => return (self.grpc(response), Bytes::new()),
            Format::Json => ("application/json", format!(r#"{{"error":"{}"}}"#, self.code)),
            Format::Problem => {
                let title = status.canonical_reason().unwrap_or_default();
                let body = format!(
                    r#"{{"type":"about:blank","title":"{title}","status":{},"error":"{}"}}"#,
                    self.status, self.code
                );
                ("application/problem+json", body)
            }
        };
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        for challenge in &self.challenges {
            // A challenge is printable ASCII, so there is no other case.
            if let Ok(value) = HeaderValue::from_str(challenge) {
                headers.append(WWW_AUTHENTICATE, value);
            }
        }
        if let Some(wait) = self.retry_after {
            headers.insert(RETRY_AFTER, wait.as_secs().into());
        }
        (response, Bytes::from(body))
    }

    fn grpc(&self, mut response: Response<()>) -> Response<()> {
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, grpc::MEDIA_TYPE);
        headers.insert(grpc::STATUS, grpc::status(self.status()).into());
        headers.insert(grpc::MESSAGE, HeaderValue::from_static(self.code));
        if let Some(wait) = self.retry_after {
            headers.insert(grpc::PUSHBACK, wait.as_secs().saturating_mul(1000).into());
        }
        response
    }
}

/// Writes `text` into a body whose type is known here, and returns whether it is.
fn write(text: Bytes, body: &mut dyn Any) -> bool {
    if let Some(body) = body.downcast_mut::<Body>() {
        *body = Body::from(text);
    } else if let Some(body) = body.downcast_mut::<Bytes>() {
        *body = text;
    } else if let Some(body) = body.downcast_mut::<Vec<u8>>() {
        *body = text.into();
    } else if let Some(body) = body.downcast_mut::<String>() {
        // Refusals are ASCII.
        body.push_str(str::from_utf8(&text).unwrap_or_default());
    } else {
        return false;
    }
    true
}

impl IntoResponse for Rejection {
    fn into_response(self) -> axum::response::Response {
        self.to_response()
    }
}
