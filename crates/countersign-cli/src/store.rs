//! A store by its location: what it is, and whose word its address may travel in.
//!
//! An address can hold a password, so it comes from the environment or a file; an argument may hold one that has none. No
//! error has any part of it in it.

mod location;
mod open;

use std::path::PathBuf;

use clap::Args;
use countersign_revocation::AnyRevocationStore;
use countersign_token_store::AnyTokenStore;

use crate::code::Code;
use crate::failure::Failure;
use crate::source::Source;
use location::Location;

/// Where a store's address is looked for if no option names it.
const VARIABLE: &str = "COUNTERSIGN_STORE";

/// Which store. Its address comes from --store, --store-file or the variable COUNTERSIGN_STORE.
#[derive(Debug, Args)]
pub(crate) struct StoreOptions {
    /// redb:FILE, postgres://USER@HOST/NAME or redis://HOST/, without a password.
    #[arg(long, value_name = "ADDRESS", conflicts_with = "store_file")]
    store: Option<String>,
    /// A file with the address in it, which may have a password.
    #[arg(long, value_name = "FILE")]
    store_file: Option<PathBuf>,
    /// The schema of PostgreSQL, or the prefix of the keys of Redis, where the service has one of its own.
    #[arg(long, value_name = "NAME")]
    namespace: Option<String>,
    /// Makes a redb file that is not there. Otherwise a slip in its name would be an empty store.
    #[arg(long)]
    create: bool,
}

/// Both halves of a store.
pub(crate) struct Store {
    pub(crate) revocations: AnyRevocationStore,
    pub(crate) tokens: AnyTokenStore,
}

impl StoreOptions {
    /// Opens it, has something done with it, and waits for that.
    pub(crate) fn with<T, F: Future<Output = Result<T, Failure>>>(
        &self,
        work: impl FnOnce(Store) -> F,
    ) -> Result<T, Failure> {
        let location = self.location()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Failure::Unanswered(Code::UNAVAILABLE, error.to_string()))?;
        runtime.block_on(async { work(self.open(location).await?).await })
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
