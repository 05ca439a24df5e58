//! A module for each command.

pub(crate) mod api_key;
pub(crate) mod completions;
pub(crate) mod inspect;
pub(crate) mod keygen;
pub(crate) mod public;
pub(crate) mod random;
#[cfg(any(feature = "postgres", feature = "redb", feature = "redis"))]
pub(crate) mod revocations;
pub(crate) mod sign;
#[cfg(any(feature = "postgres", feature = "redb", feature = "redis"))]
pub(crate) mod store;
pub(crate) mod verify;
