//! `growth`: the table of revoked tokens as it grows, and the plain map beside it: a check, a purge and memory.
//!
//! A process holds one table of one size. Nothing is demanded here; what the table has to keep to is in its own tests.

mod curves;
mod page;

use super::samples::Samples;
use super::statistics::Spread;
use super::{Comparison, Setting, area::Effort};

pub(super) const NAME: &str = "growth";

/// How many tokens are revoked. The last takes more than a gigabyte in the map, and most of the time.
const SIZES: [u64; 4] = [10_000, 100_000, 1_000_000, 10_000_000];
const QUICK_SIZES: usize = 3;

const FULL: Effort = Effort { processes: 3, rounds: 10 };
const QUICK: Effort = Effort { processes: 1, rounds: 12 };

/// A table: its word on the comparison's command line, and what it is called there.
struct Table {
    word: &'static str,
    contender: &'static str,
}

const TABLES: [Table; 2] = [
    Table { word: "countersign", contender: "countersign" },
    Table { word: "map", contender: "RwLock<HashMap>" },
];

/// Something that is measured at each size: its word in a group's name, and what it is called.
struct Measure {
    word: &'static str,
    title: &'static str,
    unit: &'static str,
}

const MEASURES: [Measure; 4] = [
    Measure { word: "miss", title: "a check, not revoked", unit: "ns" },
    Measure { word: "hit", title: "a check, revoked", unit: "ns" },
    Measure { word: "purge", title: "a purge, each entry", unit: "ns" },
    Measure { word: "bytes", title: "memory, each entry", unit: "bytes" },
];

/// What was measured.
struct Grown {
    samples: Samples,
    sizes: Vec<u64>,
}

impl Grown {
    /// Of one table at one size.
    fn value(&self, measure: &Measure, table: &Table, size: u64) -> Option<Spread> {
        Spread::of(self.samples.batches("", &format!("{size}: {}", measure.word), table.contender)?)
    }
}

/// Measures, and writes `benches/results/growth.*`.
pub(super) fn run(comparison: &Comparison, quick: bool) -> Result<(), String> {
    let (sizes, effort) = if quick { (QUICK_SIZES, QUICK) } else { (SIZES.len(), FULL) };
    let sizes = SIZES.into_iter().take(sizes).collect();
    println!("-- {NAME}: {} processes for each table and size", effort.processes);
    let mut grown = Grown { samples: Samples::default(), sizes };
    for size in grown.sizes.clone() {
        for table in &TABLES {
            for _ in 0..effort.processes {
                let words = [NAME, &effort.rounds.to_string(), &size.to_string(), table.word];
                grown.samples.read(&comparison.measure(&words)?)?;
            }
        }
    }
    let setting = Setting::here(effort.total(), false)?;
    let setting = Setting { processes: effort.processes, ..setting };
    let page = page::write(&setting, &grown);
    comparison.write("growth.json", &grown.samples.write(&setting))?;
    comparison.write("growth.svg", &curves::write(&setting, &grown))?;
    comparison.write("growth.md", &page)?;
    println!("\n{page}\nwritten: benches/results/growth.md, growth.svg, growth.json");
    Ok(())
}

#[cfg(test)]
impl Grown {
    /// Of two sizes: a thousandth of the size for ours, and twice as much for the map, in every measure.
    fn example() -> Self {
        let mut samples = Samples::default();
        for size in [10_000, 100_000] {
            for (at, table) in TABLES.iter().enumerate() {
                for measure in &MEASURES {
                    let value = size as f64 / 1000.0 * (at as f64 + 1.0);
                    let line = serde_json::json!({
                        "back_end": "",
                        "group": format!("{size}: {}", measure.word),
                        "contender": table.contender,
                        "batches": [value],
                    });
                    samples.read(&line.to_string()).unwrap();
                }
            }
        }
        Self { samples, sizes: vec![10_000, 100_000] }
    }
}
