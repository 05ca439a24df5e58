//! The public keys, for others to verify with.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::Shared;
use crate::Refusal;

pub(super) fn routes(max_age: Duration) -> Router<Shared> {
    let handler = async move |State(shared): State<Shared>| jwks(&shared, max_age);
    Router::new().route("/.well-known/jwks.json", get(handler))
}

fn jwks(shared: &Shared, max_age: Duration) -> Result<Response, Refusal> {
    let keys = shared.authenticator().jwks().map_err(|error| shared.refuse(&error))?;
    let headers = [
        // RFC 7517 section 8.5.2.
        (CONTENT_TYPE, "application/jwk-set+json".to_owned()),
        (CACHE_CONTROL, format!("public, max-age={}", max_age.as_secs())),
    ];
    Ok((headers, keys).into_response())
}
