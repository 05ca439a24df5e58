//! A table as it grows: a check, a purge and the memory that it takes, with so many tokens revoked.
//!
//! A process holds one table of one size, so that the system's count of its memory is the table's, with all that the
//! allocator keeps for it. The entries expire one after the other, and are then purged, all of them: ours ten
//! thousand at a time, as a service does, the plain map in one pass over it, which is what it offers.

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::rc::Rc;
use std::time::Instant;

use countersign_revocation::MemoryRevocationStore;

use super::maps::Locked;
use super::names::text;
use super::questions::Questions;
use super::{LATER, NOW, maps, ours};
use crate::contender::Contender;
use crate::report::Report;

/// A table, filled.
struct Table {
    name: &'static str,
    /// The bytes of memory that it has brought with it.
    bytes: u64,
    miss: Contender,
    hit: Contender,
    purge: Box<dyn Fn() -> Result<(), Box<dyn Error>>>,
}

/// Measures the table of this name with so many entries.
pub(crate) fn measure(report: &Report, entries: u64, table: &str) -> Result<(), Box<dyn Error>> {
    let Table { name, bytes, miss, hit, purge } = match table {
        "countersign" => Table::ours(entries)?,
        "map" => Table::map(entries)?,
        _ => return Err("countersign or map".into()),
    };
    report.group(&format!("{entries}: miss"), vec![miss])?;
    report.group(&format!("{entries}: hit"), vec![hit])?;
    let each = |total: f64| total / entries as f64;
    // The allocator sweeps up what the look-ups have freed, tens of milliseconds of it, when it is next asked for more
    // than a little: here, and not within the purge.
    drop(black_box(Vec::<u8>::with_capacity(100_000)));
    let start = Instant::now();
    purge()?;
    let spent = start.elapsed().as_secs_f64() * 1e9;
    report.line(&format!("{entries}: purge"), name, &[each(spent)])?;
    report.line(&format!("{entries}: bytes"), name, &[each(bytes as f64)])?;
    Ok(())
}

impl Table {
    fn ours(entries: u64) -> Result<Self, Box<dyn Error>> {
        let (revoked, good) = (Questions::revoked(entries), Questions::good(entries));
        let (before, store) = (resident()?, Rc::new(MemoryRevocationStore::new()));
        for number in 0..entries {
            ours::revoke(&store, &text(number), until(number, entries))?;
        }
        Ok(Self {
            name: ours::NAME,
            bytes: resident()?.saturating_sub(before),
            miss: ours::one(&store, &good, false)?,
            hit: ours::one(&store, &revoked, true)?,
            purge: Box::new(move || ours::purge(&store, LATER)),
        })
    }

    fn map(entries: u64) -> Result<Self, Box<dyn Error>> {
        let (revoked, good) = (Questions::revoked(entries), Questions::good(entries));
        let before = resident()?;
        let map = Locked::of((0..entries).map(|number| (text(number), until(number, entries))));
        let (map, bytes) = (Rc::new(map), resident()?.saturating_sub(before));
        Ok(Self {
            name: maps::PLAIN,
            bytes,
            miss: maps::of_texts(&map, &good, false)?,
            hit: maps::of_texts(&map, &revoked, true)?,
            purge: Box::new(move || {
                map.purge(LATER);
                Ok(())
            }),
        })
    }
}

/// The entries expire one after the other, from now on.
fn until(number: u64, entries: u64) -> u64 {
    NOW + 1 + number * (LATER - NOW - 1) / entries
}

/// The bytes of this process that are in memory.
fn resident() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}
