//! Basic and Bearer side by side: a route that takes either, one that takes passwords alone, and one for
//! everybody that knows its callers if they say who they are. Signed tokens that no log-in renews.
//!
//! ```text
//! either 8080
//! curl localhost:8080/                            hello, whoever you are
//! curl -u alice:wonderland localhost:8080/        hello alice, by Basic
//! curl -u alice:wonderland -X POST localhost:8080/tokens
//! curl -H 'Authorization: Bearer ...' localhost:8080/report
//! ```

#![allow(clippy::print_stdout, reason = "a program's own output")]

use axum::Router;
use axum::routing::{get, put};
use countersign::axum::{Authenticated, Basic, BearerOrBasic, Rejection, TokenRoutes};
use countersign::random::{DigestKey, DigestKeys, token_bytes};
use countersign::revocation::MemoryRevocationStore;
use countersign::session::{Account, Authenticator, CredentialError, CredentialVerifier, LoginTokens};
use countersign::signed::{Algorithm, SigningKey};
use countersign::token_store::MemoryTokenStore;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Users that another system knows: here, one whose password is the same for ever. `countersign::password` is
/// for services that keep hashes of their own.
struct Elsewhere;

impl CredentialVerifier for Elsewhere {
    async fn verify(&self, user_id: &str, password: &str) -> Result<Option<Account>, CredentialError> {
        if password == "wonderland" { self.account(user_id).await } else { Ok(None) }
    }

    async fn account(&self, subject: &str) -> Result<Option<Account>, CredentialError> {
        let scopes = match subject {
            "alice" => vec!["reports".to_owned()],
            "bob" => vec![],
            _ => return Ok(None),
        };
        Ok(Some(Account { subject: subject.to_owned(), roles: vec![], scopes }))
    }
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let authenticator = Authenticator::builder("http://localhost", "http://localhost")
        .login_tokens(LoginTokens::Signed)
        .signing_key(SigningKey::generate(Algorithm::EdDSA)?)
        .digest_keys(DigestKeys::new(DigestKey::keyed(1, token_bytes(32)?.expose())?))
        .revocation_store(MemoryRevocationStore::new())
        .token_store(MemoryTokenStore::new())
        .credentials(Elsewhere)
        .build()?;
    let tokens = TokenRoutes::new(&authenticator).tokens().api_keys();
    let routes = Router::new()
        .route("/", get(hello))
        .route("/report", get(report))
        .route("/password", put(change_password))
        .merge(tokens.into_router()?)
        .with_state(authenticator);

    let port = std::env::args().nth(1).unwrap_or("8080".into()).parse()?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, routes).await?)
}

/// For everybody. Whoever shows credentials must show good ones: a caller with a token that has expired is to
/// learn it here, and not to be taken for nobody.
async fn hello(caller: Option<Authenticated<BearerOrBasic>>) -> String {
    match caller {
        Some(caller) => format!("hello {}, by {:?}\n", caller.subject(), caller.method()),
        None => "hello, whoever you are\n".to_owned(),
    }
}

/// For a person with a password and a program with a token alike.
async fn report(caller: Authenticated<BearerOrBasic>) -> Result<&'static str, Rejection> {
    caller.require_scope("reports")?;
    Ok("nothing to report\n")
}

/// For whoever knows the password, and for no thief of a token.
async fn change_password(caller: Authenticated<Basic>) -> String {
    format!("{}, this example cannot change it\n", caller.subject())
}
