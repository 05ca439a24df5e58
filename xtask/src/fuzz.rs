//! `cargo xtask fuzz`: runs every fuzz target for a while.
//!
//! CI runs it once a week: ten minutes a target are more than a change should wait, and a shorter run starts from the
//! seeds each time and learns little. For each change CI runs the seeds and past findings, as tests of `fuzz/laws`.

use std::process::{Command, Stdio};

use crate::cargo::{command, root};

/// The one that an attacker reaches first comes first.
const TARGETS: [&str; 5] = ["token", "header", "jwk", "pem", "write"];

/// Seconds for each target.
const USUAL: u64 = 600;

/// Inputs of up to 8,192 bytes: a key of the largest kinds fits. Without the line for each new input.
const OPTIONS: [&str; 4] = ["-max_len=8192", "-timeout=60", "-print_final_stats=1", "-verbosity=0"];

const MISSING: &str = "Fuzzing needs cargo-fuzz and a C++ compiler:
    cargo install --locked --version 0.13.2 cargo-fuzz";

pub(crate) fn run<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let (mut seconds, mut chosen) = (USUAL, Vec::new());
    while let Some(word) = words.next() {
        match word {
            "--seconds" => {
                let number = words.next().and_then(|word| word.parse().ok()).filter(|&number| number > 0);
                // To libFuzzer zero means no end.
                seconds = number.ok_or("--seconds takes a number above zero")?;
            }
            target if TARGETS.contains(&target) => chosen.push(target),
            _ => return Err(format!("the targets are: {}\n{}", TARGETS.join(", "), crate::USAGE)),
        }
    }
    if chosen.is_empty() {
        chosen.extend(TARGETS);
    }
    let version = command(&["fuzz", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !version.is_ok_and(|status| status.success()) {
        return Err(MISSING.to_owned());
    }
    let mut broken = Vec::new();
    for target in chosen {
        println!("\n-- {target}: {seconds} s");
        if !fuzz(target, seconds)? {
            broken.push(target);
        }
    }
    if broken.is_empty() {
        println!("\nno findings");
        return Ok(());
    }
    let broken = broken.join(", ");
    Err(format!(
        "\nfindings: {broken}. After the fix, move the input from fuzz/artifacts to fuzz/seeds; the tests run it."
    ))
}

/// Whether the target ran without a finding.
fn fuzz(target: &str, seconds: u64) -> Result<bool, String> {
    let folder = |name: &str| root().join("fuzz").join(name);
    // libFuzzer writes inputs that reach something new to the first folder.
    let corpus = folder("corpus").join(target);
    std::fs::create_dir_all(&corpus).map_err(|error| error.to_string())?;
    let mut fuzz: Command = command(&["fuzz", "run", target]);
    fuzz.args([&corpus, &folder("seeds").join(target)]).arg("--").args(OPTIONS);
    fuzz.arg(format!("-max_total_time={seconds}")).arg(format!("-dict={}", folder("words.dict").display()));
    // The sanitizer needs a flag of the nightly compiler. This variable makes the stable one accept it.
    let status = fuzz.env("RUSTC_BOOTSTRAP", "1").status().map_err(|error| error.to_string())?;
    Ok(status.success())
}
