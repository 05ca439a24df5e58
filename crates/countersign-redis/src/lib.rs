#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod cause;
mod epoch;
mod error;
mod feed;
mod layout;
mod link;
mod options;
mod place;
mod pointer;
mod records;
mod revocations;
mod script;
mod search;
mod setup;
mod shared;
mod store;
mod stored;
mod tokens;
mod write;

pub use error::{ConnectError, ConnectErrorKind};
pub use options::RedisOptions;
/// The driver, for an application that makes its own client.
pub use redis;
pub use revocations::RedisRevocationStore;
pub use store::RedisStore;
pub use tokens::RedisTokenStore;
