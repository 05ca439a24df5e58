//! A store on Redis or Valkey.

use countersign_redis::{ConnectError, ConnectErrorKind, RedisOptions, RedisStore};

use super::open::{Opening, not_found, unavailable, unusable};
use super::{Store, StoreOptions, tls};
use crate::failure::Failure;

impl StoreOptions {
    pub(super) async fn open_redis(&self, address: &str, opening: Opening) -> Result<Store, Failure> {
        let options = RedisOptions::new();
        let options = self.namespace.iter().fold(options, RedisOptions::prefix);
        let options = if opening == Opening::Existing { options.require_existing() } else { options };
        let store = if ["rediss://", "valkeys://"].iter().any(|scheme| address.starts_with(scheme)) {
            #[cfg(feature = "redis-tls")]
            {
                let client = tls::redis(address, self.tls_ca.as_deref())?;
                let store = RedisStore::from_client(client, options).await;
                store.map_err(|error| tls::refusal(&error).unwrap_or_else(|| failure(&error)))?
            }
            #[cfg(not(feature = "redis-tls"))]
            return Err(tls::missing("redis-tls"));
        } else if self.tls_ca.is_some() {
            let message = "--tls-ca is given, but the address asks for no TLS: write rediss:// for redis://";
            return Err(Failure::usage(message));
        } else {
            RedisStore::connect(address, options).await.map_err(|error| failure(&error))?
        };
        Ok(Store::new(store.revocations(), store.tokens()))
    }
}

fn failure(error: &ConnectError) -> Failure {
    match error.kind() {
        ConnectErrorKind::NotFound => not_found(
            "the server has no store under the prefix that --namespace names (`countersign` without it), in the \
             database of the address: check them",
        ),
        ConnectErrorKind::Invalid => Failure::usage(error.to_string()),
        ConnectErrorKind::Unavailable | ConnectErrorKind::AccessDenied => unavailable(error),
        _ => unusable(error),
    }
}
