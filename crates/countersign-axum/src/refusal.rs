//! The answer to a request that is refused: a status, challenges, and a fixed body.
//!
//! It says no more than its code, whatever the reason was, and nothing of the request is in it.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use countersign_session::{Authenticator, Error, Reply};

/// Why a request is refused, as its client is told: 400, 401, 403, 404, 413, 429, 500 or 503. A handler can
/// return it as an error.
///
/// ```
/// use axum::extract::State;
/// use countersign_axum::{Authenticated, Refusal};
/// use countersign_session::Authenticator;
///
/// async fn keys(caller: Authenticated, State(authenticator): State<Authenticator>) -> Result<String, Refusal> {
///     caller.require_scope("keys:read")?;
///     let keys = authenticator.api_keys(caller.subject()).await;
///     Ok(keys.map_err(|error| caller.refuse(&error))?.len().to_string())
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
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
}

impl Refusal {
    /// What the client is told of an error of this authenticator's.
    #[must_use]
    pub fn new(authenticator: &Authenticator, error: &Error) -> Self {
        Self::formatted(&authenticator.reply(error), Format::Json)
    }

    pub(crate) fn formatted(reply: &Reply, format: Format) -> Self {
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

    /// The answer, with whatever body a service has that can be made of bytes. No cache keeps it.
    #[must_use]
    pub fn to_response<B: From<Bytes>>(&self) -> Response<B> {
        let status = self.status();
        let (media_type, body) = match self.format {
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
        let mut response = Response::new(B::from(Bytes::from(body)));
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
        response
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> axum::response::Response {
        self.to_response()
    }
}
