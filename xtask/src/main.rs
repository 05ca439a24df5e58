//! The project's own commands. `cargo xtask` lists them.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command's own output")]
#![allow(clippy::indexing_slicing, reason = "a JSON value answers null, and a range of ASCII is in it")]

mod bench;
mod cargo;
mod ci;
mod defences;
mod demo;
mod fuzz;
mod mutants;
mod test;

use std::process::ExitCode;

const USAGE: &str = "usage:
  cargo xtask test [--without-servers]
      format, lints, unit, integration and documentation tests; as root on Debian it installs missing servers and peers
  cargo xtask ci
      what CI runs: test with no test skipped, the demo, the documentation with warnings denied, the licences and
      sources of all dependencies (needs cargo-deny), and defences
  cargo xtask demo [--release]
      drives the example service through its whole story; fails if an answer is wrong
  cargo xtask demo --serve [--port N] [--data DIR] [--release]
      keeps the example service running and prints curl lines to try
  cargo xtask bench [--quick] [PAGE...]
      compares with the peers and writes benches/results: signed, random, header, revocation, request, growth, engines
      and load (needs wrk), or the pages that you name; --quick takes fewer rounds and leaves out engines and load
  cargo xtask fuzz [--seconds N] [TARGET...]
      runs the fuzz targets token, header, jwk, pem and write for 600 seconds each; fails on a finding (needs cargo-fuzz)
  cargo xtask defences [NAME...]
      applies each patch of tests/defences to a copy of the tree and expects its test to fail there; with names, only
      patches that have one of them in their file name, class or test
  cargo xtask mutants [CRATE...]
      runs cargo-mutants with .cargo/mutants.toml on all crates or on these, for example `signed` (needs cargo-mutants)

More random histories than the tests run: COUNTERSIGN_HISTORIES=200000 cargo test --release -p countersign-tests --test
life histories";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut words = arguments.iter().map(String::as_str);
    let result = match words.next() {
        Some("test") => test::run(words).map(|tally| println!("\n{tally}")),
        Some("ci") => ci::run(),
        Some("demo") => demo::run(words),
        Some("bench") => bench::run(words),
        Some("fuzz") => fuzz::run(words),
        Some("defences") => defences::run(words),
        Some("mutants") => mutants::run(words),
        _ => Err(USAGE.to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
