//! `engines`: what the benches of redb, PostgreSQL and Redis say, on a page.
//!
//! They are those of `cargo bench`, with their own methods and yardsticks, and start the servers that they need; one
//! that is not installed is told as skipped. Nothing is judged here.

use std::fs;
use std::process::Stdio;

use super::{Comparison, Setting};

pub(super) const NAME: &str = "engines";

/// A bench, and what its section is called.
const BENCHES: [(&str, &str); 3] =
    [("redb", "redb: one file"), ("postgres", "PostgreSQL, on loopback"), ("redis", "Redis, on loopback")];

/// Runs the benches, and writes `benches/results/engines.md`.
pub(super) fn run(comparison: &Comparison) -> Result<(), String> {
    let mut page = String::from(
        "# Engines, beside their bare drivers\n\nWritten by `cargo xtask bench`; not to be edited.\n",
    );
    for (bench, title) in BENCHES {
        println!("-- {NAME}: cargo bench --bench {bench}");
        let arguments = ["bench", "--quiet", "--package", "countersign-benches", "--bench", bench];
        // Every run is told by itself: what an earlier one has left behind is not compared with.
        let output = crate::cargo::command(&arguments)
            .args(["--", "--noplot", "--discard-baseline"])
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| format!("cargo could not be started: {error}"))?;
        if !output.status.success() {
            return Err(format!("the bench {bench} failed"));
        }
        let told = told(&String::from_utf8_lossy(&output.stdout));
        page.push_str(&format!("\n## {title}\n\n{}\n", told.join("\n")));
    }
    let lock =
        fs::read_to_string(crate::cargo::root().join("Cargo.lock")).map_err(|error| error.to_string())?;
    let drivers = ["redb", "tokio-postgres", "redis"];
    let setting = Setting::here(1, false)?.with_crates(&drivers, "countersign-benches", &lock);
    page.push_str(&format!(
        "\n## What was measured\n\n`cargo bench --bench` with `redb`, `postgres` and `redis`; the files of these names \
         in `benches/benches` say how. A time is the middle one of criterion's estimate, with its bounds; where two \
         times stand in a line, they took turns, and the last number is their ratio.\n\n\
         - {}\n- processor: {}\n- {}, release\n- {}\n",
        setting.date, setting.processor, setting.rustc, setting.versions()
    ));
    comparison.write("engines.md", &page)?;
    println!("\n{page}\nwritten: benches/results/engines.md");
    Ok(())
}

/// The lines that say something, as a list. Criterion puts a long name in a line of its own, before its times; what a
/// bench prints by itself is a sentence with a colon.
fn told(output: &str) -> Vec<String> {
    let mut lines = output.lines().filter(|line| !is_progress(line)).peekable();
    let mut told = Vec::new();
    while let Some(line) = lines.next() {
        let times = lines.next_if(|next| next.trim_start().starts_with("time:"));
        let (name, times) = match times {
            Some(times) => (line, times.trim_start().strip_prefix("time:")),
            None => line.split_once("time:").map_or((line, None), |(name, times)| (name, Some(times))),
        };
        match times {
            Some(times) => told.extend(estimate(times).map(|times| format!("- {}: {times}", name.trim()))),
            None if !line.starts_with(' ') && line.contains(": ") => told.push(format!("- {line}")),
            None => {}
        }
    }
    told
}

fn is_progress(line: &str) -> bool {
    ["Benchmarking ", "Found ", "Gnuplot ", "Warning: "].iter().any(|start| line.starts_with(start))
}

/// Of `   [1.0 us 1.1 us 1.2 us]`, the middle and the bounds.
fn estimate(times: &str) -> Option<String> {
    let words: Vec<&str> = times.trim().strip_prefix('[')?.strip_suffix(']')?.split_whitespace().collect();
    let [low, low_unit, middle, unit, high, high_unit] = words.as_slice() else { return None };
    Some(format!("{middle} {unit} ({low} {low_unit} to {high} {high_unit})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_criterion_and_the_benches_print_becomes_a_list() {
        let output = "Benchmarking redis/check: Warming up for 3.0000 s\n\
                      redis/check             time:   [67.1 µs 69.0 µs 71.2 µs]\n\
                      Found 3 outliers among 100 measurements (3.00%)\n  3 (3.00%) high mild\n\
                      postgres/yardstick: a prepared SELECT 1 on a pooled connection\n\
                      \x20                       time:   [80.0 µs 81.5 µs 83.0 µs]\n\
                      a whole check: 2.03 us, a point read of the bare table 1.00 us: 2.03\n";
        assert_eq!(
            told(output),
            [
                "- redis/check: 69.0 µs (67.1 µs to 71.2 µs)",
                "- postgres/yardstick: a prepared SELECT 1 on a pooled connection: 81.5 µs (80.0 µs to 83.0 µs)",
                "- a whole check: 2.03 us, a point read of the bare table 1.00 us: 2.03",
            ]
        );
    }
}
