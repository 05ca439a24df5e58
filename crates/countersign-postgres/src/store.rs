//! Opening: a pool and a schema, and the stores made from them.

use std::fmt;
use std::sync::Arc;

use deadpool_postgres::{Hook, Manager, ManagerConfig, Pool, RecyclingMethod};
use tokio_postgres::config::TargetSessionAttrs;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{Config, NoTls, Socket};

use crate::connector::Connector;
use crate::database::Database;
use crate::error::OpenError;
use crate::options::{Options, Schema};
use crate::sql::Sql;
use crate::{PostgresRevocationStore, PostgresTokenStore, schema, server};

/// A schema of a PostgreSQL database that holds what is revoked, tokens and sessions. Cheap to clone.
///
/// It needs a tokio runtime, with I/O and time enabled.
#[derive(Clone)]
pub struct PostgresStore {
    pub(crate) shared: Arc<Shared>,
    pub(crate) connector: Option<Connector>,
}

/// What all stores of a schema share.
pub(crate) struct Shared {
    pub(crate) database: Database,
    pub(crate) sql: Sql,
    pool: Pool,
}

impl PostgresStore {
    /// Connects, with a pool of the store's own, and makes the tables where they are missing.
    ///
    /// `tls` is the driver's or any other connector; `config` says by its `sslmode` whether it is used, and the
    /// default, `prefer`, goes without where the server has none: set `require`.
    ///
    /// Name all servers of a pair in `config` (`host=a,b port=5432,5432`): each connection goes to the first that takes
    /// writes, whatever `target_session_attrs` says, since a standby answers from the past.
    ///
    /// The server ends statements too after the [timeout](Options::timeout), and transactions that are left open for
    /// as long, unless `config` says otherwise in its `options`.
    ///
    /// # Errors
    /// See [`OpenErrorKind`](crate::OpenErrorKind).
    pub async fn connect<T>(config: Config, tls: T, options: &Options) -> Result<Self, OpenError>
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send + Sync,
        T::TlsConnect: Send + Sync,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        let manager = Manager::from_config(
            of_primary(config.clone()),
            tls.clone(),
            // A connection that is known to be closed is not given out. Asking the server would cost a round trip.
            ManagerConfig { recycling_method: RecyclingMethod::Fast },
        );
        let timeout = options.timeout;
        let bound = Hook::async_fn(move |client, _| {
            Box::pin(async move { Ok(server::demand_and_bound(client, timeout).await?) })
        });
        let pool = Pool::builder(manager).max_size(options.pool_size).post_create(bound).build();
        let pool = pool.map_err(OpenError::pool)?;
        Ok(Self::open(pool, options, true).await?.with_connector(config, tls))
    }

    /// The same without encryption: what a store sends, digests and the names of users among it, can be read and
    /// changed on the way. For a server on the same machine, or in a tunnel.
    ///
    /// # Errors
    /// See [`OpenErrorKind`](crate::OpenErrorKind).
    pub async fn connect_without_tls(config: Config, options: &Options) -> Result<Self, OpenError> {
        Self::connect(config, NoTls, options).await
    }

    /// Uses the caller's pool. `options.pool_size` means nothing then, and statement timeouts and the like are the
    /// caller's to choose. The pool must lead to the server itself, or through a proxy that gives each connection
    /// a session of its own, since statements are prepared.
    ///
    /// With several hosts, set `target_session_attrs=read-write` in the pool's configuration. Without it the driver takes
    /// the first host that answers, and operations are [`Unavailable`](countersign_revocation::ErrorKind::Unavailable)
    /// for as long as that is a standby.
    ///
    /// # Errors
    /// See [`OpenErrorKind`](crate::OpenErrorKind).
    pub async fn from_pool(pool: Pool, options: &Options) -> Result<Self, OpenError> {
        Self::open(pool, options, false).await
    }

    /// Opens the schema; `is_own` says whether the pool has a look at each new connection itself.
    async fn open(pool: Pool, options: &Options, is_own: bool) -> Result<Self, OpenError> {
        let schema = Schema::new(&options.schema)?;
        let database = Database::new(pool.clone(), options.timeout, is_own);
        let mut connection = database.connection().await?;
        schema::prepare(&mut connection, &schema, options.timeout, options.may_create).await?;
        drop(connection);
        let shared = Shared { database, sql: Sql::new(&schema), pool };
        Ok(Self { shared: Arc::new(shared), connector: None })
    }

    /// How to open the one more connection on which a [replica](Self::replica) listens. A store with a pool of its own
    /// knows.
    #[must_use]
    pub fn with_connector<T>(mut self, config: Config, tls: T) -> Self
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send + Sync,
        T::TlsConnect: Send + Sync,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        self.connector = Some(Connector::new(config, tls));
        self
    }

    /// The pool, for its numbers, or for an application that keeps its own tables in the same database.
    #[must_use]
    pub fn pool(&self) -> &Pool {
        &self.shared.pool
    }

    /// What is revoked.
    #[must_use]
    pub fn revocations(&self) -> PostgresRevocationStore {
        PostgresRevocationStore::new(Arc::clone(&self.shared))
    }

    /// Tokens and sessions.
    #[must_use]
    pub fn tokens(&self) -> PostgresTokenStore {
        PostgresTokenStore::new(Arc::clone(&self.shared))
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgresStore")
    }
}

/// The configuration, for connections to a server that takes writes alone: of several hosts, the first that does is
/// taken, and a standby is an error.
fn of_primary(mut config: Config) -> Config {
    config.target_session_attrs(TargetSessionAttrs::ReadWrite);
    if config.get_application_name().is_none() {
        config.application_name("countersign");
    }
    config
}
