//! Revocation checks among a million revoked tokens, against the maps that people keep them in.
//!
//! All look-ups are of other names each time, spread over the whole table, so that each contender finds the processor's
//! caches as its own look-ups leave them. No look-up begins before its question has been read and the one before it has
//! ended, as those of different requests do not overlap; what this takes is taken off.
//!
//! Names are texts of 22 characters, as the session crate issues them. One map has ids of 16 bytes instead, which need
//! no hashing beyond its own.

mod four;
mod growth;
mod maps;
#[path = "../../../benches/memory/names.rs"]
mod names;
mod ours;
mod questions;

use std::error::Error;

use crate::report::Report;
pub(crate) use growth::measure as measure_growth;
use maps::Maps;
use questions::Questions;

/// Revoked tokens, sessions, subjects and keys.
const TOKENS: u64 = 1_000_000;
const SESSIONS: u64 = 10_000;
const SUBJECTS: u64 = 1000;
const KEYS: u64 = 3;

/// When everybody asks, and until when everything is revoked: seconds since 1970.
const NOW: u64 = 1_800_000_000;
const LATER: u64 = NOW + 900;

pub(crate) fn measure(report: &Report) -> Result<(), Box<dyn Error>> {
    let (revoked, good) = (Questions::revoked(TOKENS), Questions::good(TOKENS));
    let (store, maps) = (ours::store()?, Maps::filled());
    for (name, questions, expected) in [("miss", &good, false), ("hit", &revoked, true)] {
        let mut contenders = vec![ours::one(&store, questions, expected)?];
        contenders.extend(maps.contenders(questions, expected)?);
        report.group(&format!("one token, {name}"), contenders)?;
    }
    let contenders = vec![ours::whole(&store, &good)?, maps.of_ids(&good, false)?, four::whole(&good)?];
    report.group("a whole check", contenders)?;
    Ok(())
}
