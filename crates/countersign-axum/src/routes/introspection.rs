//! Token introspection (RFC 7662).
//!
//! Whoever may ask learns of a good token what it says, and of any other that it is not active: not whether
//! it was revoked, has expired or was never issued. A refresh token is nobody's business but the token
//! endpoint's, and a token of another issuer is for that issuer to tell of.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::post;
use countersign_session::{AuthMethods, ErrorKind, Principal};
use serde::Serialize;
use time::OffsetDateTime;

use super::form::OneToken;
use super::{Shared, answers};
use crate::{AuthPolicy, Authenticated, Rejection};

pub(super) fn routes(scope: &str) -> Router<Shared> {
    let scope = scope.to_owned();
    let handler = move |State(shared): State<Shared>, caller: Authenticated<Ours>, request: Request| {
        let scope = scope.clone();
        async move {
            caller.require_scope(&scope)?;
            introspect(shared, request).await
        }
    };
    Router::new().route("/tokens/introspect", post(handler))
}

/// Whoever has an account here: resource servers are such accounts.
enum Ours {}

impl AuthPolicy for Ours {
    const METHODS: AuthMethods = AuthMethods::bearer().or(AuthMethods::basic()).first_party_only();
}

/// RFC 7662 section 2.2. Moments are seconds of Unix time.
#[derive(Default, Serialize)]
struct IntrospectionResponse<'a> {
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aud: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<&'a str>,
}

impl<'a> IntrospectionResponse<'a> {
    fn of(principal: &'a Principal) -> Self {
        let scope = principal.scopes().collect::<Vec<_>>().join(" ");
        let told = Self {
            active: true,
            scope: Some(scope).filter(|scope| !scope.is_empty()),
            token_type: Some("Bearer"),
            sub: Some(principal.subject()),
            iss: Some(principal.issuer()),
            exp: principal.expires_at().map(OffsetDateTime::unix_timestamp),
            ..Self::default()
        };
        let Some(claims) = principal.claims() else { return told };
        Self {
            iat: claims.iat().map(OffsetDateTime::unix_timestamp),
            nbf: claims.nbf().map(OffsetDateTime::unix_timestamp),
            aud: claims.aud().collect(),
            jti: claims.jti(),
            ..told
        }
    }
}

async fn introspect(shared: Shared, request: Request) -> Result<Response, Rejection> {
    let (parts, body) = request.into_parts();
    let token = OneToken::read(&parts.headers, body).await?;
    match shared.authenticator().authenticate_token(&token, AuthMethods::bearer().first_party_only()).await {
        Ok(principal) => answers::serialized(StatusCode::OK, &IntrospectionResponse::of(&principal)),
        Err(error) if matches!(error.kind(), ErrorKind::InvalidToken(_)) => {
            answers::serialized(StatusCode::OK, &IntrospectionResponse::default())
        }
        Err(error) => Err(shared.refuse(&error)),
    }
}
