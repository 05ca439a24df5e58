//! One of several nodes over one PostgreSQL or Redis: logged in on one, taken on all, revoked on one, refused on all.
//!
//! ```text
//! node --store postgres://user@localhost/db --keys DIR --port 8080
//! node --store postgres://user@localhost/db --keys DIR --port 8081    (or redis://localhost/ for both)
//! curl -u alice:wonderland -X POST localhost:8080/tokens
//! curl -H 'Authorization: Bearer ...' localhost:8081/me
//! curl -H 'Authorization: Bearer ...' -X DELETE localhost:8080/tokens     and 8081 refuses it
//! ```
//!
//! Each node has a copy of what is revoked, so that a request asks nobody. Another node's revocation is usually seen
//! within milliseconds, since the server pushes it. A node that the server cannot reach answers from its copy until
//! that is [`BOUND`] old; from then on it asks the server itself, and answers 503 if it cannot.
//!
//! The nodes share two secrets, which are files in `DIR`: the signing key and the digest key.

#![allow(clippy::print_stdout, reason = "a program's own output")]

#[path = "service/keys.rs"]
mod keys;

use std::path::PathBuf;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use countersign::axum::{AccessToken, Authenticated, TokenRoutes};
use countersign::password::{BoxError, Hasher, PasswordHash, PasswordVerifier, User, UserDirectory};
use countersign::postgres::{Options, PostgresStore, ReplicaOptions};
use countersign::redis::{RedisOptions, RedisStore};
use countersign::revocation::AnyRevocationStore;
use countersign::session::{Account, Authenticator};
use countersign::token_store::AnyTokenStore;

/// The issuer and the audience: the service's address as its clients know it, whichever node they reach.
const URL: &str = "https://service.example";
/// The longest that a revocation may take to be seen on the other nodes.
const BOUND: Duration = Duration::from_secs(2);
/// How often a node asks for what is new although nothing was pushed, which proves that its copy is complete.
const INTERVAL: Duration = Duration::from_millis(500);
/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);
const USAGE: &str = "usage: node --store postgres://...|redis://... --keys DIR [--port PORT]";

/// Both stores, whatever the server: what is revoked, behind a copy in memory, and sessions and API keys.
async fn stores(url: &str) -> Result<(AnyRevocationStore, AnyTokenStore), BoxError> {
    if url.starts_with("redis") {
        let options = RedisOptions::new().connection_timeout(PATIENCE).response_timeout(PATIENCE);
        let store = RedisStore::connect(url, options).await?;
        let (replica, driver) = store.replica(BOUND, INTERVAL)?;
        tokio::spawn(driver);
        return Ok((AnyRevocationStore::new(replica), AnyTokenStore::new(store.tokens())));
    }
    // The connection is plain. A server on another machine is reached by `connect`, with a TLS connector.
    let store = PostgresStore::connect_without_tls(url.parse()?, &Options::new().timeout(PATIENCE)).await?;
    let (replica, driver) = store.replica(BOUND, ReplicaOptions::new().interval(INTERVAL))?;
    tokio::spawn(driver);
    Ok((AnyRevocationStore::new(replica), AnyTokenStore::new(store.tokens())))
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let (mut store, mut folder, mut port) = (None, None, 8080_u16);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or(USAGE)?;
        match name.as_str() {
            "--store" => store = Some(value),
            "--keys" => folder = Some(PathBuf::from(value)),
            "--port" => port = value.parse()?,
            _ => return Err(USAGE.into()),
        }
    }
    let folder = folder.ok_or(USAGE)?;
    keys::make_missing(&folder)?;
    let (revocations, tokens) = stores(&store.ok_or(USAGE)?).await?;

    let account = Account { subject: "alice".into(), roles: vec![], scopes: vec![] };
    let alice = User { account, password_hash: Hasher::default().hash("wonderland")? };
    let authenticator = Authenticator::builder(URL, URL)
        .signing_key(keys::signing_key(&folder)?)
        .digest_keys(keys::digest_keys(&folder)?)
        .revocation_store(revocations)
        .token_store(tokens)
        .credentials(PasswordVerifier::builder(Alice(alice)).build()?)
        .build()?;
    // On each node: they share the work.
    let purge = authenticator.purge_task(Duration::from_secs(60));
    tokio::spawn(purge.run(tokio::time::sleep, std::future::pending()));

    let tokens = TokenRoutes::new(&authenticator).tokens().sessions();
    let routes = Router::new().route("/me", get(me)).merge(tokens.into_router()?).with_state(authenticator);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, routes).await?)
}

async fn me(caller: Authenticated<AccessToken>) -> String {
    caller.subject().to_owned()
}

/// The one user. A service has a table of them, in the same database perhaps.
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
