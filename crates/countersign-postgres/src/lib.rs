#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod cause;
mod connector;
mod database;
mod error;
mod options;
mod owner_lock;
mod parameter;
mod pipeline;
mod replica;
mod revocations;
mod schema;
mod server;
mod sql;
mod store;
mod tokens;

/// The pool, for an application that brings its own.
pub use deadpool_postgres;
pub use error::{OpenError, OpenErrorKind};
pub use options::Options;
pub use replica::ReplicaOptions;
pub use revocations::PostgresRevocationStore;
pub use store::PostgresStore;
pub use tokens::PostgresTokenStore;
/// The driver, whose configuration and TLS connectors a store is opened with.
pub use tokio_postgres;
