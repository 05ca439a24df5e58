//! Opening: a pool and a schema, and the stores made from them.

use std::fmt;
use std::sync::Arc;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{Config, NoTls, Socket};

use crate::connector::Connector;
use crate::database::Database;
use crate::error::{OpenError, OpenErrorKind};
use crate::options::{Options, Schema};
use crate::sql::Sql;
use crate::{PostgresRevocationStore, PostgresTokenStore, schema};

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
    /// Where `config` does not say otherwise, statements are ended by the server too after the
    /// [timeout](Options::timeout), as are transactions that are left open for as long.
    ///
    /// # Errors
    /// See [`OpenErrorKind`].
    pub async fn connect<T>(config: Config, tls: T, options: &Options) -> Result<Self, OpenError>
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send + Sync,
        T::TlsConnect: Send + Sync,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        let manager = Manager::from_config(
            bounded(config.clone(), options),
            tls.clone(),
            // A connection that is known to be closed is not given out. Asking the server would cost a round trip.
            ManagerConfig { recycling_method: RecyclingMethod::Fast },
        );
        let pool = Pool::builder(manager).max_size(options.pool_size).build();
        let pool = pool.map_err(|_| OpenError::new(OpenErrorKind::Options))?;
        Ok(Self::from_pool(pool, options).await?.with_connector(config, tls))
    }

    /// The same without encryption: what a store sends, digests and the names of users among it, can be read and
    /// changed on the way. For a server on the same machine, or in a tunnel.
    ///
    /// # Errors
    /// See [`OpenErrorKind`].
    pub async fn connect_without_tls(config: Config, options: &Options) -> Result<Self, OpenError> {
        Self::connect(config, NoTls, options).await
    }

    /// Uses the caller's pool. `options.pool_size` means nothing then, and statement timeouts and the like are the
    /// caller's to choose. The pool must lead to the server itself, or through a proxy that gives each connection
    /// a session of its own, since statements are prepared.
    ///
    /// # Errors
    /// See [`OpenErrorKind`].
    pub async fn from_pool(pool: Pool, options: &Options) -> Result<Self, OpenError> {
        let schema = Schema::new(&options.schema)?;
        let database = Database::new(pool.clone(), options.timeout);
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

/// The configuration with bounds on what the server does for us; the caller's own options come later, and so count.
fn bounded(mut config: Config, options: &Options) -> Config {
    let timeout = options.timeout.as_millis().max(1);
    let mut settings = format!(
        "-c statement_timeout={timeout} -c idle_in_transaction_session_timeout={timeout} \
         -c default_transaction_isolation=read\\ committed"
    );
    if let Some(theirs) = config.get_options() {
        settings = format!("{settings} {theirs}");
    }
    config.options(settings);
    if config.get_application_name().is_none() {
        config.application_name("countersign");
    }
    config
}
