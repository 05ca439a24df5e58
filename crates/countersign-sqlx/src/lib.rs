#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod error;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod row;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use error::SetupError;
#[cfg(feature = "postgres")]
pub use postgres::{PostgresOptions, PostgresRevocationStore, PostgresStore, PostgresTokenStore};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteOptions, SqliteRevocationStore, SqliteStore, SqliteTokenStore};
/// The driver, whose pool a store is opened over.
pub use sqlx;
