//! `cargo xtask fuzz`: runs every fuzz target for a while and reports coverage and findings.
//!
//! CI runs it once a week: ten minutes a target are more than a change should wait, and a shorter run starts from
//! the seeds each time and learns little. For each change CI runs the seeds and past findings, as tests of
//! `fuzz/laws`.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::cargo::{command, root};

/// In the order of what an attacker reaches first.
const TARGETS: [&str; 5] = ["token", "header", "jwk", "pem", "write"];

/// Seconds for each.
const USUAL: u64 = 600;

/// Bytes of an input: a key of the largest kinds fits.
const LONGEST: &str = "-max_len=8192";

const MISSING: &str = "Fuzzing needs cargo-fuzz and a C++ compiler:
    cargo install --locked --version 0.13.2 cargo-fuzz";

pub(crate) fn run<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut seconds = USUAL;
    let mut chosen = Vec::new();
    while let Some(word) = words.next() {
        match word {
            "--seconds" => {
                let number = words.next().and_then(|word| word.parse().ok()).filter(|&number| number > 0);
                // Zero is libFuzzer's word for no end.
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
    println!("-- building");
    if !cargo_fuzz(&["build"]).status().map_err(|error| error.to_string())?.success() {
        return Err("the fuzz targets do not build".to_owned());
    }
    let mut broken = Vec::new();
    for target in chosen {
        println!("\n-- {target}: {seconds} s");
        let run = fuzz(target, seconds)?;
        println!("{}", run.report());
        if !run.is_clean {
            broken.push(target);
        }
    }
    if broken.is_empty() {
        println!("\nno findings");
        return Ok(());
    }
    Err(format!(
        "\nfindings: {}. After the fix, move the input from fuzz/artifacts to fuzz/seeds, where the tests \
         run it.",
        broken.join(", ")
    ))
}

/// The sanitizer needs a flag of the nightly compiler. This variable makes the stable one accept it.
fn cargo_fuzz(arguments: &[&str]) -> Command {
    let mut command = command(&["fuzz"]);
    command.args(arguments).env("RUSTC_BOOTSTRAP", "1");
    command
}

/// The result of one target.
#[derive(Default)]
struct Run {
    is_clean: bool,
    /// By the names that libFuzzer gives them.
    numbers: BTreeMap<String, u64>,
}

fn fuzz(target: &str, seconds: u64) -> Result<Run, String> {
    let folder = |name: &str| root().join("fuzz").join(name);
    // The first folder is where libFuzzer keeps what reaches something new.
    let corpus = folder("corpus").join(target);
    std::fs::create_dir_all(&corpus).map_err(|error| error.to_string())?;
    let seeds = folder("seeds").join(target);
    let mut child = cargo_fuzz(&["run", target])
        .args([&corpus, &seeds])
        .args(["--", LONGEST, "-print_final_stats=1", "-timeout=60"])
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-dict={}", folder("words.dict").display()))
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let mut run = Run::default();
    if let Some(stderr) = child.stderr.take() {
        let mut is_shown = false;
        for line in BufReader::new(stderr).split(b'\n') {
            let line = line.map_err(|error| error.to_string())?;
            let line = String::from_utf8_lossy(&line);
            run.count(&line);
            // The line of a panic, and its message after it.
            let is_finding = is_finding(&line);
            if is_finding || is_shown {
                println!("   {line}");
            }
            is_shown = is_finding && line.contains("panicked at");
        }
    }
    run.is_clean = child.wait().map_err(|error| error.to_string())?.success();
    Ok(run)
}

fn is_finding(line: &str) -> bool {
    ["panicked at", "ERROR: ", "SUMMARY: ", "Test unit written to", "error: "]
        .iter()
        .any(|words| line.contains(words))
}

impl Run {
    /// Reads `#4096 pulse cov: 812 ft: 2301 corp: ...` and `stat::number_of_executed_units: 5000`.
    fn count(&mut self, line: &str) {
        let mut words = line.split_whitespace();
        if !line.starts_with('#') && !line.starts_with("stat::") {
            return;
        }
        while let Some(word) = words.next() {
            let Some(name) = word.strip_suffix(':') else { continue };
            if let Some(number) = words.next().and_then(|word| word.parse().ok()) {
                self.numbers.insert(name.trim_start_matches("stat::").to_owned(), number);
            }
        }
    }

    fn report(&self) -> String {
        let number = |name: &str| self.numbers.get(name).copied().unwrap_or_default();
        format!(
            "   {} inputs, {} per second; {} edges, {} features; {}",
            number("number_of_executed_units"),
            number("average_exec_per_sec"),
            number("cov"),
            number("ft"),
            if self.is_clean { "nothing found" } else { "a finding" }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_libfuzzer_are_read() {
        let mut run = Run::default();
        for line in [
            "#2\tINITED cov: 10 ft: 11 corp: 1/1b exec/s: 0 rss: 40Mb",
            "#8192\tpulse  cov: 812 ft: 2301 corp: 91/4Kb lim: 43 exec/s: 4096 rss: 68Mb",
            "stat::number_of_executed_units: 8193",
            "stat::average_exec_per_sec:     4096",
            "cov: 1",
        ] {
            run.count(line);
        }
        run.is_clean = true;
        assert_eq!(run.report(), "   8193 inputs, 4096 per second; 812 edges, 2301 features; nothing found");
    }
}
