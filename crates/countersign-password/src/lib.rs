#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod argon;
mod check;
mod directory;
mod error;
mod hash;
mod hasher;
mod parameters;
mod pool;
mod queue;
#[cfg(test)]
mod testing;
mod verifier;

pub use directory::{BoxError, User, UserDirectory};
pub use error::{Error, ErrorKind};
pub use hash::PasswordHash;
pub use hasher::{DEFAULT_MAX_PASSWORD_BYTES, Hasher};
pub use parameters::Parameters;
pub use verifier::{DEFAULT_QUEUE, MAX_QUEUE, MAX_WORKERS, PasswordVerifier, PasswordVerifierBuilder};
