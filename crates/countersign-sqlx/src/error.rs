//! What can go wrong inside an operation, and its cause in one line of fixed words.
//!
//! The texts of the driver hold hosts, users and parts of statements, so none of them is shown. They stay reachable by
//! [`source`](std::error::Error::source).

use std::error::Error as StdError;
use std::fmt;

/// Why an operation failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The driver or the database.
    Database(sqlx::Error),
    /// A row is not what this crate wrote.
    Corrupt(&'static str),
    /// The id or the digest is taken.
    Duplicate,
    /// The database takes no writes, so its answers may be from the past.
    #[cfg(feature = "postgres")]
    Standby,
    /// A connection of the pool has a setting with which a promise cannot be kept.
    #[cfg(feature = "sqlite")]
    Setting(&'static str),
    /// The operation took longer than the options allow.
    Timeout,
    /// The tables were made by a later version.
    TooNew,
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) if database.is_unique_violation() => Self::Duplicate,
            #[cfg(feature = "postgres")]
            sqlx::Error::Database(database) if database.code().as_deref() == Some("25006") => Self::Standby,
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::TypeNotFound { .. } => {
                Self::Corrupt("a column has another type")
            }
            _ => Self::Database(error),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Database(error) => cause(error),
            Self::Corrupt(what) => what,
            Self::Duplicate => "there is such a record already",
            #[cfg(feature = "postgres")]
            Self::Standby => "the server is a standby or read only: connect to the primary",
            #[cfg(feature = "sqlite")]
            Self::Setting(what) => what,
            Self::Timeout => "the database did not answer in time",
            Self::TooNew => "the tables were made by a later version of this program",
        })
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Database(error) => Some(error),
            _ => None,
        }
    }
}

/// Whether a table or its schema is missing.
pub(crate) fn is_missing_table(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else { return false };
    match error.code().as_deref() {
        // PostgreSQL: undefined_table, invalid_schema_name.
        Some("42P01" | "3F000") => true,
        // SQLite has no code of its own for it.
        Some("1") => error.message().starts_with("no such table"),
        _ => false,
    }
}

fn cause(error: &sqlx::Error) -> &'static str {
    match error {
        _ if is_missing_table(error) => "the tables are missing: run migrate()",
        sqlx::Error::Database(error) => of_code(error.code().as_deref().unwrap_or("")),
        sqlx::Error::Io(_) => "the connection was cut, or there is no way to the database",
        sqlx::Error::Tls(_) => "the TLS handshake failed",
        sqlx::Error::PoolTimedOut => "the pool had no connection in time: make it larger",
        sqlx::Error::PoolClosed => "the application has closed the pool",
        sqlx::Error::WorkerCrashed => "the thread of an SQLite connection has ended",
        _ => "the database refused the operation",
    }
}

fn of_code(code: &str) -> &'static str {
    match code {
        "28P01" => "the server refused the password",
        "28000" => "the server refused the user",
        "3D000" => "the database does not exist",
        "42501" => "the user lacks a right that is needed on the tables",
        "53300" => "the server has no connection left: make the pools smaller",
        "57P01" | "57P02" | "57P03" | "08006" | "08P01" => "the server or a proxy ended the connection",
        "57014" => "the server ended the statement, which took longer than its timeout",
        "53100" | "13" => "the disk is full",
        "40P01" | "40001" => "other transactions were in the way",
        "5" | "261" | "517" => "another connection holds the database's lock: set `busy_timeout`",
        "8" | "264" | "1032" => "the database is read only",
        "11" | "26" => "the file is damaged, or is no SQLite database",
        "14" => "the file cannot be opened",
        _ => "the database refused a statement",
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

/// Why the tables could not be made, or the options were refused. Its text says the cause.
pub struct SetupError(SetupCause);

enum SetupCause {
    Name(&'static str),
    Failure(Failure),
}

impl SetupError {
    pub(crate) fn name(what: &'static str) -> Self {
        Self(SetupCause::Name(what))
    }
}

impl From<Failure> for SetupError {
    fn from(failure: Failure) -> Self {
        Self(SetupCause::Failure(failure))
    }
}

impl From<sqlx::Error> for SetupError {
    fn from(error: sqlx::Error) -> Self {
        Failure::from(error).into()
    }
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            SetupCause::Name(what) => f.write_str(what),
            SetupCause::Failure(failure) => write!(f, "the tables cannot be made: {failure}"),
        }
    }
}

impl fmt::Debug for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SetupError({self})")
    }
}

impl StdError for SetupError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0 {
            SetupCause::Name(_) => None,
            SetupCause::Failure(failure) => failure.source(),
        }
    }
}
