//! `cargo xtask bench`: signed tokens against their peers, measured, judged and written down.
//!
//! The measuring is done by `benches/compare`, a workspace of its own, once for each back end of jsonwebtoken.
//! What it says is kept as it came (`signed.json`), and told as a table (`signed.md`) and as a chart
//! (`signed.svg`). A ratio that misses what it should reach is told and is no error: a machine that is busy
//! must not fail a build. What fails one is `cargo xtask instructions`.

mod chart;
mod judge;
mod machine;
mod rows;
mod samples;
mod statistics;
mod table;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

pub(crate) use machine::Setting;
use samples::Samples;
pub(crate) use statistics::median;

const BACK_ENDS: [&str; 2] = ["rust_crypto", "aws_lc_rs"];

/// Processes for each back end. Where a process has its stack and heap differs from one to the next, and alone
/// makes the same Ed25519 verification up to a sixth slower; so no ratio is taken in one process only.
const PROCESSES: u32 = 10;

/// Rounds of a process, each of which gives every contender one batch.
const ROUNDS: u32 = 30;
const QUICK_ROUNDS: u32 = 6;

/// Builds the comparison, runs it, and writes `benches/results/signed.*`.
pub(crate) fn run<'a>(words: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let (mut rounds, mut native) = (ROUNDS, false);
    for word in words {
        match word {
            "--quick" => rounds = QUICK_ROUNDS,
            "--native" => native = true,
            _ => return Err(crate::USAGE.to_owned()),
        }
    }
    println!("-- building the comparison");
    let manifest = "benches/compare/Cargo.toml";
    let program =
        crate::cargo::build_measured("countersign-compare", &["--manifest-path", manifest], native)?;
    let name = if native { "signed-native" } else { "signed" };
    let mut samples = Samples::default();
    println!("-- measuring: {PROCESSES} processes of {rounds} rounds for each back end of jsonwebtoken");
    let started = Instant::now();
    for _ in 0..PROCESSES {
        for back_end in BACK_ENDS {
            samples.read(&measure(&program, back_end, rounds)?)?;
        }
    }
    println!("   {:.0} s", started.elapsed().as_secs_f32());
    let root = crate::cargo::root();
    let lock = fs::read_to_string(root.join("benches/compare/Cargo.lock"))
        .map_err(|error| format!("the comparison's lock file: {error}"))?;
    let setting = Setting::here(rounds * PROCESSES, native, &lock)?;
    let judged = judge::all(rows::ROWS, &samples);
    let results = root.join("benches/results");
    fs::create_dir_all(&results).map_err(|error| error.to_string())?;
    let table = table::write(name, &setting, &judged);
    for (ending, text) in [
        ("json", samples.write(&setting)),
        ("svg", chart::write(&setting, &judged.measured)),
        ("md", table.clone()),
    ] {
        let file = results.join(name).with_extension(ending);
        fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    println!("\n{table}\nwritten: benches/results/{name}.md, {name}.svg, {name}.json");
    Ok(())
}

fn measure(program: &Path, back_end: &str, rounds: u32) -> Result<String, String> {
    let output = Command::new(program)
        .args([back_end, &rounds.to_string()])
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("the comparison could not be started: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("the comparison on {back_end} failed"))
    }
}
