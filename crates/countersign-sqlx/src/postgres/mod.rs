//! Both stores on PostgreSQL.

mod key;
mod records;
mod revocations;
mod sql;
mod store;

pub use records::PostgresTokenStore;
pub use revocations::PostgresRevocationStore;
pub use store::{PostgresOptions, PostgresStore};
