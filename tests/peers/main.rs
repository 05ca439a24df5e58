//! Tokens and keys that go to and fro between here and other implementations. `cargo xtask test` runs
//! these; they need python3, Node 20 or newer with npm, and, once, the package indexes to install PyJWT and
//! jose from.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by panicking"
)]

mod agreement;
#[cfg(feature = "behaviour")]
mod behaviour;
mod both_ways;
mod command;
mod explained;
mod jose;
mod key_sets;
mod node;
mod ours;
mod peer;
mod process;
mod pyjwt;
mod python;
mod secrets;
