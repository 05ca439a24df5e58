#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod any;
mod change;
mod check;
#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod fail_open;
mod maybe_ready;
mod memory;
mod outage;
mod replica;
mod retain_until;
mod shared;
mod store;
mod target;

pub use any::AnyRevocationStore;
pub use change::Change;
pub use check::{Check, SubjectVersion, Verdict};
pub use error::{Error, ErrorKind};
pub use fail_open::DangerouslyFailOpen;
pub use maybe_ready::MaybeReady;
pub use memory::MemoryRevocationStore;
pub use replica::{Feed, Replica, Round, Step};
pub use retain_until::{DEFAULT_MARGIN, RetainUntil, next_subject_version};
pub use store::{Counts, Purged, RevocationStore, cutoff};
pub use target::{SUBJECT_TAG, Scope, Target, TokenId, decode, encode};
