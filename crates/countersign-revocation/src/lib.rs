#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod answer;
mod any;
mod change;
mod check;
#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod memory;
mod open_door;
mod outage;
mod replica;
mod shared;
mod store;
mod target;
mod until;

pub use answer::Answer;
pub use any::AnyRevocationStore;
pub use change::Change;
pub use check::{Check, Verdict, Vintage};
pub use error::{Error, ErrorKind};
pub use memory::MemoryRevocationStore;
pub use open_door::OpenDoorWhileUnreachable;
pub use replica::{Feed, Replica, Round, Step};
pub use store::{Counts, Purged, RevocationStore, cutoff};
pub use target::{SUBJECT_TAG, Scope, Target, TokenId, decode, encode};
pub use until::{DEFAULT_MARGIN, Until, next_generation};
