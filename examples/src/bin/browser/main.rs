//! An application in a browser: the refresh token in a cookie that no script can read, the access token in
//! the page's memory.
//!
//! ```text
//! browser 8080                                    then open http://localhost:8080/
//! ```
//!
//! `page.html` is the whole application: it logs in, asks for `/me` with its access token, renews that when
//! it has expired (after a minute here), is still logged in when it is loaded anew, and logs out. Open it in
//! two tabs: they share the session.

#![allow(clippy::print_stdout, reason = "a program's own output")]

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::get;
use countersign::axum::{AccessToken, Authenticated, BrowserTokens, TokenRoutes};
use countersign::password::{BoxError, Hasher, PasswordHash, PasswordVerifier, User, UserDirectory};
use countersign::random::{DigestKey, DigestKeys, token_bytes};
use countersign::revocation::MemoryRevocationStore;
use countersign::session::{Account, Authenticator};
use countersign::signed::{Algorithm, SigningKey};
use countersign::token_store::MemoryTokenStore;

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

    let account = Account { subject: "alice".into(), roles: vec![], scopes: vec![] };
    let alice = User { account, password_hash: Hasher::default().hash("wonderland")? };
    let authenticator = Authenticator::builder(&origin, &origin)
        .signing_key(SigningKey::generate(Algorithm::EdDSA)?)
        .digest_keys(DigestKeys::new(DigestKey::keyed(1, token_bytes(32)?.expose())?))
        .revocation_store(MemoryRevocationStore::new())
        .token_store(MemoryTokenStore::new())
        .credentials(PasswordVerifier::builder(Alice(alice)).build()?)
        .access_lifetime(std::time::Duration::from_secs(60))
        .build()?;
    let tokens = TokenRoutes::new(&authenticator).browser_tokens(BrowserTokens::new(&origin)).sessions();
    let routes = Router::new()
        .route("/", get(page))
        .route("/page.js", get(script))
        .route("/me", get(me))
        .merge(tokens.into_router()?)
        .with_state(authenticator);
    println!("listening on {origin}");
    Ok(axum::serve(listener, routes).await?)
}

/// The page runs the one script that comes from here: what is smuggled into its text does not run.
async fn page() -> impl IntoResponse {
    let policy = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, policy),
        (CACHE_CONTROL, "no-store"),
    ];
    (headers, include_str!("page.html"))
}

async fn script() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("page.js"))
}

async fn me(caller: Authenticated<AccessToken>) -> String {
    caller.subject().to_owned()
}
