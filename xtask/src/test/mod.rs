//! `cargo xtask test`: everything that proves the project, in one command.

mod needs;
mod tally;

use std::time::Instant;

use crate::cargo::check;
pub(crate) use tally::Tally;

/// Checks, the fastest first.
const CHECKS: &[(&str, &[&str])] = &[
    ("formatting", &["fmt", "--all", "--check"]),
    ("lints", &["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"]),
];

/// The tests that need nothing but Rust. Tests with a server skip themselves with `--without-servers`.
const TESTS: &[(&str, &[&str])] = &[
    (
        "unit and integration tests",
        &["test", "--workspace", "--exclude", "countersign-signed", "--lib", "--bins", "--tests"],
    ),
    // By itself, because a workspace is built with the default features of its members.
    (
        "signed tokens with every algorithm",
        &["test", "--package", "countersign-signed", "--all-features", "--lib", "--tests"],
    ),
    (
        "keys of algorithms that are switched off",
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

/// The tests against other implementations.
const PEERS: &[&str] = &["test", "--package", "countersign-tests", "--features", "peers", "--test", "peers"];

/// Runs all of it. The tally is of a run without a failure.
pub(crate) fn run<'a>(words: impl Iterator<Item = &'a str>) -> Result<Tally, String> {
    let mut tally = Tally::default();
    for word in words {
        match word {
            "--without-servers" => tally.without_servers = true,
            _ => return Err(crate::USAGE.to_owned()),
        }
    }
    if !tally.without_servers {
        needs::prepare()?;
    }
    for (name, arguments) in CHECKS {
        check(name, arguments)?;
    }
    for (name, arguments) in TESTS {
        run_tests(name, arguments, &mut tally)?;
    }
    if tally.without_servers {
        let skipped = tally.skip(PEERS)?;
        println!("\n-- skipped with --without-servers: {skipped} tests against other implementations");
    } else {
        run_tests("tests against other implementations", PEERS, &mut tally)?;
    }
    Ok(tally)
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
