#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]
#![cfg(feature = "sqlite")]

mod error;
mod row;
mod sqlite;

pub use error::{MigrateError, MigrateErrorKind};
pub use sqlite::{SqliteInserter, SqliteStore};
/// The driver, whose pools and transactions the stores take.
pub use sqlx;
