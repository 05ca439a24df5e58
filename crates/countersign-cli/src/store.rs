//! A store by its location: what it is, and whose word its address may travel in.
//!
//! An address can hold a password, so it comes from the environment or a file; an argument may hold one that has none. No
//! error has any part of it in it.

mod location;
mod open;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redis")]
mod redis;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod tls;

use std::path::PathBuf;

use clap::Args;
use countersign_revocation::AnyRevocationStore;
use countersign_token_store::AnyTokenStore;

use crate::code::Code;
use crate::failure::Failure;
use crate::source::Source;
use location::Location;
use open::Opening;

/// Where a store's address is looked for if no option names it.
const VARIABLE: &str = "COUNTERSIGN_STORE";

/// Which store. Its address comes from --store, --store-file or the variable COUNTERSIGN_STORE.
#[derive(Debug, Args)]
pub(crate) struct StoreOptions {
    /// redb:FILE, postgres://USER@HOST/NAME or redis://HOST/, without a password. With TLS: ?sslmode=require, rediss://.
    #[arg(long, value_name = "ADDRESS", conflicts_with = "store_file")]
    store: Option<String>,
    /// A file with the address in it, which may have a password.
    #[arg(long, value_name = "FILE")]
    store_file: Option<PathBuf>,
    /// The schema of PostgreSQL, or the prefix of the keys of Redis, where the service has one of its own.
    #[arg(long, value_name = "NAME")]
    namespace: Option<String>,
    /// The authority that the server's certificate must come from, in PEM, instead of the system's authorities.
    #[arg(long, value_name = "FILE")]
    tls_ca: Option<PathBuf>,
}

/// Both halves of a store.
pub(crate) struct Store {
    pub(crate) revocations: AnyRevocationStore,
    pub(crate) tokens: AnyTokenStore,
}

impl StoreOptions {
    /// Opens the store, which must exist, and runs `work` on it to its end.
    pub(crate) fn with<T, F: Future<Output = Result<T, Failure>>>(
        &self,
        work: impl FnOnce(Store) -> F,
    ) -> Result<T, Failure> {
        let location = self.location()?;
        runtime()?.block_on(async { work(self.open(&location, Opening::Existing).await?).await })
    }

    /// Makes an empty store. One that exists already is an error, and stays as it is.
    pub(crate) fn create(&self) -> Result<(), Failure> {
        let location = self.location()?;
        runtime()?.block_on(async {
            match self.open(&location, Opening::Existing).await {
                Ok(_) => {
                    let message = "there is a store already, which stays as it is";
                    Err(Failure::Unanswered(Code::EXISTS, message.to_owned()))
                }
                Err(Failure::Unanswered(Code::NO_SUCH_STORE, _)) => {
                    self.open(&location, Opening::Create).await.map(|_| ())
                }
                Err(failure) => Err(failure),
            }
        })
    }

    fn location(&self) -> Result<Location, Failure> {
        if let Some(text) = &self.store {
            if location::may_have_a_password(text) {
                return Err(Failure::usage(format!(
                    "an argument is no place for a password: every user of the machine sees it. Give the address in \
                     the variable {VARIABLE} or with --store-file"
                )));
            }
            return Location::parse(text);
        }
        if let Some(path) = &self.store_file {
            return Location::parse(&Source::File(path.clone()).line()?);
        }
        match std::env::var(VARIABLE) {
            Ok(text) if !text.is_empty() => Location::parse(&text),
            _ => Err(Failure::usage(format!("no store is named: --store, --store-file or {VARIABLE}"))),
        }
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::Unanswered(Code::UNAVAILABLE, error.to_string()))
}

/// A store's error, which has no address in it.
impl From<countersign_revocation::Error> for Failure {
    fn from(error: countersign_revocation::Error) -> Self {
        let code = match error.kind() {
            countersign_revocation::ErrorKind::Corrupt => Code::UNUSABLE_STORE,
            _ => Code::UNAVAILABLE,
        };
        Self::Unanswered(code, error.to_string())
    }
}

impl From<countersign_token_store::Error> for Failure {
    fn from(error: countersign_token_store::Error) -> Self {
        let code = match error.kind() {
            countersign_token_store::ErrorKind::Corrupt => Code::UNUSABLE_STORE,
            _ => Code::UNAVAILABLE,
        };
        Self::Unanswered(code, error.to_string())
    }
}
