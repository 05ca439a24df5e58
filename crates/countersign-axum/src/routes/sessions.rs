//! Sessions of the caller's: listed, and ended one by one, all but this one, or all.

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::{delete, get};
use countersign_session::{ApiKeys, TokenResponse};
use countersign_token_store::SessionRecord;
use serde::Serialize;
use time::OffsetDateTime;
use time::serde::rfc3339;

use super::{OwnAccessToken, Shared, answers};
use crate::{Authenticated, Rejection};

/// Reads a name from the login request.
type ReadName = dyn Fn(&Parts) -> Option<String> + Send + Sync;

/// Names a session by the login request.
#[derive(Clone)]
pub(crate) struct SessionName(Arc<ReadName>);

impl SessionName {
    pub(super) fn new(name: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(name))
    }
}

/// The one route that works without a token store: the end of all sessions is a revocation.
pub(super) fn everywhere() -> Router<Shared> {
    Router::new().route("/sessions", delete(log_out_everywhere))
}

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/sessions", get(list))
        .route("/sessions/others", delete(end_others))
        .route("/sessions/{id}", delete(end))
}

/// A session as its user sees it. Moments are those of RFC 3339.
#[derive(Serialize)]
struct Shown<'a> {
    id: &'a str,
    name: &'a str,
    scopes: &'a [String],
    /// Whether the request's own token comes from this session.
    current: bool,
    #[serde(serialize_with = "rfc3339::serialize")]
    created_at: OffsetDateTime,
    #[serde(serialize_with = "rfc3339::option::serialize")]
    last_refreshed_at: Option<OffsetDateTime>,
    /// The earlier of its two ends.
    #[serde(serialize_with = "rfc3339::serialize")]
    expires_at: OffsetDateTime,
}

#[derive(Serialize)]
struct List<'a> {
    sessions: Vec<Shown<'a>>,
}

impl<'a> Shown<'a> {
    fn of(record: &'a SessionRecord, current: Option<&str>) -> Self {
        Self {
            id: &record.id,
            name: &record.name,
            scopes: &record.scopes,
            current: current == Some(record.id.as_str()),
            created_at: record.created_at,
            last_refreshed_at: record.last_refreshed_at,
            expires_at: record.ends_at(),
        }
    }
}

impl Shared {
    /// Names the session that a login began. The login has succeeded, so a name that cannot be stored is no error.
    pub(super) async fn name_session(&self, issued: &TokenResponse, parts: &Parts) {
        if let Some(SessionName(name)) = &self.0.session_name
            && let (Some(id), Some(subject)) = (issued.session(), issued.session_subject())
            && let Some(name) = name(parts)
        {
            let _ = self.authenticator().name_session(subject, id, &name).await;
        }
    }
}

async fn list(
    State(shared): State<Shared>,
    caller: Authenticated<OwnAccessToken>,
) -> Result<Response, Rejection> {
    let records = shared.authenticator().sessions(caller.subject()).await;
    let records = records.map_err(|error| shared.refuse(&error))?;
    let sessions = records.iter().map(|record| Shown::of(record, caller.session())).collect();
    answers::serialized(StatusCode::OK, &List { sessions })
}

async fn end(
    State(shared): State<Shared>,
    caller: Authenticated<OwnAccessToken>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Rejection> {
    let not_found = || Rejection::plain(StatusCode::NOT_FOUND, "not_found");
    // One that is not UTF-8 is no id.
    let Ok(Path(id)) = id else { return Err(not_found()) };
    let authenticator = shared.authenticator().clone();
    let ended = shared.finish(async move { authenticator.revoke_session_of(&caller, &id).await }).await?;
    if ended { Ok(answers::no_content()) } else { Err(not_found()) }
}

async fn end_others(
    State(shared): State<Shared>,
    caller: Authenticated<OwnAccessToken>,
) -> Result<Response, Rejection> {
    let authenticator = shared.authenticator().clone();
    shared.finish(async move { authenticator.revoke_other_sessions(&caller).await }).await?;
    Ok(answers::no_content())
}

async fn log_out_everywhere(
    State(shared): State<Shared>,
    caller: Authenticated<OwnAccessToken>,
) -> Result<Response, Rejection> {
    let authenticator = shared.authenticator().clone();
    let revoked = async move { authenticator.revoke_subject(caller.subject(), ApiKeys::Keep).await };
    shared.finish(revoked).await?;
    Ok(answers::no_content())
}
