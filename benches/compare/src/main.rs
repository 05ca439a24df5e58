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
mod remembered;
mod report;
mod revoked;
mod signed;
mod timing;
mod token;

use std::error::Error;

use jsonwebtoken_peer::BackEnd;
use report::Report;

const USAGE: &str = "usage: countersign-compare header ROUNDS
       countersign-compare signed ROUNDS rust_crypto|aws_lc_rs";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (area, rounds, back_end) = match words.as_slice() {
        [area, rounds] => (*area, rounds.parse()?, None),
        [area, rounds, back_end] => (*area, rounds.parse()?, Some(BackEnd::parse(back_end).ok_or(USAGE)?)),
        _ => return Err(USAGE.into()),
    };
    if let Some(back_end) = back_end {
        back_end.install()?;
    }
    let report = Report::new(back_end.map_or("", BackEnd::name), rounds);
    match (area, back_end) {
        ("header", None) => header::measure(&report),
        ("signed", Some(_)) => signed::measure(&report),
        _ => Err(USAGE.into()),
    }
}
