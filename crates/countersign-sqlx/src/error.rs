//! Why an operation failed. No text of the driver is shown, since it can hold a host, a user or a value.

use std::error::Error as StdError;
use std::fmt;

/// Why [`SqliteStore::migrate`](crate::SqliteStore::migrate) failed.
pub struct MigrateError {
    kind: MigrateErrorKind,
    failure: Failure,
}

/// The kind of a [`MigrateError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MigrateErrorKind {
    /// The database is out of reach, takes no writes, or does not let its user do what is needed.
    Unavailable,
    /// The tables were made by a version of this crate that this one does not know.
    UnknownVersion,
    /// The database is configured so that it can lose acknowledged writes. The text names the option.
    Unsupported,
    /// The table prefix is not a name of ASCII letters, digits and `_`.
    Options,
    /// The tables are not those that this crate makes.
    Corrupt,
}

impl MigrateError {
    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> MigrateErrorKind {
        self.kind
    }
}

impl From<Failure> for MigrateError {
    fn from(failure: Failure) -> Self {
        let kind = match &failure {
            Failure::UnknownVersion { .. } => MigrateErrorKind::UnknownVersion,
            Failure::Option(_) => MigrateErrorKind::Unsupported,
            Failure::Prefix => MigrateErrorKind::Options,
            Failure::Corrupt(_) => MigrateErrorKind::Corrupt,
            _ => MigrateErrorKind::Unavailable,
        };
        Self { kind, failure }
    }
}

impl fmt::Display for MigrateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the tables cannot be migrated: {}", self.failure)
    }
}

impl fmt::Debug for MigrateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MigrateError({:?}: {self})", self.kind)
    }
}

impl StdError for MigrateError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.failure.source()
    }
}

/// Why one operation failed.
#[derive(Debug)]
pub(crate) enum Failure {
    Driver(sqlx::Error),
    /// The database may lose acknowledged writes, or gives up at once when it is busy; the text names the option.
    Option(&'static str),
    /// The tables are missing or older than this crate.
    Unmigrated(sqlx::Error),
    UnknownVersion {
        found: i64,
        known: i64,
    },
    Unwritten,
    /// The table prefix has other characters than ASCII letters, digits and `_`.
    Prefix,
    Corrupt(&'static str),
    Duplicate,
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        let sqlx::Error::Database(database) = &error else { return Self::Driver(error) };
        if database.is_unique_violation() {
            return Self::Duplicate;
        }
        match database.code().as_deref() {
            // SQLite has one code for all faults of a statement, and says the rest in its text.
            Some("1") if database.message().starts_with("no such table") => Self::Unmigrated(error),
            _ => Self::Driver(error),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Driver(sqlx::Error::Database(error)) => {
                f.write_str("the database refused the statement")?;
                error.code().map_or(Ok(()), |code| write!(f, " (code {code})"))
            }
            Self::Driver(sqlx::Error::PoolTimedOut) => f.write_str("the pool had no connection in time"),
            Self::Driver(sqlx::Error::PoolClosed) => f.write_str("the pool was closed"),
            Self::Driver(sqlx::Error::Tls(_)) => {
                f.write_str("the server offers no TLS that the pool accepts")
            }
            Self::Driver(_) => f.write_str("the database cannot be reached"),
            Self::Option(text) => f.write_str(text),
            Self::Unmigrated(_) => f.write_str("the tables are missing or too old: run migrate()"),
            Self::UnknownVersion { found, known } => {
                write!(f, "the tables have version {found}, and this program knows 1 to {known}")
            }
            Self::Prefix => f.write_str(
                "a table prefix has 1 to 32 ASCII letters, digits or `_`, and begins with a letter",
            ),
            Self::Unwritten => f.write_str("the database wrote nothing"),
            Self::Corrupt(what) => write!(f, "the tables hold unreadable data: {what}"),
            Self::Duplicate => f.write_str("there is such a record already"),
        }
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Driver(error) | Self::Unmigrated(error) => Some(error),
            _ => None,
        }
    }
}

impl From<Failure> for countersign_revocation::Error {
    fn from(failure: Failure) -> Self {
        let cause = failure.to_string();
        let error = match failure {
            Failure::Corrupt(_) => Self::corrupt(failure),
            _ => Self::unavailable(failure),
        };
        error.with_cause(cause)
    }
}

impl From<Failure> for countersign_token_store::Error {
    fn from(failure: Failure) -> Self {
        let cause = failure.to_string();
        let error = match failure {
            Failure::Corrupt(_) => Self::corrupt(failure),
            Failure::Duplicate => return Self::duplicate(),
            _ => Self::unavailable(failure),
        };
        error.with_cause(cause)
    }
}
