//! The store over a pool, its options, and the making of its tables.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use sqlx::{AssertSqlSafe, PgConnection, PgPool, SqlSafeStr as _};

use super::sql::Sql;
use super::{PostgresRevocationStore, PostgresTokenStore, key};
use crate::error::{Failure, SetupError};

/// The version of the tables that this crate makes.
const VERSION: i64 = 1;

/// The statement of the migration that a schema which exists does not need, nor the right to make one.
const CREATE_SCHEMA: &str = "CREATE SCHEMA IF NOT EXISTS ";

/// What a caller may choose.
///
/// ```
/// use std::time::Duration;
/// use countersign_sqlx::PostgresOptions;
///
/// let options = PostgresOptions::new().schema("auth").timeout(Duration::from_secs(2));
/// ```
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    schema: String,
    timeout: Duration,
}

impl PostgresOptions {
    /// The schema `countersign`, and five seconds for an operation.
    #[must_use]
    pub fn new() -> Self {
        Self { schema: "countersign".to_owned(), timeout: Duration::from_secs(5) }
    }

    /// The schema that the tables are in. The name is quoted, so its case counts.
    #[must_use]
    pub fn schema(mut self, name: impl Into<String>) -> Self {
        self.schema = name.into();
        self
    }

    /// How long an operation may take, the wait for a connection of the pool included.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// What both stores share.
pub(crate) struct Shared {
    pub(crate) pool: PgPool,
    pub(crate) sql: Sql,
    pub(crate) timeout: Duration,
    schema: String,
}

/// Both stores in a PostgreSQL database, over the application's own pool. Cheap to clone.
#[derive(Clone)]
pub struct PostgresStore {
    shared: Arc<Shared>,
}

impl PostgresStore {
    /// A store over a pool, with the default options. It asks the server nothing; [`migrate`](Self::migrate) makes the
    /// tables.
    #[must_use]
    pub fn from_pool(pool: PgPool) -> Self {
        Self::new(pool, &PostgresOptions::new())
    }

    /// The same with options.
    ///
    /// # Errors
    /// The schema's name is one that PostgreSQL would refuse or cut off: it must have 1 to 63 bytes, without NUL and
    /// single quotes, and not begin with `pg_`.
    pub fn with_options(pool: PgPool, options: &PostgresOptions) -> Result<Self, SetupError> {
        let name = &options.schema;
        if name.is_empty() || name.len() > 63 || name.contains(['\0', '\'']) || name.starts_with("pg_") {
            return Err(SetupError::name(
                "the schema's name must have 1 to 63 bytes, without NUL and `'`, and not begin with `pg_`",
            ));
        }
        Ok(Self::new(pool, options))
    }

    fn new(pool: PgPool, options: &PostgresOptions) -> Self {
        let sql = Sql::new(&format!("\"{}\"", options.schema.replace('"', "\"\"")));
        let (timeout, schema) = (options.timeout, options.schema.clone());
        Self { shared: Arc::new(Shared { pool, sql, timeout, schema }) }
    }

    /// Makes the tables where they are missing, and the schema, in one transaction under an advisory lock. Any number of
    /// processes may call it at once. Nothing else makes tables.
    ///
    /// # Errors
    /// A later version made the tables, the user may not make them, or the server refused. Nothing was made.
    pub async fn migrate(&self) -> Result<(), SetupError> {
        let mut transaction = self.shared.pool.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED").await?;
        let lock = key::lock(&key::id(&format!("migration of {}", self.shared.schema)));
        sqlx::query(self.shared.sql.take_alone.clone()).bind(lock).execute(&mut *transaction).await?;
        self.make_tables(&mut transaction).await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn make_tables(&self, connection: &mut PgConnection) -> Result<(), SetupError> {
        let Shared { sql, schema, .. } = &*self.shared;
        // By the rows of the catalogue: `to_regclass` goes by what the connection has cached of them.
        let exists = "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1), EXISTS (SELECT FROM pg_class AS c \
                      JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE nspname = $1 AND relname = 'numbers')";
        let (has_schema, has_tables): (bool, bool) =
            sqlx::query_as(exists).bind(schema.clone()).fetch_one(&mut *connection).await?;
        if has_tables {
            let query = sqlx::query_scalar::<_, i64>(sql.version.clone());
            return match query.fetch_optional(connection).await? {
                Some(VERSION) => Ok(()),
                Some(_) => Err(Failure::TooNew.into()),
                None => Err(Failure::Corrupt("the table `numbers` has no row `version`").into()),
            };
        }
        let mut text = sql.migration.as_str().to_owned();
        if has_schema && let Some(start) = text.find(CREATE_SCHEMA) {
            text.insert_str(start, "-- ");
        }
        sqlx::raw_sql(AssertSqlSafe(text).into_sql_str()).execute(connection).await?;
        Ok(())
    }

    /// The store of tokens and sessions.
    #[must_use]
    pub fn tokens(&self) -> PostgresTokenStore {
        PostgresTokenStore::new(Arc::clone(&self.shared))
    }

    /// The store of revocations.
    #[must_use]
    pub fn revocations(&self) -> PostgresRevocationStore {
        PostgresRevocationStore::new(Arc::clone(&self.shared))
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgresStore")
    }
}
