#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod any;
#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod ext;
mod memory;
mod record;
mod rotation;
#[cfg(feature = "serde")]
mod serde_digest;
mod session;
mod shared;
mod store;
mod token;

pub use any::AnyTokenStore;
pub use error::{Error, ErrorKind};
pub use ext::TokenStoreExt;
pub use memory::MemoryTokenStore;
pub use record::{Record, RecordKind, Version, Versioned};
pub use rotation::{CONCURRENT, Decision, MAX_REPLAYED_IN_A_ROW, Rotation, RotationOutcome, Salt, Successor};
pub use session::{FoundSession, Previous, Replays, SessionRecord, StoredSession};
pub use store::{Purged, TokenStore};
pub use token::{FoundToken, Kind, StoredToken, TokenLookup, TokenRecord};
