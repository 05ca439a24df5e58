//! The project's own commands. `cargo xtask` lists them.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command's own output")]
#![allow(clippy::indexing_slicing, reason = "a JSON value answers null, and a range of ASCII is in it")]

mod api;
mod behaviour;
mod bench;
mod cargo;
mod ci;
mod defences;
mod demo;
mod fuzz;
mod instructions;
mod load;
mod markdown;
mod newcomer;
mod soak;
mod test;
mod tidy;

use std::process::ExitCode;

const USAGE: &str = "usage:
  cargo xtask test [--without-servers]
      everything that proves the project: tidy, formatting, lints, unit, integration and documentation tests; where a
      server or a peer is missing it is installed, if that can be done
  cargo xtask ci
      what CI runs: test, with nothing left out, newcomer, the demo in both builds, the public API, the instruction
      counts, the comparison's lints, the documentation with warnings denied, the licences and sources of all
      dependencies (needs cargo-deny), behaviour --check, and defences
  cargo xtask newcomer
      follows the README: its programs, copied into a new project outside of the workspace, must run and print what
      it says
  cargo xtask tidy
      what no compiler notices: manifests, links, versions and names in the documents, lengths, leftovers
  cargo xtask api [--update]
      the public API of each library, against its public-api.txt; --update writes down what it is now
  cargo xtask semver [REVISION]
      whether each library can be released under its version, compared with a revision or else the last tag, and
      what is gone from its public API (needs cargo-semver-checks)
  cargo xtask fuzz [--seconds N] [TARGET...]
      the fuzz targets token, header, jwk, pem and write, or those that are named, for 600 seconds each; ends
      non-zero on a finding (needs cargo-fuzz)
  cargo xtask demo [--release]
      the example service, driven through its whole story; ends non-zero if an answer is wrong
  cargo xtask demo --serve [--port N] [--data DIR] [--release]
      the example service, kept running, with the curl lines to try
  cargo xtask soak [--histories N]
      random histories on every engine against the model, 200,000 of them (fewer where a server is asked)
  cargo xtask defences [NAME...]
      takes each defence out of a copy of the tree, and runs the test that must notice; with names, only
      those of which the class, the patch or the test has one in it
  cargo xtask behaviour [--check]
      what countersign and its peers take and refuse, case by case, written to the guide; --check compares what it
      finds with what the guide says, and writes nothing
  cargo xtask bench [--quick] [--native] [AREA...]
      compared with the peers, and written to benches/results and the README: signed, random, header, revocation,
      request, growth and engines, or those that are named; --quick takes fewer rounds, leaves the engines out and,
      once all is built, takes less than two minutes; --native compiles signed tokens for this processor alone and
      writes files of its own
  cargo xtask load [--quick]
      a protected route under load from another process, written to benches/results; --quick is one short round (needs
      wrk)
  cargo xtask instructions [--update]
      instructions per operation against benches/results/instructions.toml (needs valgrind);
      --update writes down what they are now";

fn main() -> ExitCode {
    if let Some(code) = api::as_rustdoc() {
        return code;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut words = arguments.iter().map(String::as_str);
    let result = match words.next() {
        Some("test") => test::run(words).map(|tally| println!("\n{tally}")),
        Some("ci") => ci::run(),
        Some("fuzz") => fuzz::run(words),
        Some("demo") => demo::run(words),
        Some("defences") => defences::run(words),
        Some("api") => api::run(words),
        Some("behaviour") => behaviour::run(words),
        Some("semver") => api::semver(words),
        Some("bench") => bench::run(words),
        Some("load") => load::run(words),
        Some("newcomer") => newcomer::run(words),
        Some("soak") => soak::run(words),
        Some("tidy") => tidy::run(words),
        Some("instructions") => instructions::run(words),
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
