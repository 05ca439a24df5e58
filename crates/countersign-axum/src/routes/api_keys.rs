//! API keys of the caller's: made and shown once, listed, removed.

use std::time::Duration;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{delete, post};
use countersign_session::NewApiKey;
use countersign_token_store::TokenRecord;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::rfc3339;

use super::form::{self, MediaType};
use super::{OwnAccessToken, Shared, answers};
use crate::{Authenticated, Rejection};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/api-keys", post(create).get(list)).route("/api-keys/{id}", delete(remove))
}

/// What a key is to be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    name: String,
    scopes: Vec<String>,
    /// Seconds.
    expires_in: Option<u64>,
}

/// A key as its owner sees it. Moments are those of RFC 3339; one that has no such form (a year beyond 9999) is an error.
#[derive(Serialize)]
struct Shown<'a> {
    id: &'a str,
    name: &'a str,
    /// What the key begins and ends with.
    hint: &'a str,
    scopes: &'a [String],
    #[serde(serialize_with = "rfc3339::serialize")]
    created_at: OffsetDateTime,
    #[serde(serialize_with = "rfc3339::option::serialize")]
    expires_at: Option<OffsetDateTime>,
    #[serde(serialize_with = "rfc3339::option::serialize")]
    last_used_at: Option<OffsetDateTime>,
    /// Where it was just made, and nowhere else.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
}

#[derive(Serialize)]
struct List<'a> {
    api_keys: Vec<Shown<'a>>,
}

impl<'a> Shown<'a> {
    fn of(record: &'a TokenRecord, key: Option<&'a str>) -> Self {
        Self {
            id: &record.id,
            name: &record.name,
            hint: &record.hint,
            scopes: &record.scopes,
            created_at: record.created_at,
            expires_at: record.expires_at,
            last_used_at: record.last_used_at,
            key,
        }
    }
}

async fn create(
    State(shared): State<Shared>,
    caller: Authenticated<OwnAccessToken>,
    request: Request,
) -> Result<Response, Rejection> {
    let (parts, body) = request.into_parts();
    // `Authorization` is nothing that another site could make a browser send, so a body without a type will
    // do.
    if form::media_type(&parts.headers)? == MediaType::Form {
        return Err(Rejection::invalid_request());
    }
    let wanted: Wanted = form::json(&form::whole(&parts.headers, body).await?)?;
    if wanted.expires_in == Some(0) {
        return Err(Rejection::invalid_request());
    }
    if !wanted.scopes.iter().all(|scope| caller.has_scope(scope)) {
        return Err(Rejection::plain(StatusCode::BAD_REQUEST, "invalid_scope"));
    }
    let authenticator = shared.authenticator().clone();
    let create = async move {
        let lifetime = wanted.expires_in.map(Duration::from_secs);
        let new = NewApiKey { name: &wanted.name, scopes: &wanted.scopes, roles: &[], lifetime };
        authenticator.create_api_key(&caller, &new).await
    };
    let created = shared.finish(create).await?;
    answers::serialized(StatusCode::CREATED, &Shown::of(&created.record, Some(created.key.expose())))
}

async fn list(
    State(shared): State<Shared>,
    caller: Authenticated<OwnAccessToken>,
) -> Result<Response, Rejection> {
    let records = shared.authenticator().api_keys(caller.subject()).await;
    let records = records.map_err(|error| shared.refuse(&error))?;
    let api_keys = records.iter().map(|record| Shown::of(record, None)).collect();
    answers::serialized(StatusCode::OK, &List { api_keys })
}

async fn remove(
    State(shared): State<Shared>,
    caller: Authenticated<OwnAccessToken>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Rejection> {
    let not_found = || Rejection::plain(StatusCode::NOT_FOUND, "not_found");
    // One that is no UTF-8 is no id.
    let Ok(Path(id)) = id else { return Err(not_found()) };
    let removed = shared.authenticator().remove_api_key(caller.subject(), &id).await;
    if removed.map_err(|error| shared.refuse(&error))? { Ok(answers::no_content()) } else { Err(not_found()) }
}
