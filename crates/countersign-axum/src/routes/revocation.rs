//! Token revocation (RFC 7009).
//!
//! The route asks for no caller: a client that has a token may end it.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::post;
use countersign_session::{AuthMethods, Authenticator, Error, ErrorKind};

use super::form::OneToken;
use super::{Shared, answers};
use crate::Rejection;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/tokens/revoke", post(revoke))
}

async fn revoke(State(shared): State<Shared>, request: Request) -> Result<Response, Rejection> {
    let (parts, body) = request.into_parts();
    let token = OneToken::read(&parts.headers, body).await?;
    let authenticator = shared.authenticator().clone();
    shared.finish(async move { end(&authenticator, &token).await }).await?;
    // RFC 7009 section 2.2: the content of the answer is ignored.
    Ok(answers::json(StatusCode::OK, "{}"))
}

/// Ends a token of whatever kind. One that nobody takes any more has ended.
async fn end(authenticator: &Authenticator, token: &str) -> Result<(), Error> {
    if authenticator.revoke_refresh_token(token).await? {
        return Ok(());
    }
    match authenticator.authenticate_token(token, AuthMethods::bearer()).await {
        Ok(principal) => authenticator.revoke(&principal).await,
        Err(error) if matches!(error.kind(), ErrorKind::InvalidToken(_)) => Ok(()),
        Err(error) => Err(error),
    }
}
