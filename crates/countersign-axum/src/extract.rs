//! [`Authenticated`] as an extractor.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use countersign_session::Authenticator;

use crate::authenticated::{Found, Slot, Unknown};
use crate::{AuthPolicy, Authenticated, FromLayer, Rejection};

/// What the layer found, where it will do, and otherwise what the request's own headers say.
async fn find<S, A>(parts: &Parts, state: &S) -> Result<Authenticated<A>, Unknown>
where
    Authenticator: FromRef<S>,
    A: AuthPolicy,
{
    let authenticator = Authenticator::from_ref(state);
    let layered = parts.extensions.get::<Slot>().and_then(Slot::found);
    // One that the layer took and this endpoint does not is refused by the way that everybody takes.
    if let Some(found) = layered.filter(|found| found.serves(&authenticator, A::METHODS)) {
        return Ok(Authenticated::new(Arc::clone(found)));
    }
    let format = layered.map(|found| found.format()).unwrap_or_default();
    Found::out(&authenticator, parts, A::METHODS, format).await.map(Authenticated::new)
}

impl<S, A> FromRequestParts<S> for Authenticated<A>
where
    Authenticator: FromRef<S>,
    S: Send + Sync,
    A: AuthPolicy,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        find(parts, state).await.map_err(|unknown| unknown.refusal)
    }
}

impl<S, A> OptionalFromRequestParts<S> for Authenticated<A>
where
    Authenticator: FromRef<S>,
    S: Send + Sync,
    A: AuthPolicy,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Rejection> {
        match find(parts, state).await {
            Ok(authenticated) => Ok(Some(authenticated)),
            Err(unknown) if unknown.nothing_was_shown => Ok(None),
            Err(unknown) => Err(unknown.refusal),
        }
    }
}

/// What the layer found. Without a layer nobody has looked, which must not pass for a request without
/// credentials.
fn slot(parts: &Parts) -> Result<&Slot, Rejection> {
    parts.extensions.get::<Slot>().ok_or_else(Rejection::server_error)
}

impl<S: Send + Sync> FromRequestParts<S> for Authenticated<FromLayer> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        match slot(parts)? {
            Slot::Found(found) => Ok(Self::new(Arc::clone(found))),
            Slot::Nobody(refusal) => Err(Rejection::clone(refusal)),
        }
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Authenticated<FromLayer> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Rejection> {
        Ok(slot(parts)?.found().cloned().map(Self::new))
    }
}
