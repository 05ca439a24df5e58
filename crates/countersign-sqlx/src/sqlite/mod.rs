//! Both stores on SQLite.

mod records;
mod revocations;
mod sql;
mod store;
mod transaction;

pub use records::SqliteTokenStore;
pub use revocations::SqliteRevocationStore;
pub use store::{SqliteOptions, SqliteStore};
