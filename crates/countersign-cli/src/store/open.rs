//! Opening each engine's store, and why one does not open.
//!
//! A store is made only where [`Opening::Create`] asks for it. Anything else finds it or reports
//! [`Code::NO_SUCH_STORE`]: a new store holds nothing, so it would answer "not revoked" to a typing error.

use std::fmt::Display;

use crate::code::Code;
use crate::failure::Failure;

use super::location::{Engine, Location};
use super::{Store, StoreOptions};

/// Whether opening may make the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    Existing,
    Create,
}

pub(super) fn unusable(error: &impl Display) -> Failure {
    Failure::Unanswered(Code::UNUSABLE_STORE, error.to_string())
}

pub(super) fn unavailable(error: &impl Display) -> Failure {
    Failure::Unanswered(Code::UNAVAILABLE, error.to_string())
}

/// `place` says where the engine has looked, and what to check.
pub(super) fn not_found(place: &str) -> Failure {
    let message = format!("{place}. Only `countersign store create` makes one");
    Failure::Unanswered(Code::NO_SUCH_STORE, message)
}

impl StoreOptions {
    pub(super) async fn open(&self, location: &Location, opening: Opening) -> Result<Store, Failure> {
        let address = location.address.as_str();
        match location.engine {
            #[cfg(feature = "redb")]
            Engine::Redb => self.open_redb(std::path::Path::new(address), opening),
            #[cfg(feature = "postgres")]
            Engine::Postgres => self.open_postgres(address, opening).await,
            #[cfg(feature = "redis")]
            Engine::Redis => self.open_redis(address, opening).await,
            #[cfg(not(all(feature = "postgres", feature = "redb", feature = "redis")))]
            _ => Err(Failure::usage("this build was made without the store's engine")),
        }
    }

    #[cfg(feature = "redb")]
    fn open_redb(&self, path: &std::path::Path, opening: Opening) -> Result<Store, Failure> {
        use countersign_redb::{OpenErrorKind, RedbStore};

        if self.namespace.is_some() {
            return Err(Failure::usage("--namespace is for PostgreSQL and Redis: a redb file has none"));
        }
        if self.tls_ca.is_some() {
            return Err(Failure::usage("--tls-ca is for PostgreSQL and Redis: a redb file has no server"));
        }
        let store = match opening {
            Opening::Existing => RedbStore::open_existing(path),
            Opening::Create => RedbStore::open(path),
        };
        let store = store.map_err(|error| match error.kind() {
            OpenErrorKind::NotFound => {
                not_found("the store's file is missing, or is a database without a store: check its path")
            }
            OpenErrorKind::Locked | OpenErrorKind::Io => unavailable(&error),
            _ => unusable(&error),
        })?;
        Ok(Store::new(store.revocations(), store.tokens()))
    }
}

impl Store {
    pub(super) fn new(
        revocations: impl countersign_revocation::RevocationStore + 'static,
        tokens: impl countersign_token_store::TokenStore + 'static,
    ) -> Self {
        Self {
            revocations: countersign_revocation::AnyRevocationStore::new(revocations),
            tokens: countersign_token_store::AnyTokenStore::new(tokens),
        }
    }
}
