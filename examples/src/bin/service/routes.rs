//! The wire: the routes of countersign's, and three things that their tokens protect.

use std::time::Duration;

use axum::Router;
use axum::extract::FromRef;
use axum::http::{StatusCode, header};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use countersign::axum::{Authenticated, BearerOrBasic, Rejection, TokenRoutes};
use countersign::revocation::{AnyRevocationStore, RevocationStore};
use countersign::session::{Authenticator, Error, Principal};
use serde_json::json;

use crate::limits;

/// How long others may keep the public keys.
const KEYS_MAX_AGE: Duration = Duration::from_secs(300);

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) authenticator: Authenticator,
    /// For the operator's figures alone.
    pub(crate) revocations: AnyRevocationStore,
}

impl FromRef<State> for Authenticator {
    fn from_ref(state: &State) -> Self {
        state.authenticator.clone()
    }
}

pub(crate) fn router(state: State) -> Result<Router, Error> {
    let tokens = TokenRoutes::new(&state.authenticator).tokens().sessions().api_keys();
    let tokens = tokens.revocation().jwks(KEYS_MAX_AGE);
    Ok(Router::new()
        .route("/me", get(me))
        .route("/report", get(report))
        .route("/operator/revocations", get(revocations))
        .merge(tokens.into_router()?)
        .fallback(async || error(StatusCode::NOT_FOUND, "not_found"))
        .method_not_allowed_fallback(async || error(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"))
        .layer(from_fn(limits::apply))
        .with_state(state))
}

/// A JSON answer that no cache keeps.
fn answer(status: StatusCode, body: String) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, body).into_response()
}

/// `{"error": code}`.
pub(crate) fn error(status: StatusCode, code: &str) -> Response {
    answer(status, format!(r#"{{"error":"{code}"}}"#))
}

fn describe(principal: &Principal) -> Response {
    let body = json!({
        "subject": principal.subject(),
        "method": format!("{:?}", principal.method()),
        "scopes": principal.scopes().collect::<Vec<_>>(),
        "roles": principal.roles(),
    });
    answer(StatusCode::OK, body.to_string())
}

async fn me(caller: Authenticated) -> Result<Response, Rejection> {
    caller.require_scope("profile")?;
    Ok(describe(&caller))
}

/// Takes either a token or a password.
async fn report(caller: Authenticated<BearerOrBasic>) -> Result<Response, Rejection> {
    caller.require_scope("reports")?;
    Ok(describe(&caller))
}

/// How much is revoked, for operators.
async fn revocations(
    state: axum::extract::State<State>,
    caller: Authenticated,
) -> Result<Response, Rejection> {
    caller.require_role("operator")?;
    let counts = state.revocations.count().await.map_err(|down| caller.refuse(&down.into()))?;
    let body = json!({
        "tokens": counts.tokens,
        "sessions": counts.sessions,
        "subjects": counts.subjects,
        "keys": counts.keys,
    });
    Ok(answer(StatusCode::OK, body.to_string()))
}
