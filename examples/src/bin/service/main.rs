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
//! `routes.rs` is the wire, `users.rs` the application's own table in the same file, `keys.rs` the secrets
//! that are kept outside of it.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program's own output")]

mod answers;
mod keys;
mod options;
mod routes;
mod users;

use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use countersign::password::{Hasher, PasswordVerifier};
use countersign::redb::RedbStore;
use countersign::session::Authenticator;
use tokio::net::TcpListener;
use zeroize::Zeroizing;

use crate::options::{AddUser, Command, Serve};
use crate::routes::State;
use crate::users::Users;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The issuer and the audience: the service's own address as its clients know it.
const URL: &str = "https://service.example";

#[tokio::main]
async fn main() -> ExitCode {
    let result = match options::parse(std::env::args().skip(1)) {
        Ok(Command::Serve(options)) => serve(options).await,
        Ok(Command::AddUser(options)) => add_user(&options),
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

/// The one file that holds users, API keys, sessions and what is revoked.
fn open(data: &Path) -> Result<RedbStore, BoxError> {
    std::fs::create_dir_all(data)?;
    Ok(RedbStore::open(data.join("service.redb"))?)
}

/// Adds a user, or changes their password. The password comes from standard input, never from an argument.
fn add_user(options: &AddUser) -> Result<(), BoxError> {
    let mut password = Zeroizing::new(String::new());
    std::io::stdin().read_to_string(&mut password)?;
    let hash = Hasher::default().hash(password.trim_end_matches(['\r', '\n']))?;
    let store = open(&options.data)?;
    Users::new(Arc::clone(store.database()))?.put(&options.name, &options.roles, hash.expose())?;
    println!("user {} is there", options.name);
    Ok(())
}

async fn serve(options: Serve) -> Result<(), BoxError> {
    let store = open(&options.data)?;
    let users = Users::new(Arc::clone(store.database()))?;
    let authenticator = Authenticator::builder(URL, URL)
        .realm("service")
        .prefix("demo")
        .signing_key(keys::signing_key(&options.data)?)
        .digest_keys(keys::digest_keys(&options.data)?)
        .revocations(store.revocations())
        .tokens(store.tokens())
        .credentials(PasswordVerifier::builder(users).build()?)
        .access_lifetime(options.access_lifetime)
        .refresh_lifetime(options.refresh_lifetime)
        .idle_lifetime(options.refresh_lifetime)
        .grace(options.grace)
        .revocation_margin(options.revocation_margin)
        .build()?;

    let (stop, stopped) = tokio::sync::watch::channel(false);
    let until_stopped = move || {
        let mut stopped = stopped.clone();
        async move {
            // An error means that the sender is gone, which is a stop too.
            let _ = stopped.wait_for(|stopped| *stopped).await;
        }
    };
    let purge = authenticator.purge_task(options.purge_interval);
    let purge = tokio::spawn(purge.run(tokio::time::sleep, until_stopped()));

    let listener = TcpListener::bind(("127.0.0.1", options.port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    std::io::stdout().flush()?;
    tokio::spawn(async move {
        let _ = tokio::signal::ctrl_c().await;
        let _ = stop.send(true);
    });
    let routes = routes::router(State { authenticator, revocations: store.revocations() });
    axum::serve(listener, routes).with_graceful_shutdown(until_stopped()).await?;
    purge.await?;
    Ok(())
}
