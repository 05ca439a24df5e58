//! A page where people make API keys, see each of them once, and remove them.
//!
//! ```text
//! api-keys-page 8080                              then open http://localhost:8080/
//! curl -H 'Authorization: Bearer ...' localhost:8080/hello
//! ```
//!
//! The page logs in as `browser` does: refresh token in a cookie, access token in memory. The keys themselves
//! are `TokenRoutes::api_keys`, unchanged; what is here is the page (`page.html`, `page.css`, `api.js` for the
//! requests, `page.js` for what one sees), and `/hello`, for which the keys are.

#![allow(clippy::print_stdout, reason = "a program's own output")]

mod files;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::get;
use countersign::axum::{AccessToken, ApiKey, Authenticated, BrowserTokens, Rejection, TokenRoutes};
use countersign::password::{BoxError, Hasher, PasswordHash, PasswordVerifier, User, UserDirectory};
use countersign::random::{DigestKey, DigestKeys, token_bytes};
use countersign::revocation::MemoryRevocationStore;
use countersign::session::{Account, Authenticator};
use countersign::signed::{Algorithm, SigningKey};
use countersign::token_store::MemoryTokenStore;
use serde_json::json;

/// What a key of this service can be for.
const SCOPES: [&str; 3] = ["hello", "reports:read", "reports:write"];

/// The one user. A service has a table of them.
struct Alice(User);

impl UserDirectory for Alice {
    async fn find(&self, user_id: &str) -> Result<Option<User>, BoxError> {
        Ok(Some(self.0.clone()).filter(|user| user.account.subject == user_id))
    }

    async fn account(&self, subject: &str) -> Result<Option<Account>, BoxError> {
        Ok(self.find(subject).await?.map(|user| user.account))
    }

    async fn replace_hash(&self, _: &str, _: &PasswordHash, _: &PasswordHash) -> Result<(), BoxError> {
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let port: u16 = std::env::args().nth(1).unwrap_or("8080".into()).parse()?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    // What the browser calls the page, and says in each request that the page makes.
    let origin = format!("http://localhost:{}", listener.local_addr()?.port());

    let account =
        Account { subject: "alice".into(), roles: vec![], scopes: SCOPES.map(str::to_owned).to_vec() };
    let alice = User { account, password_hash: Hasher::default().hash("wonderland")? };
    let authenticator = Authenticator::builder(&origin, &origin)
        .signing_key(SigningKey::generate(Algorithm::EdDSA)?)
        .digest_keys(DigestKeys::new(DigestKey::keyed(1, token_bytes(32)?.expose())?))
        .revocation_store(MemoryRevocationStore::new())
        .token_store(MemoryTokenStore::new())
        .credentials(PasswordVerifier::builder(Alice(alice)).build()?)
        .build()?;
    let tokens = TokenRoutes::new(&authenticator).browser_tokens(BrowserTokens::new(&origin)).api_keys();
    let routes = Router::new()
        .route("/me", get(me))
        .route("/hello", get(hello))
        .merge(tokens.into_router()?)
        .with_state(authenticator)
        .merge(files::routes());
    println!("listening on {origin}");
    Ok(axum::serve(listener, routes).await?)
}

/// Whose page it is, and what their keys may be for.
async fn me(caller: Authenticated<AccessToken>) -> impl IntoResponse {
    let scopes: Vec<&str> = caller.scopes().collect();
    let me = json!({ "name": caller.subject(), "scopes": scopes });
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], me.to_string())
}

/// For programs, which show a key.
async fn hello(caller: Authenticated<ApiKey>) -> Result<String, Rejection> {
    caller.require_scope("hello")?;
    Ok(format!("hello, program of {}\n", caller.subject()))
}
