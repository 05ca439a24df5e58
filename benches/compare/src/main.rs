//! countersign compared with its peers, area by area. `cargo xtask bench` runs it.
//!
//! One process measures one area; where jsonwebtoken takes part, under one back end of it, which is chosen at the start
//! and for good. countersign takes part in every process, so that each ratio is taken within one. The output is one
//! line of JSON for each contender, with the nanoseconds per operation of every batch: medians and ratios are
//! for the reader to take, and what they were taken from can be kept. It judges nothing.

mod bare;
mod bare_aws_lc;
mod contender;
mod header;
mod jsonwebtoken_peer;
mod jwt_simple_peer;
mod material;
mod ours;
mod random;
mod remembered;
mod report;
mod request;
mod revocation;
mod revoked;
mod signed;
mod timing;
mod token;

use std::error::Error;

use jsonwebtoken_peer::BackEnd;
use report::Report;

const USAGE: &str = "usage: countersign-compare header|random|revocation ROUNDS
       countersign-compare growth ROUNDS ENTRIES countersign|map
       countersign-compare signed|request ROUNDS rust_crypto|aws_lc_rs";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["header", rounds] => header::measure(&Report::new("", rounds.parse()?)),
        ["random", rounds] => random::measure(&Report::new("", rounds.parse()?)),
        ["revocation", rounds] => revocation::measure(&Report::new("", rounds.parse()?)),
        ["growth", rounds, entries, table] => {
            revocation::measure_growth(&Report::new("", rounds.parse()?), entries.parse()?, table)
        }
        [area @ ("signed" | "request"), rounds, back_end] => {
            let back_end = BackEnd::parse(back_end).ok_or(USAGE)?;
            back_end.install()?;
            let report = Report::new(back_end.name(), rounds.parse()?);
            if *area == "signed" { signed::measure(&report) } else { request::measure(&report) }
        }
        _ => Err(USAGE.into()),
    }
}
