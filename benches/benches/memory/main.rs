//! The store of revocations in memory, among a million revoked tokens: look-ups beside those in the map that people
//! write by hand, and the longest stall of a reader while entries come and go.
//!
//! `cargo bench --bench memory`. What is compared is timed in turns, a stretch of look-ups each, and told as the ratio of
//! medians, since a machine's speed drifts from one second to the next. All look-ups are of other names each time,
//! spread over the whole table, after as many that are not timed; so each contender finds the processor's caches
//! as its own look-ups leave them. The map is asked for ids that need no hashing beyond its own; the store is given
//! texts of 22 characters, as the session crate issues them, under an issuer of 25.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench, not an interface"
)]

mod contest;
mod names;
mod stall;

fn main() {
    // `cargo test --benches` only wants to know that it runs.
    let scale = if std::env::args().any(|argument| argument == "--bench") { 1 } else { 1000 };
    contest::run(scale);
    stall::run(scale);
}
