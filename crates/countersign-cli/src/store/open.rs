//! Opening each engine, and what keeps one from being opened.

use crate::code::Code;
use crate::failure::Failure;

use super::location::{Engine, Location};
use super::{Store, StoreOptions};

fn unusable(error: &impl ToString) -> Failure {
    Failure::Unanswered(Code::UNUSABLE_STORE, error.to_string())
}

fn unavailable(error: &impl ToString) -> Failure {
    Failure::Unanswered(Code::UNAVAILABLE, error.to_string())
}

impl StoreOptions {
    pub(super) async fn open(&self, location: Location) -> Result<Store, Failure> {
        let address = location.address.as_str();
        match location.engine {
            #[cfg(feature = "redb")]
            Engine::Redb => self.open_redb(std::path::Path::new(address)),
            #[cfg(feature = "postgres")]
            Engine::Postgres => self.open_postgres(address).await,
            #[cfg(feature = "redis")]
            Engine::Redis => self.open_redis(address).await,
            #[cfg(not(all(feature = "postgres", feature = "redb", feature = "redis")))]
            _ => Err(Failure::usage("this build was made without the store's engine")),
        }
    }

    #[cfg(feature = "redb")]
    fn open_redb(&self, path: &std::path::Path) -> Result<Store, Failure> {
        use countersign_redb::{OpenErrorKind, RedbStore};

        if self.namespace.is_some() {
            return Err(Failure::usage("a file has no --namespace"));
        }
        let is_there = path.try_exists().map_err(|error| unavailable(&error))?;
        if !is_there && !self.create {
            return Err(unavailable(&"the store's file is not there, and --create is not given"));
        }
        let store = RedbStore::open(path).map_err(|error| match error.kind() {
            OpenErrorKind::Locked | OpenErrorKind::Io => unavailable(&error),
            _ => unusable(&error),
        })?;
        Ok(Store::new(store.revocations(), store.tokens()))
    }

    #[cfg(feature = "postgres")]
    async fn open_postgres(&self, address: &str) -> Result<Store, Failure> {
        use countersign_postgres::{OpenErrorKind, Options, PostgresStore};

        // What the parser says may quote the address.
        let config = address.parse().map_err(|_| Failure::usage("the store's address cannot be read"))?;
        let options = Options::new().pool_size(1);
        let options = self.namespace.iter().fold(options, Options::schema);
        let store = PostgresStore::connect_without_tls(config, &options).await;
        let store = store.map_err(|error| match error.kind() {
            OpenErrorKind::Options => Failure::usage(error.to_string()),
            OpenErrorKind::Unavailable => unavailable(&error),
            _ => unusable(&error),
        })?;
        Ok(Store::new(store.revocations(), store.tokens()))
    }

    #[cfg(feature = "redis")]
    async fn open_redis(&self, address: &str) -> Result<Store, Failure> {
        use countersign_redis::{ConnectErrorKind, RedisOptions, RedisStore};

        let options = RedisOptions::new();
        let options = self.namespace.iter().fold(options, RedisOptions::prefix);
        let store = RedisStore::connect(address, options).await.map_err(|error| match error.kind() {
            ConnectErrorKind::Invalid => Failure::usage(error.to_string()),
            ConnectErrorKind::Unavailable => unavailable(&error),
            _ => unusable(&error),
        })?;
        Ok(Store::new(store.revocations(), store.tokens()))
    }
}

impl Store {
    fn new(
        revocations: impl countersign_revocation::RevocationStore + 'static,
        tokens: impl countersign_token_store::TokenStore + 'static,
    ) -> Self {
        Self {
            revocations: countersign_revocation::AnyRevocationStore::new(revocations),
            tokens: countersign_token_store::AnyTokenStore::new(tokens),
        }
    }
}
