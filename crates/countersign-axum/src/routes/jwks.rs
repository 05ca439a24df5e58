//! The public keys, for others to verify with.
//!
//! Whoever has them already is told so in a few bytes (RFC 9110 section 13.1.2). The tag is of the text, so that nodes
//! of one build with the same keys give the same one, and other nodes cost a fetch; no secret is in it, and a hash
//! without a key does.

use std::hash::{DefaultHasher, Hasher as _};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::Shared;
use crate::Rejection;

pub(super) fn routes(max_age: Duration) -> Router<Shared> {
    let handler =
        async move |State(shared): State<Shared>, headers: HeaderMap| jwks(&shared, &headers, max_age);
    Router::new().route("/.well-known/jwks.json", get(handler))
}

fn jwks(shared: &Shared, request: &HeaderMap, max_age: Duration) -> Result<Response, Rejection> {
    let keys = shared.authenticator().jwks().map_err(|error| shared.refuse(&error))?;
    let tag = entity_tag(&keys);
    let is_known = knows(request, &tag);
    let caching = [(CACHE_CONTROL, format!("public, max-age={}", max_age.as_secs())), (ETAG, tag)];
    if is_known {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    // RFC 7517 section 8.5.2.
    Ok(([(CONTENT_TYPE, "application/jwk-set+json")], caching, keys).into_response())
}

/// RFC 9110 section 8.8.3.
fn entity_tag(text: &str) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    format!("\"{:016x}\"", hasher.finish())
}

/// RFC 9110 section 13.1.2: any of the tags that the client has, weak ones too. Ours has no comma in it, so a tag that
/// is torn apart at one is not taken for it.
fn knows(request: &HeaderMap, tag: &str) -> bool {
    let values = request.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}
