//! `cargo xtask test`: everything that proves the project, in one command.

mod features;
mod needs;
mod tally;

use std::time::Instant;

use crate::cargo::command;
pub(crate) use tally::Tally;

/// Checks, in order: what fails fastest comes first.
const CHECKS: &[(&str, &[&str])] = &[
    ("formatting", &["fmt", "--all", "--check"]),
    ("lints", &["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"]),
    ("the facade without its defaults", &["check", "--quiet", "-p", "countersign", "--no-default-features"]),
    (
        "the command without its stores",
        &["check", "--quiet", "-p", "countersign-cli", "--no-default-features"],
    ),
    // Without `--bench` criterion measures nothing and runs each bench once.
    ("benches, each once", &["test", "--quiet", "--package", "countersign-benches", "--benches"]),
];

/// The tests that need nothing but Rust.
const TESTS: &[(&str, &[&str])] = &[
    (
        "unit and integration tests",
        &["test", "--workspace", "--exclude", "countersign-signed", "--lib", "--bins", "--tests"],
    ),
    // By itself, because a workspace is built with the default features of its members.
    (
        "the same of signed tokens, with every algorithm",
        &["test", "--package", "countersign-signed", "--all-features", "--lib", "--tests"],
    ),
    (
        "keys of algorithms that were left out",
        &[
            "test",
            "--package",
            "countersign-signed",
            "--no-default-features",
            "--features",
            "sign",
            "--test",
            "features",
        ],
    ),
    ("documentation tests", &["test", "--workspace", "--doc"]),
];

/// The tests against other implementations. Those with servers leave themselves out where they are told to.
const WITH_SERVERS: &[&str] =
    &["test", "--package", "countersign-tests", "--features", "peers", "--test", "peers"];

/// Runs all of it; the tally is of a run without a failure.
pub(crate) fn run<'a>(words: impl Iterator<Item = &'a str>) -> Result<Tally, String> {
    let mut with_servers = true;
    for word in words {
        match word {
            "--without-servers" => with_servers = false,
            _ => return Err(crate::USAGE.to_owned()),
        }
    }
    if with_servers {
        needs::prepare()?;
    }
    crate::tidy::run(std::iter::empty())?;
    for (name, arguments) in CHECKS {
        check(name, arguments)?;
    }
    features::check_each()?;
    let mut tally = Tally::default();
    tally.without_servers = !with_servers;
    for (name, arguments) in TESTS {
        run_tests(name, arguments, &mut tally)?;
    }
    if with_servers {
        run_tests("tests against other implementations", WITH_SERVERS, &mut tally)?;
    } else {
        let skipped = tally.skip(WITH_SERVERS)?;
        println!("\n-- left out with --without-servers: {skipped} tests against other implementations");
    }
    Ok(tally)
}

fn check(name: &str, arguments: &[&str]) -> Result<(), String> {
    println!("-- {name}: cargo {}", arguments.join(" "));
    let started = Instant::now();
    let status = command(arguments).status().map_err(|error| error.to_string())?;
    println!("   {:.0} s", started.elapsed().as_secs_f32());
    if status.success() { Ok(()) } else { Err(format!("{name}: not clean")) }
}

fn run_tests(name: &str, arguments: &[&str], tally: &mut Tally) -> Result<(), String> {
    println!("\n-- {name}: cargo {}", arguments.join(" "));
    let started = Instant::now();
    let passed = tally.run(arguments)?;
    println!("   {:.0} s", started.elapsed().as_secs_f32());
    if passed {
        return Ok(());
    }
    println!("\n{tally}");
    Err(format!("{name}: failed"))
}
