//! The store over a pool, its options, and the making of its tables.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use sqlx::SqlitePool;

use super::sql::Sql;
use super::transaction::{begin, settings};
use super::{SqliteRevocationStore, SqliteTokenStore};
use crate::error::{Failure, SetupError, is_missing_table};

/// The version of the tables that this crate makes.
const VERSION: i64 = 1;

/// What a caller may choose.
///
/// ```
/// use std::time::Duration;
/// use countersign_sqlx::SqliteOptions;
///
/// let options = SqliteOptions::new().table_prefix("auth_").timeout(Duration::from_secs(2));
/// ```
#[derive(Clone, Debug)]
pub struct SqliteOptions {
    prefix: String,
    timeout: Duration,
}

impl SqliteOptions {
    /// The prefix `countersign_`, and ten seconds for an operation.
    #[must_use]
    pub fn new() -> Self {
        Self { prefix: "countersign_".to_owned(), timeout: Duration::from_secs(10) }
    }

    /// What the names of the tables begin with: ASCII letters, digits and underscores, and no digit first.
    #[must_use]
    pub fn table_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How long an operation may take, the wait for a connection of the pool and for the database's lock included.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// What both stores share.
pub(crate) struct Shared {
    pub(crate) pool: SqlitePool,
    pub(crate) sql: Sql,
    pub(crate) timeout: Duration,
}

/// Both stores in an SQLite database, over the application's own pool. Cheap to clone.
#[derive(Clone)]
pub struct SqliteStore {
    shared: Arc<Shared>,
}

impl SqliteStore {
    /// A store over a pool, with the default options. It asks the database nothing; [`migrate`](Self::migrate) makes
    /// the tables.
    #[must_use]
    pub fn from_pool(pool: SqlitePool) -> Self {
        Self::new(pool, &SqliteOptions::new())
    }

    /// The same with options.
    ///
    /// # Errors
    /// The prefix is not one of ASCII letters, digits and underscores, or begins with a digit.
    pub fn with_options(pool: SqlitePool, options: &SqliteOptions) -> Result<Self, SetupError> {
        let prefix = &options.prefix;
        let is_plain = prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_plain || prefix.is_empty() || prefix.starts_with(|first: char| first.is_ascii_digit()) {
            return Err(SetupError::name(
                "the table prefix must be ASCII letters, digits and `_`, no digit first",
            ));
        }
        Ok(Self::new(pool, options))
    }

    fn new(pool: SqlitePool, options: &SqliteOptions) -> Self {
        let sql = Sql::new(&options.prefix);
        Self { shared: Arc::new(Shared { pool, sql, timeout: options.timeout }) }
    }

    /// Makes the tables where they are missing, in one transaction, which holds the database's write lock. Any number of
    /// processes may call it at once. Nothing else makes tables.
    ///
    /// # Errors
    /// The pool's connections have a setting that loses data, a later version made the tables, or the database refused.
    /// Nothing was made.
    pub async fn migrate(&self) -> Result<(), SetupError> {
        let Shared { pool, sql, .. } = &*self.shared;
        let mut transaction = begin(pool).await?;
        settings(&mut transaction).await?;
        let version =
            sqlx::query_scalar::<_, i64>(sql.version.clone()).fetch_optional(&mut *transaction).await;
        match version {
            Ok(Some(VERSION)) => {}
            Ok(Some(_)) => return Err(Failure::TooNew.into()),
            Ok(None) => return Err(Failure::Corrupt("the table of numbers has no row `version`").into()),
            Err(error) if is_missing_table(&error) => {
                sqlx::raw_sql(sql.migration.clone()).execute(&mut *transaction).await?;
            }
            Err(error) => return Err(error.into()),
        }
        transaction.commit().await?;
        Ok(())
    }

    /// The store of tokens and sessions.
    #[must_use]
    pub fn tokens(&self) -> SqliteTokenStore {
        SqliteTokenStore::new(Arc::clone(&self.shared))
    }

    /// The store of revocations.
    #[must_use]
    pub fn revocations(&self) -> SqliteRevocationStore {
        SqliteRevocationStore::new(Arc::clone(&self.shared))
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SqliteStore")
    }
}
