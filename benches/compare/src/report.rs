//! What is said: a line of JSON for each contender, with the nanoseconds per operation of every batch.

use std::io::{Result, Write as _};

use crate::contender::Contender;
use crate::timing;

/// Where the lines go.
pub(crate) struct Report {
    /// The back end of jsonwebtoken in this process; empty where an area has none.
    back_end: &'static str,
    rounds: u32,
}

impl Report {
    pub(crate) fn new(back_end: &'static str, rounds: u32) -> Self {
        Self { back_end, rounds }
    }

    /// Measures those that are to be measured in turns, so that their ratios mean something.
    pub(crate) fn group(&self, name: &str, contenders: Vec<Contender>) -> Result<()> {
        for (contender, batches) in timing::interleaved(contenders, self.rounds) {
            self.line(name, contender, &batches)?;
        }
        Ok(())
    }

    /// What was measured of one contender.
    pub(crate) fn line(&self, group: &str, contender: &str, batches: &[f64]) -> Result<()> {
        let line = serde_json::json!({
            "back_end": self.back_end,
            "group": group,
            "contender": contender,
            "batches": batches,
        });
        writeln!(std::io::stdout().lock(), "{line}")
    }
}
