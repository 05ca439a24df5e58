//! The wire: tokens, API keys, and three things that they protect.

#![expect(clippy::result_large_err, reason = "the error is the answer, and is returned at once")]

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::routing::{delete, get, post};
use countersign::revocation::{AnyRevocationStore, RevocationStore};
use countersign::session::{Accept, ApiKeys, Authenticator, Error, NewApiKey, Principal};
use countersign::token_store::TokenRecord;
use serde::Deserialize;
use serde_json::json;
use time::format_description::well_known::Rfc3339;

use crate::answers::{authorization, error, json, no_content, refusal};
use crate::limits;

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) authenticator: Authenticator,
    /// For the operator's figures alone.
    pub(crate) revocations: AnyRevocationStore,
}

type Shared = axum::extract::State<State>;

pub(crate) fn router(state: State) -> Router {
    Router::new()
        .route("/tokens", post(log_in).delete(log_out))
        .route("/tokens/refresh", post(refresh))
        .route("/sessions", delete(log_out_everywhere))
        .route("/me", get(me))
        .route("/report", get(report))
        .route("/api-keys", post(create_api_key).get(list_api_keys))
        .route("/api-keys/{id}", delete(remove_api_key))
        .route("/operator/revocations", get(revocations))
        .fallback(async || error(StatusCode::NOT_FOUND, "not_found"))
        .method_not_allowed_fallback(async || error(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"))
        .layer(axum::middleware::from_fn(limits::apply))
        .with_state(state)
}

impl State {
    /// Whom the request comes from, or the answer that refuses it.
    async fn authenticate(&self, headers: &HeaderMap, accept: Accept) -> Result<Principal, Response> {
        let principal = self.authenticator.authenticate(authorization(headers), accept).await;
        principal.map_err(|refused| self.refuse(&refused))
    }

    fn refuse(&self, refused: &Error) -> Response {
        refusal(&self.authenticator, refused)
    }

    /// Runs `work` to its end even if the client hangs up, which drops a handler where it stands.
    async fn finish<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Response> {
        match tokio::spawn(work).await {
            Ok(result) => result.map_err(|refused| self.refuse(&refused)),
            Err(_) => Err(error(StatusCode::INTERNAL_SERVER_ERROR, "server_error")),
        }
    }
}

/// The form of `POST /tokens` (RFC 6749 sections 4.4.2 and 6); it may be left out altogether.
#[derive(Default, Deserialize)]
struct TokenForm {
    grant_type: Option<String>,
    refresh_token: Option<String>,
}

/// The form in a body; none in an empty one. A parameter without a value counts as left out (RFC 6749
/// section 3.2).
fn form(headers: &HeaderMap, body: Bytes) -> Result<TokenForm, Response> {
    let malformed = || error(StatusCode::BAD_REQUEST, "invalid_request");
    if body.is_empty() {
        return Ok(TokenForm::default());
    }
    let mut media_types = headers.get_all(header::CONTENT_TYPE).iter();
    let media_type = media_types.next().and_then(|value| value.to_str().ok());
    let media_type = media_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    let is_form = media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded");
    if !is_form || media_types.next().is_some() {
        return Err(malformed());
    }
    let form: TokenForm = serde_urlencoded::from_bytes(&body).map_err(|_| malformed())?;
    let given = |value: &String| !value.is_empty();
    Ok(TokenForm {
        grant_type: form.grant_type.filter(given),
        refresh_token: form.refresh_token.filter(given),
    })
}

async fn log_in(state: Shared, headers: HeaderMap, body: Bytes) -> Result<Response, Response> {
    let form = form(&headers, body)?;
    match form.grant_type.as_deref() {
        None | Some("client_credentials") => {
            let issued = state.authenticator.log_in(authorization(&headers)).await;
            let issued = issued.map_err(|refused| state.refuse(&refused))?;
            Ok(json(StatusCode::OK, issued.to_json().expose().to_owned()))
        }
        Some("refresh_token") => trade(&state, form).await,
        Some(_) => Err(error(StatusCode::BAD_REQUEST, "unsupported_grant_type")),
    }
}

async fn refresh(state: Shared, headers: HeaderMap, body: Bytes) -> Result<Response, Response> {
    let form = form(&headers, body)?;
    match form.grant_type.as_deref() {
        None | Some("refresh_token") => trade(&state, form).await,
        Some(_) => Err(error(StatusCode::BAD_REQUEST, "unsupported_grant_type")),
    }
}

async fn trade(state: &State, form: TokenForm) -> Result<Response, Response> {
    let token = form.refresh_token.ok_or_else(|| error(StatusCode::BAD_REQUEST, "invalid_request"))?;
    let authenticator = state.authenticator.clone();
    let issued = state.finish(async move { authenticator.refresh(&token).await }).await?;
    Ok(json(StatusCode::OK, issued.to_json().expose().to_owned()))
}

async fn log_out(state: Shared, headers: HeaderMap) -> Result<Response, Response> {
    let principal = state.authenticate(&headers, Accept::bearer()).await?;
    let authenticator = state.authenticator.clone();
    state.finish(async move { authenticator.revoke(&principal).await }).await?;
    Ok(no_content())
}

async fn log_out_everywhere(state: Shared, headers: HeaderMap) -> Result<Response, Response> {
    let principal = state.authenticate(&headers, Accept::access_tokens()).await?;
    let authenticator = state.authenticator.clone();
    let revoked = async move { authenticator.revoke_subject(principal.subject(), ApiKeys::Keep).await };
    state.finish(revoked).await?;
    Ok(no_content())
}

fn describe(principal: &Principal) -> String {
    json!({
        "subject": principal.subject(),
        "method": format!("{:?}", principal.method()),
        "scopes": principal.scopes().collect::<Vec<_>>(),
        "roles": principal.roles(),
    })
    .to_string()
}

async fn me(state: Shared, headers: HeaderMap) -> Result<Response, Response> {
    let principal = state.authenticate(&headers, Accept::bearer()).await?;
    principal.require_scope("profile").map_err(|refused| state.refuse(&refused))?;
    Ok(json(StatusCode::OK, describe(&principal)))
}

/// Takes either a token or a password.
async fn report(state: Shared, headers: HeaderMap) -> Result<Response, Response> {
    let principal = state.authenticate(&headers, Accept::bearer().or(Accept::basic())).await?;
    principal.require_scope("reports").map_err(|refused| state.refuse(&refused))?;
    Ok(json(StatusCode::OK, describe(&principal)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApiKeyForm {
    name: String,
    scopes: Vec<String>,
}

fn describe_key(record: &TokenRecord) -> serde_json::Value {
    let moment = |moment: time::OffsetDateTime| moment.format(&Rfc3339).unwrap_or_default();
    json!({
        "id": record.id,
        "name": record.name,
        "hint": record.hint,
        "scopes": record.scopes,
        "created_at": moment(record.created_at),
        "last_used_at": record.last_used_at.map(moment),
    })
}

/// Makes an API key of the caller's, with at most the caller's own scopes. The answer shows it once.
async fn create_api_key(state: Shared, headers: HeaderMap, body: Bytes) -> Result<Response, Response> {
    let principal = state.authenticate(&headers, Accept::access_tokens()).await?;
    let form: ApiKeyForm =
        serde_json::from_slice(&body).map_err(|_| error(StatusCode::BAD_REQUEST, "invalid_request"))?;
    if !form.scopes.iter().all(|scope| principal.has_scope(scope)) {
        return Err(error(StatusCode::BAD_REQUEST, "invalid_scope"));
    }
    let authenticator = state.authenticator.clone();
    let create = async move {
        let new = NewApiKey { name: &form.name, scopes: &form.scopes, lifetime: None };
        authenticator.create_api_key(&principal, &new).await
    };
    let created = state.finish(create).await?;
    let mut body = describe_key(&created.record);
    if let Some(members) = body.as_object_mut() {
        members.insert("key".to_owned(), created.key.expose().into());
    }
    Ok(json(StatusCode::CREATED, body.to_string()))
}

async fn list_api_keys(state: Shared, headers: HeaderMap) -> Result<Response, Response> {
    let principal = state.authenticate(&headers, Accept::access_tokens()).await?;
    let records = state.authenticator.api_keys(principal.subject()).await;
    let records = records.map_err(|refused| state.refuse(&refused))?;
    let keys: Vec<_> = records.iter().map(describe_key).collect();
    Ok(json(StatusCode::OK, json!({ "api_keys": keys }).to_string()))
}

async fn remove_api_key(
    state: Shared,
    headers: HeaderMap,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Response> {
    let principal = state.authenticate(&headers, Accept::access_tokens()).await?;
    let Ok(Path(id)) = id else { return Err(error(StatusCode::NOT_FOUND, "not_found")) };
    let removed = state.authenticator.remove_api_key(principal.subject(), &id).await;
    if removed.map_err(|refused| state.refuse(&refused))? {
        Ok(no_content())
    } else {
        Err(error(StatusCode::NOT_FOUND, "not_found"))
    }
}

/// How much is revoked, for operators.
async fn revocations(state: Shared, headers: HeaderMap) -> Result<Response, Response> {
    let principal = state.authenticate(&headers, Accept::bearer()).await?;
    principal.require_role("operator").map_err(|refused| state.refuse(&refused))?;
    let counts = state.revocations.count().await.map_err(|down| state.refuse(&down.into()))?;
    let body = json!({
        "tokens": counts.tokens,
        "sessions": counts.sessions,
        "subjects": counts.subjects,
        "keys": counts.keys,
    });
    Ok(json(StatusCode::OK, body.to_string()))
}
