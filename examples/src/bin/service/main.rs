//! A service with log-in, refresh, logout and API keys, over one file.
//!
//! ```text
//! printf wonderland | service add-user --data DIR alice --role operator
//! service serve --data DIR --port 8080
//!
//! curl -u alice:wonderland -X POST localhost:8080/tokens
//! curl -H 'Authorization: Bearer ...' localhost:8080/me
//! ```
//!
//! The routes for tokens are countersign's; `routes.rs` has the service's own, `users.rs` the application's own
//! table in the same file, `keys.rs` the secrets that are kept outside of it.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program's own output")]

mod keys;
mod limits;
mod options;
mod routes;
mod shutdown;
mod users;

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use countersign::password::{Hasher, PasswordVerifier};
use countersign::redb::RedbStore;
use countersign::revocation::AnyRevocationStore;
use countersign::session::{ApiKeys, Authenticator, AuthenticatorBuilder, MemoryLimiter};
use tokio::net::TcpListener;
use zeroize::Zeroizing;

use crate::options::{AddUser, Command, Folders, Serve};
use crate::routes::State;
use crate::users::Users;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The issuer and the audience: the service's own address as its clients know it.
const URL: &str = "https://service.example";

#[tokio::main]
async fn main() -> ExitCode {
    let result = match options::parse(std::env::args().skip(1)) {
        Ok(Command::Serve(options)) => serve(options).await,
        Ok(Command::AddUser(options)) => add_user(&options).await,
        Err(usage) => Err(usage.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("service: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The one file that holds users, API keys, sessions and what is revoked; made, and its keys before it, if
/// it is not there yet.
fn open(folders: &Folders) -> Result<RedbStore, BoxError> {
    std::fs::create_dir_all(&folders.data)?;
    let file = folders.data.join("service.redb");
    if !file.exists() {
        keys::make_missing(&folders.keys)?;
    }
    Ok(RedbStore::open(file)?)
}

/// What the two commands have in common of an authenticator.
fn builder(folders: &Folders, store: &RedbStore) -> Result<AuthenticatorBuilder, BoxError> {
    let users = Users::new(Arc::clone(store.database()))?;
    Ok(Authenticator::builder(URL, URL)
        .realm("service")
        .prefix("demo")
        .signing_key(keys::signing_key(&folders.keys)?)
        .digest_keys(keys::digest_keys(&folders.keys)?)
        .revocation_store(store.revocations())
        .token_store(store.tokens())
        .credentials(PasswordVerifier::builder(users).build()?))
}

/// Adds a user. One that is there already gets a new password and roles, and all that the old ones gave is
/// revoked. The password comes from standard input, never from an argument.
async fn add_user(options: &AddUser) -> Result<(), BoxError> {
    let mut password = Zeroizing::new(String::new());
    std::io::stdin().read_to_string(&mut password)?;
    let hash = Hasher::default().hash(password.trim_end_matches(['\r', '\n']))?;
    let store = open(&options.folders)?;
    let authenticator = builder(&options.folders, &store)?.build()?;
    let users = Users::new(Arc::clone(store.database()))?;
    let was_there = users.put(&options.name, &options.roles, hash.expose())?;
    if was_there {
        authenticator.revoke_subject(&options.name, ApiKeys::Remove).await?;
        println!("user {} has a new password and new roles, and is logged out everywhere", options.name);
    } else {
        println!("user {} is there", options.name);
    }
    Ok(())
}

async fn serve(options: Serve) -> Result<(), BoxError> {
    let store = open(&options.folders)?;
    let authenticator = builder(&options.folders, &store)?
        .access_lifetime(options.access_lifetime)
        .refresh_lifetime(options.refresh_lifetime)
        .idle_lifetime(options.refresh_lifetime)
        .refresh_grace(options.grace)
        .revocation_margin(options.revocation_margin)
        .limiter(MemoryLimiter::new())
        .build()?;
    let stopped = shutdown::watch(store.clone())?;
    let purge = authenticator.purge_task(options.purge_interval);
    let purge = tokio::spawn(purge.run(tokio::time::sleep, stopped.clone().wait()));

    let listener = TcpListener::bind(("127.0.0.1", options.port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    std::io::stdout().flush()?;
    let revocations = AnyRevocationStore::new(store.revocations());
    let routes = routes::router(State { authenticator, revocations })?;
    // The limiter counts by the peer. Behind a proxy, a `ClientAddressLayer` reads what the proxy has written.
    let routes = routes.into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, routes).with_graceful_shutdown(stopped.clone().wait());
    stopped.drain(async move { server.await }).await?;
    purge.await?;
    if store.is_writable() { Ok(()) } else { Err("the database could not be written any more".into()) }
}
