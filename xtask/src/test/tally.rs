//! Counts the results of the test runner.

use std::fmt;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::cargo::command;

/// How many tests passed, failed and were skipped, over several runs.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
    /// Whether tests that need a server skip themselves.
    pub(crate) without_servers: bool,
    /// Tests of the running target that said that they skipped themselves.
    returned: u64,
}

impl Tally {
    /// Runs `cargo` with these arguments, prints its output, and counts. Returns whether it succeeded
    /// and at least one test ran.
    pub(crate) fn run(&mut self, arguments: &[&str]) -> Result<bool, String> {
        let mut arguments = arguments.to_vec();
        arguments.push("--no-fail-fast");
        let mut command = command(&arguments);
        if self.without_servers {
            command.env("COUNTERSIGN_WITHOUT_SERVERS", "1");
        }
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cargo could not be started: {error}"))?;
        let before = self.passed;
        if let Some(stdout) = child.stdout.take() {
            for line in BufReader::new(stdout).lines() {
                let line = line.map_err(|error| error.to_string())?;
                println!("{line}");
                self.count(&line);
            }
        }
        let status = child.wait().map_err(|error| error.to_string())?;
        Ok(status.success() && self.passed > before)
    }

    /// Counts the tests of such a run as skipped. Returns how many.
    pub(crate) fn skip(&mut self, arguments: &[&str]) -> Result<u64, String> {
        let mut arguments = arguments.to_vec();
        arguments.extend(["--", "--list"]);
        let output = command(&arguments).output().map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        let listed = String::from_utf8_lossy(&output.stdout);
        let skipped = listed.lines().filter(|line| line.ends_with(": test")).count() as u64;
        self.skipped += skipped;
        Ok(skipped)
    }

    /// Reads `test result: ok. 4 passed; 0 failed; 0 ignored; ...`, and `skipped: ...`, the line of a test
    /// that has no server to test with. The test runner counts it as passed.
    fn count(&mut self, line: &str) {
        if line.starts_with("skipped: ") {
            self.returned += 1;
        }
        let Some(result) = line.strip_prefix("test result: ") else { return };
        let number = |word: &str| -> u64 {
            let before = result.split_once(word).map_or("", |(before, _)| before);
            before.split_whitespace().next_back().and_then(|number| number.parse().ok()).unwrap_or(0)
        };
        let returned = std::mem::take(&mut self.returned);
        self.passed += number(" passed").saturating_sub(returned);
        self.failed += number(" failed");
        self.skipped += number(" ignored") + returned;
    }
}

/// The one line that sums up: `N passed, N failed, N skipped`.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_are_added_up_and_others_passed_over() {
        let mut tally = Tally::default();
        for line in [
            "running 3 tests",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "skipped: published_vectors_verify: no vectors",
            "test result: FAILED. 12 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
            "all doctests ran in 0.66s; merged doctests compilation took 0.64s",
        ] {
            tally.count(line);
        }
        assert_eq!(tally.to_string(), "14 passed, 2 failed, 2 skipped");
    }
}
