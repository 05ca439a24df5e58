//! `cargo xtask instructions`: what an operation costs, in instructions, against a committed budget.
//!
//! Time on a shared machine varies by more than a regression that matters; instructions do not vary, so a
//! change that makes the hot path dearer by a twentieth fails here, on any machine. Callgrind counts them. It
//! runs the program on a processor of its own making, which has AVX2 where the host has it, and neither SHA
//! extensions nor AVX-512; the libraries look for these when they run and take another way under it. So the
//! numbers are no prediction of time: they only hold the code to what it was.

mod budgets;

use std::path::Path;
use std::process::{Command, Stdio};

use budgets::Budgets;

const PATH: &str = "benches/results/instructions.toml";

/// Counted once and twice as often; the difference, divided by it, is the cost of one.
const TIMES: u64 = 100;

/// Counts, and compares or writes down.
pub(crate) fn run<'a>(words: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut update = false;
    for word in words {
        match word {
            "--update" => update = true,
            _ => return Err(crate::USAGE.to_owned()),
        }
    }
    println!("\n-- instructions per operation, against {PATH}");
    if let Some(reason) = obstacle() {
        // CI must not pass by leaving the check out.
        if std::env::var_os("CI").is_some_and(|value| value == "true") {
            return Err(format!("instructions cannot be counted: {reason}"));
        }
        println!("   SKIPPED, and failing where CI=true: {reason}");
        return Ok(());
    }
    let package = ["--package", "countersign-benches"];
    let program = crate::cargo::build_measured("countersign-instructions", &package, false)?;
    let mut counted = Vec::new();
    for operation in operations(&program)? {
        let once = count(&program, &operation, TIMES)?;
        let twice = count(&program, &operation, 2 * TIMES)?;
        counted.push((operation, twice.saturating_sub(once) / TIMES));
    }
    let path = crate::cargo::root().join(PATH);
    if update {
        std::fs::write(&path, Budgets::new(counted).to_string()).map_err(|error| error.to_string())?;
        println!("   written: {PATH}");
        return Ok(());
    }
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{PATH}: {error}"))?;
    let report = Budgets::parse(&text)?.compare(&counted);
    println!("{}", report.lines.join("\n"));
    if report.failed {
        return Err(format!(
            "instructions: over the budget of {PATH}, or not in it. If that is meant: cargo xtask instructions --update"
        ));
    }
    Ok(())
}

/// Why nothing can be counted here.
fn obstacle() -> Option<&'static str> {
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        return Some("the budgets are for Linux on x86-64");
    }
    let mut valgrind = Command::new("valgrind");
    valgrind.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    let there = valgrind.status().is_ok_and(|status| status.success());
    (!there).then_some("there is no valgrind (on Debian: apt-get install valgrind)")
}

fn operations(program: &Path) -> Result<Vec<String>, String> {
    let output = Command::new(program).output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}

/// The instructions of a whole run.
fn count(program: &Path, operation: &str, times: u64) -> Result<u64, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let profile = folder.path().join("profile");
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", profile.display()))
        .arg(program)
        .args([operation, &times.to_string()])
        .output()
        .map_err(|error| format!("valgrind could not be started: {error}"))?;
    if !output.status.success() {
        return Err(format!("{operation}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let profile = std::fs::read_to_string(&profile).map_err(|error| error.to_string())?;
    total(&profile).ok_or_else(|| format!("{operation}: callgrind gave no total"))
}

/// The total out of a callgrind profile.
fn total(profile: &str) -> Option<u64> {
    profile.lines().find_map(|line| line.strip_prefix("totals: ")?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_read_from_its_own_line() {
        let profile = "version: 1\nevents: Ir\nfn=(1) totals: of\n12 7\n\ntotals: 123456\n";
        assert_eq!(total(profile), Some(123_456));
        assert_eq!(total("events: Ir\n12 7\n"), None);
    }
}
