//! The smallest service: log in with a password, get a random token, show it, hand it back. All of it is in
//! memory, so a restart forgets everything.
//!
//! ```text
//! smallest 8080
//! curl -u alice:wonderland -X POST localhost:8080/tokens
//! curl -H 'Authorization: Bearer ...' localhost:8080/
//! curl -H 'Authorization: Bearer ...' -X DELETE localhost:8080/tokens
//! ```

#![allow(clippy::print_stdout, reason = "a program's own output")]

use axum::Router;
use axum::routing::get;
use countersign::axum::{Authenticated, TokenRoutes};
use countersign::password::{BoxError, Hasher, PasswordHash, PasswordVerifier, User, UserDirectory};
use countersign::random::{DigestKey, DigestKeys, token_bytes};
use countersign::session::{Account, Authenticator, LoginTokens};
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
    let account = Account { subject: "alice".into(), roles: vec![], scopes: vec![] };
    let alice = User { account, password_hash: Hasher::default().hash("wonderland")? };
    let authenticator = Authenticator::builder("http://localhost", "http://localhost")
        .login_tokens(LoginTokens::Random)
        .digest_keys(DigestKeys::new(DigestKey::keyed(1, token_bytes(32)?.expose())?))
        .token_store(MemoryTokenStore::new())
        .credentials(PasswordVerifier::builder(Alice(alice)).build()?)
        .build()?;
    let tokens = TokenRoutes::new(&authenticator).tokens().into_router()?;
    let routes = Router::new().route("/", get(hello)).merge(tokens).with_state(authenticator);

    let port = std::env::args().nth(1).unwrap_or("8080".into()).parse()?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, routes).await?)
}

async fn hello(caller: Authenticated) -> String {
    format!("hello {}\n", caller.subject())
}
