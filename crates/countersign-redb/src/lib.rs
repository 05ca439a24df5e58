#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod cause;
mod compact;
mod error;
mod latest;
mod new_file;
mod older;
mod open;
mod operation;
mod records;
mod removals;
mod revocations;
mod schema;
mod slices;
mod tokens;
mod writer;

pub use compact::Compacted;
pub use error::{OpenError, OpenErrorKind};
pub use open::{RedbOptions, RedbStore};
/// The database driver, for an application that keeps its own tables in the same file.
pub use redb;
pub use revocations::RedbRevocationStore;
pub use tokens::RedbTokenStore;
