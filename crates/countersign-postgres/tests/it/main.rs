//! The engine against servers that are started for it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

mod causes;
mod common;
mod conformance;
mod crash;
mod faults;
mod feed;
mod locks;
mod logs;
mod owner_locks;
mod pgbouncer;
mod records;
mod round_trips;
mod rows;
mod schemas;
mod standby;
