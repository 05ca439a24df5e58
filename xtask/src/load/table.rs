//! The results as a table.

use std::fmt::Write;

use super::wrk::Answers;
use crate::bench::{Setting, median};

/// One scenario's measurements, in the order of the servers.
pub(super) struct Row {
    algorithm: &'static str,
    remembers: bool,
    pub(super) loads: [Load; 3],
}

/// The measurements of one server, a value each for each round.
#[derive(Default)]
pub(super) struct Load {
    per_second: Vec<f64>,
    p50: Vec<f64>,
    p99: Vec<f64>,
    /// Processor time of the server for a request, in microseconds.
    processor: Vec<f64>,
}

impl Row {
    pub(super) fn new(algorithm: &'static str, remembers: bool) -> Self {
        Self { algorithm, remembers, loads: Default::default() }
    }

    fn name(&self) -> String {
        format!("{}{}", self.algorithm, if self.remembers { ", remembered" } else { "" })
    }

    /// What protection adds to the open route's processor time, in microseconds, by each of the two; the median over
    /// the rounds.
    fn added(&self) -> [f64; 2] {
        let [none, protected @ ..] = &self.loads;
        protected.each_ref().map(|load| {
            let pairs = load.processor.iter().zip(&none.processor);
            median(&pairs.map(|(protected, none)| protected - none).collect::<Vec<_>>())
        })
    }

    /// The most that ours may add, in microseconds.
    fn limit(&self) -> Option<f64> {
        match (self.algorithm, self.remembers) {
            ("HS256", _) => Some(2.0),
            (_, true) => Some(1.5),
            _ => None,
        }
    }
}

impl Load {
    pub(super) fn push(&mut self, answers: Answers, used: u64) {
        self.processor.push(used as f64 / answers.count.max(1) as f64);
        self.per_second.push(answers.per_second);
        self.p50.push(answers.p50);
        self.p99.push(answers.p99);
    }
}

pub(super) fn write(setting: &Setting, seconds: u32, rows: &[Row]) -> String {
    let mut out = String::from("# A protected route under load\n\n");
    // Writing to a string cannot fail.
    let _ = write_all(&mut out, setting, seconds, rows);
    out
}

fn write_all(out: &mut String, setting: &Setting, seconds: u32, rows: &[Row]) -> std::fmt::Result {
    writeln!(
        out,
        "`cargo xtask load`, {}, {}, {}: `GET /` on axum, over loopback from wrk, 32 connections, a thousand clients with \
         a token each; {} rounds of {seconds} s for each server, in turns. The servers have one thread. Ours asks for a \
         million revoked tokens, 10,000 sessions and 1,000 subjects besides; the peer, axum-extra's `TypedHeader` with \
         jsonwebtoken on aws-lc-rs, asks for none. Medians.\n",
        setting.date, setting.processor, setting.rustc, setting.rounds
    )?;
    writeln!(
        out,
        "| | route | requests/s | p50 us | p99 us | processor us/request |\n|---|---|---|---|---|---|"
    )?;
    for row in rows {
        for (name, load) in ["open", "countersign", "peer"].iter().zip(&row.loads) {
            writeln!(
                out,
                "| {} | {name} | {:.0} | {:.0} | {:.0} | {:.2} |",
                row.name(),
                median(&load.per_second),
                median(&load.p50),
                median(&load.p99),
                median(&load.processor),
            )?;
        }
    }
    writeln!(out, "\nProcessor time that protection adds to a request of the open route:\n")?;
    writeln!(
        out,
        "| | countersign us | at most | peer us | ratio | below | |\n|---|---|---|---|---|---|---|"
    )?;
    for row in rows {
        let ([ours, peer], limit) = (row.added(), row.limit());
        let ratio = ours / peer;
        let is_met = limit.is_none_or(|limit| ours <= limit) && ratio < 0.5;
        writeln!(
            out,
            "| {} | {ours:.2} | {} | {peer:.2} | {ratio:.2} | 0.50 | {} |",
            row.name(),
            limit.map_or(String::new(), |limit| format!("{limit:.1}")),
            if is_met { "met" } else { "**missed**" },
        )?;
    }
    Ok(())
}
