//! Crashes: a process that is killed, a disk that loses what was not synced, and one that is full. Beside them
//! a caller that goes away.
//!
//! In each, several threads work on one file and note each operation that was acknowledged. Afterwards the
//! remains are opened, and each thread's last unit of work must stand as its acknowledged steps left it, or
//! one step further, for the step that was under way; all units before it must be whole. Besides, every
//! index must agree with its records.
//!
//! Set `COUNTERSIGN_SEED` to the number that a failed run printed to have the same choices again. What the
//! threads are doing when it happens is the machine's choice.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test says what it expects by panicking, and this one with which seed"
)]

mod disk;
mod dropped;
mod indexes;
mod kill;
mod power;
mod random;
mod unit;
mod verify;
