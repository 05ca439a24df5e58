//! [`Authenticated`] as an extractor.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use countersign_session::Authenticator;

use crate::authenticated::{Found, Slot, Unknown};
use crate::{Authenticated, Layered, Refusal, Takes};

/// What the layer found, where it will do, and otherwise what the request's own headers say.
async fn find<S, A>(parts: &Parts, state: &S) -> Result<Authenticated<A>, Unknown>
where
    Authenticator: FromRef<S>,
    A: Takes,
{
    let authenticator = Authenticator::from_ref(state);
    let layered = parts.extensions.get::<Slot>().and_then(Slot::found);
    // One that the layer took and this endpoint does not is refused by the way that everybody takes.
    if let Some(found) = layered.filter(|found| found.serves(&authenticator, A::ACCEPT)) {
        return Ok(Authenticated::new(Arc::clone(found)));
    }
    let format = layered.map(|found| found.format()).unwrap_or_default();
    Found::out(&authenticator, parts, A::ACCEPT, format).await.map(Authenticated::new)
}

impl<S, A> FromRequestParts<S> for Authenticated<A>
where
    Authenticator: FromRef<S>,
    S: Send + Sync,
    A: Takes,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        find(parts, state).await.map_err(|unknown| unknown.refusal)
    }
}

impl<S, A> OptionalFromRequestParts<S> for Authenticated<A>
where
    Authenticator: FromRef<S>,
    S: Send + Sync,
    A: Takes,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Refusal> {
        match find(parts, state).await {
            Ok(authenticated) => Ok(Some(authenticated)),
            Err(unknown) if unknown.nothing_was_shown => Ok(None),
            Err(unknown) => Err(unknown.refusal),
        }
    }
}

/// What the layer found. Without a layer nobody has looked, which must not pass for a request without
/// credentials.
fn slot(parts: &Parts) -> Result<&Slot, Refusal> {
    parts.extensions.get::<Slot>().ok_or_else(Refusal::server_error)
}

impl<S: Send + Sync> FromRequestParts<S> for Authenticated<Layered> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        match slot(parts)? {
            Slot::Found(found) => Ok(Self::new(Arc::clone(found))),
            Slot::Nobody(refusal) => Err(Refusal::clone(refusal)),
        }
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Authenticated<Layered> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Refusal> {
        Ok(slot(parts)?.found().cloned().map(Self::new))
    }
}
