//! Log in, refresh, log out, for clients that carry their refresh token themselves.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::post;
use countersign_session::{ConfigurationFault, ErrorKind, TokenResponse};
use zeroize::Zeroizing;

use super::form::{self, Grant, TokenForm, unsupported_grant_type};
use super::{Shared, answers};
use crate::authenticated::authorization;
use crate::client_address::client_address;
use crate::{Authenticated, Rejection};

const NO_REFRESH_TOKENS: ErrorKind = ErrorKind::InvalidConfiguration(ConfigurationFault::NoRefreshTokens);

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/tokens", post(log_in).delete(log_out)).route("/tokens/refresh", post(refresh))
}

impl Shared {
    pub(super) async fn log_in(&self, parts: &Parts) -> Result<TokenResponse, Rejection> {
        let address = client_address(&parts.extensions);
        let issued = self.authenticator().log_in_from(authorization(&parts.headers), address).await;
        let issued = issued.map_err(|error| self.refuse(&error))?;
        self.name_session(&issued, parts).await;
        Ok(issued)
    }

    pub(super) async fn refresh(&self, token: Zeroizing<String>) -> Result<TokenResponse, Rejection> {
        let authenticator = self.authenticator().clone();
        let refresh = async move {
            match authenticator.refresh(&token).await {
                Ok(issued) => Ok(Some(issued)),
                // A service that issues no refresh tokens has not the type of grant. That is the client's mistake.
                Err(error) if error.kind() == NO_REFRESH_TOKENS => Ok(None),
                Err(error) => Err(error),
            }
        };
        self.finish(refresh).await?.ok_or_else(unsupported_grant_type)
    }

    async fn trade(&self, token: Option<Zeroizing<String>>) -> Result<Response, Rejection> {
        let token = token.ok_or_else(Rejection::invalid_request)?;
        Ok(shown(&self.refresh(token).await?))
    }
}

fn shown(issued: &TokenResponse) -> Response {
    answers::json(StatusCode::OK, Zeroizing::new(issued.to_json().into_exposed()))
}

async fn log_in(State(shared): State<Shared>, request: Request) -> Result<Response, Rejection> {
    let (parts, body) = request.into_parts();
    match form::read::<TokenForm>(&parts.headers, body).await?.grant("client_credentials")? {
        Grant::Credentials => Ok(shown(&shared.log_in(&parts).await?)),
        Grant::RefreshToken(token) => shared.trade(token).await,
    }
}

async fn refresh(State(shared): State<Shared>, request: Request) -> Result<Response, Rejection> {
    let (parts, body) = request.into_parts();
    match TokenForm::from_either(&parts.headers, body).await?.grant("refresh_token")? {
        Grant::RefreshToken(token) => shared.trade(token).await,
        Grant::Credentials => Err(unsupported_grant_type()),
    }
}

async fn log_out(State(shared): State<Shared>, caller: Authenticated) -> Result<Response, Rejection> {
    let authenticator = shared.authenticator().clone();
    shared.finish(async move { authenticator.revoke(&caller).await }).await?;
    Ok(answers::no_content())
}
