//! Issues tokens to other services, publishes the keys that they are verified with, and changes its own key
//! while requests run. `verifier` is the other half.
//!
//! ```text
//! issuer 8080
//! curl -u reports:looking-glass -X POST localhost:8080/tokens
//! curl localhost:8080/.well-known/jwks.json
//! curl -u operator:jabberwocky -X POST localhost:8080/keys            the published key signs from now on
//! curl -u operator:jabberwocky -X DELETE localhost:8080/keys/...      a stolen one is out at once
//! ```
//!
//! A second argument says for how many seconds a token lives. Each request is written to standard output, so that
//! one sees how seldom the keys are fetched.

#![allow(clippy::print_stdout, reason = "a program's own output")]

use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRef, Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, post};
use countersign::axum::{Authenticated, Basic, Rejection, TokenRoutes};
use countersign::password::{BoxError, Hasher, PasswordHash, PasswordVerifier, User, UserDirectory};
use countersign::revocation::MemoryRevocationStore;
use countersign::session::{Account, Authenticator, LoginTokens};
use countersign::signed::{Algorithm, SigningKey};

/// Whom the tokens are for. Each service that takes tokens has a name of its own.
const AUDIENCE: &str = "https://orders.example";
/// How long others may keep the keys: a key is published for at least as long before it signs. A verifier that meets
/// an unknown key fetches sooner, but no more often than its cooldown allows.
const KEYS_MAX_AGE: Duration = Duration::from_secs(300);

/// The service accounts. A real issuer has a table of them.
struct Accounts(Vec<User>);

impl Accounts {
    fn new() -> Result<Self, BoxError> {
        let user = |name: &str, password: &str, roles: &[&str], scopes: &[&str]| {
            let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
            let account = Account { subject: name.to_owned(), roles: texts(roles), scopes: texts(scopes) };
            Ok::<_, BoxError>(User { account, password_hash: Hasher::default().hash(password)? })
        };
        Ok(Self(vec![
            user("reports", "looking-glass", &[], &["orders:read"])?,
            user("operator", "jabberwocky", &["operator"], &[])?,
        ]))
    }
}

impl UserDirectory for Accounts {
    async fn find(&self, user_id: &str) -> Result<Option<User>, BoxError> {
        Ok(self.0.iter().find(|user| user.account.subject == user_id).cloned())
    }

    async fn account(&self, subject: &str) -> Result<Option<Account>, BoxError> {
        Ok(self.find(subject).await?.map(|user| user.account))
    }

    async fn replace_hash(&self, _: &str, _: &PasswordHash, _: &PasswordHash) -> Result<(), BoxError> {
        Ok(())
    }
}

/// What the handlers share: the authenticator, and the key that has been published and will sign next.
#[derive(Clone)]
struct Issuer {
    authenticator: Authenticator,
    next: Arc<Mutex<SigningKey>>,
}

impl FromRef<Issuer> for Authenticator {
    fn from_ref(issuer: &Issuer) -> Self {
        issuer.authenticator.clone()
    }
}

impl Issuer {
    /// Gives the `kid` of the key that signs from now on.
    fn rotate(&self) -> Result<String, BoxError> {
        let another = new_key()?;
        // Two operators at once rotate twice.
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        self.authenticator.publish_signing_key(another.verifying_key())?;
        let signing = std::mem::replace(&mut *next, another);
        let kid = signing.kid().unwrap_or_default().to_owned();
        self.authenticator.rotate_signing_key(signing)?;
        Ok(kid)
    }
}

fn new_key() -> Result<SigningKey, BoxError> {
    Ok(SigningKey::generate(Algorithm::EdDSA)?)
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().unwrap_or("8080".into()).parse()?;
    let lifetime = Duration::from_secs(arguments.next().unwrap_or("300".into()).parse()?);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    let url = format!("http://{}", listener.local_addr()?);

    let next = new_key()?;
    let authenticator = Authenticator::builder(&url, AUDIENCE)
        .login_tokens(LoginTokens::Signed)
        .signing_key(new_key()?)
        .next_signing_key(next.verifying_key())
        .revocation_store(MemoryRevocationStore::new())
        .credentials(PasswordVerifier::builder(Accounts::new()?).build()?)
        .access_lifetime(lifetime)
        // Other nodes would have that long to follow a rotation. There are none.
        .revocation_margin(Duration::from_secs(1))
        .build()?;
    // It drops a previous key once the last token of it has ended.
    let purge = authenticator.purge_task(Duration::from_secs(1));
    tokio::spawn(purge.run(tokio::time::sleep, std::future::pending()));

    let tokens = TokenRoutes::new(&authenticator).tokens().jwks(KEYS_MAX_AGE);
    let routes = Router::new()
        .route("/keys", post(rotate))
        .route("/keys/{kid}", delete(retire_signing_key))
        .merge(tokens.into_router()?)
        .layer(from_fn(write_down))
        .with_state(Issuer { authenticator, next: Arc::new(Mutex::new(next)) });
    println!("listening on {url}");
    Ok(axum::serve(listener, routes).await?)
}

async fn write_down(request: Request, next: Next) -> Response {
    // A program whose output nobody reads any more goes on.
    let _ = writeln!(std::io::stdout(), "{} {}", request.method(), request.uri().path());
    next.run(request).await
}

/// Has the published key sign, and publishes another one in its place.
async fn rotate(State(issuer): State<Issuer>, caller: Authenticated<Basic>) -> Result<Response, Rejection> {
    caller.require_role("operator")?;
    Ok(match issuer.rotate() {
        Ok(kid) => kid.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    })
}

/// Takes a key out whose tokens may still live. Verifiers refuse those as soon as they have fetched the keys again.
async fn retire_signing_key(
    State(issuer): State<Issuer>,
    Path(kid): Path<String>,
    caller: Authenticated<Basic>,
) -> Result<StatusCode, Rejection> {
    caller.require_role("operator")?;
    let was_there = issuer.authenticator.retire_signing_key(&kid).map_err(|error| caller.refuse(&error))?;
    Ok(if was_there { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND })
}
