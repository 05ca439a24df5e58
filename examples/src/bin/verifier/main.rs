//! A service that issues nothing: it takes the tokens of another one, of which it knows the address and nothing else.
//! `issuer` is the other half.
//!
//! ```text
//! verifier http://127.0.0.1:8080 8081
//! curl -H 'Authorization: Bearer ...' localhost:8081/orders
//! ```
//!
//! `trust.rs` fetches the issuer's keys and keeps them. Nothing is asked of the issuer on a request's way, so its
//! tokens should be short-lived: what the issuer revokes is good here until it expires. A service that has tokens of
//! its own beside those gives such a verifier to `AuthenticatorBuilder::trust_issuer`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program's own output")]

#[cfg(test)]
mod tests;
mod trust;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use countersign::header::{Authorization, BearerError, Challenge};
use countersign::session::SystemClock;
use countersign::signed::ErrorKind;

use crate::trust::Trust;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What this service is called in tokens that are for it.
const AUDIENCE: &str = "https://orders.example";

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let mut arguments = std::env::args().skip(1);
    let issuer = arguments.next().ok_or("usage: verifier ISSUER [PORT]")?;
    let port: u16 = arguments.next().unwrap_or("8081".into()).parse()?;

    let trust = Arc::new(Trust::new(&issuer, AUDIENCE, SystemClock)?);
    let keeper = Arc::clone(&trust);
    tokio::spawn(async move { keeper.keep_fresh().await });

    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, routes(trust)).await?)
}

fn routes(trust: Arc<Trust>) -> Router {
    Router::new().route("/orders", get(orders)).with_state(trust)
}

async fn orders(caller: Caller) -> Result<String, Rejection> {
    if !caller.scope.split(' ').any(|scope| scope == "orders:read") {
        return Err(Rejection::InsufficientScope);
    }
    Ok(format!("no orders for {} yet\n", caller.subject))
}

/// Whom a good token is of, and what it may do.
struct Caller {
    subject: String,
    scope: String,
}

impl FromRequestParts<Arc<Trust>> for Caller {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, trust: &Arc<Trust>) -> Result<Self, Rejection> {
        let values = parts.headers.get_all(header::AUTHORIZATION).iter().map(HeaderValue::as_bytes);
        let bearer = match Authorization::from_values(values) {
            Ok(Authorization::Bearer(bearer)) => bearer,
            Ok(_) => return Err(Rejection::NoToken),
            Err(error) if error.kind().is_missing() => return Err(Rejection::NoToken),
            Err(_) => return Err(Rejection::Malformed),
        };
        match trust.verify(bearer.as_bytes()).await {
            Ok(verified) => {
                let subject = verified.registered().sub().unwrap_or_default().to_owned();
                Ok(Self { subject, scope: verified.into_claims().scope })
            }
            // Without keys nothing is known of the token, good or bad.
            Err(error) if error.kind() == ErrorKind::KeysUnavailable => Err(Rejection::NoKeys),
            Err(_) => Err(Rejection::BadToken),
        }
    }
}

/// What a client is told: RFC 6750 section 3.
enum Rejection {
    NoToken,
    Malformed,
    BadToken,
    InsufficientScope,
    NoKeys,
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let error = match self {
            Self::NoToken => None,
            Self::Malformed => Some(BearerError::InvalidRequest),
            Self::BadToken => Some(BearerError::InvalidToken),
            Self::InsufficientScope => Some(BearerError::InsufficientScope),
            Self::NoKeys => {
                return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")]).into_response();
            }
        };
        let status = error.and_then(|error| StatusCode::from_u16(error.status()).ok());
        let challenge = Challenge::bearer();
        let challenge = error.into_iter().fold(challenge, Challenge::error).to_string();
        let headers = [(header::WWW_AUTHENTICATE, challenge), (header::CACHE_CONTROL, "no-store".to_owned())];
        (status.unwrap_or(StatusCode::UNAUTHORIZED), headers).into_response()
    }
}
