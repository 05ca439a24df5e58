//! The copy of the work tree that is patched and tested.
//!
//! A file that has not changed since the last run keeps its time, so that a second run compiles little. A run that was
//! stopped half-way leaves a patch behind; the next copy overwrites it. The copy is compiled into the work tree's own
//! target folder, which has most dependencies already.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::cargo::root;

/// Seconds for building and running one test. One that takes longer is stuck.
const LIMIT: &str = "900";

/// The copy.
pub(super) struct Tree(PathBuf);

/// How a test run ended.
#[derive(Debug)]
pub(super) enum Outcome {
    /// With the names of the tests that ran.
    Passed(Vec<String>),
    Failed,
    /// With the compiler's output.
    NotBuilt(String),
    Stuck,
}

impl Tree {
    /// Makes the copy equal to the work tree: all files that git knows or would add.
    pub(super) fn copy() -> Result<Self, String> {
        let tree = Self(root().join("target/defences"));
        let mut list = Command::new("git");
        list.current_dir(root()).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
        let listed = String::from_utf8_lossy(&succeed(&mut list)?.stdout).into_owned();
        // Git also lists files whose deletion is not committed yet.
        let files: BTreeSet<&str> =
            listed.split_terminator('\0').filter(|file| root().join(file).is_file()).collect();
        tree.update(&files).map_err(|error| format!("{}: {error}", tree.0.display()))?;
        Ok(tree)
    }

    fn update(&self, files: &BTreeSet<&str>) -> std::io::Result<()> {
        for file in files {
            let (text, to) = (fs::read(root().join(file))?, self.0.join(file));
            if fs::read(&to).is_ok_and(|old| old == text) {
                continue;
            }
            fs::create_dir_all(to.parent().unwrap_or(&self.0))?;
            fs::write(&to, text)?;
        }
        let mut folders = vec![self.0.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                let file = path.strip_prefix(&self.0).unwrap_or(&path).to_string_lossy().into_owned();
                if path.is_dir() {
                    folders.push(path);
                } else if !files.contains(file.as_str()) {
                    fs::remove_file(path)?;
                }
            }
        }
        Ok(())
    }

    /// Does something with the patch applied and takes the patch back. The inner error: the patch does not apply.
    pub(super) fn with<T>(
        &self,
        patch: &Path,
        act: impl FnOnce(&Self) -> Result<T, String>,
    ) -> Result<Result<T, String>, String> {
        if let Err(said) = self.apply(patch, &[]) {
            return Ok(Err(said));
        }
        let result = act(self);
        self.apply(patch, &["--reverse"])?;
        result.map(Ok)
    }

    fn apply(&self, patch: &Path, options: &[&str]) -> Result<(), String> {
        let mut git = Command::new("git");
        // One line of context is enough, so that changes nearby leave a patch alone.
        git.current_dir(&self.0).args(["apply", "-C1"]).args(options).arg(patch);
        // The copy lies within the repository and is not one itself, so git would look for the files in the work tree.
        git.env("GIT_CEILING_DIRECTORIES", root().join("target"))
            .env_remove("GIT_DIR")
            .env_remove("GIT_WORK_TREE");
        succeed(&mut git).map(drop)
    }

    /// Runs these tests of a target.
    pub(super) fn test(&self, target: &str, tests: &[&str]) -> Result<Outcome, String> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new("timeout");
        command
            .current_dir(&self.0)
            .arg(LIMIT)
            .arg(cargo)
            .args(["test", "--frozen"])
            .args(target.split_whitespace());
        command.arg("--").args(tests);
        // A failure is expected, and a backtrace takes longer than the test.
        command.env("RUST_BACKTRACE", "0").env("CARGO_TARGET_DIR", root().join("target"));
        command.env("CARGO_INCREMENTAL", "1");
        // Cargo would take the copy's crates for the work tree's, since both have the same place in their workspace.
        // With a wrapper it keeps them apart; dependencies are shared. `env` runs the compiler as it is.
        command.env("RUSTC_WORKSPACE_WRAPPER", "/usr/bin/env");
        let output = command.output().map_err(|error| format!("timeout, of coreutils: {error}"))?;
        Ok(judge(&output))
    }
}

fn judge(output: &Output) -> Outcome {
    let text = String::from_utf8_lossy(&output.stdout);
    let tests = text.lines().filter_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... ok"));
    // A test without its server passes and says that it was skipped.
    let skips: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("skipped: ")).collect();
    let is_skipped = |test: &&str| skips.iter().any(|skip| skip.starts_with(test));
    match output.status.code() {
        Some(0) => Outcome::Passed(tests.filter(|test| !is_skipped(test)).map(str::to_owned).collect()),
        Some(124) => Outcome::Stuck,
        // Cargo ends alike if the code does not compile, but then no test begins.
        _ if text.lines().any(|line| line.starts_with("running ") && line != "running 0 tests") => {
            Outcome::Failed
        }
        _ => Outcome::NotBuilt(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

fn succeed(command: &mut Command) -> Result<Output, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        Ok(output)
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patch_is_applied_and_taken_back_and_one_that_does_not_fit_changes_nothing() {
        let folder = tempfile::tempdir_in(root().join("target")).unwrap();
        let tree = Tree(folder.path().to_owned());
        let read = || fs::read_to_string(folder.path().join("f")).unwrap();
        fs::write(folder.path().join("f"), "one\n").unwrap();
        let patch = folder.path().join("p");
        for (from, fits) in [("one", true), ("two", false)] {
            let text =
                format!("Class: c\n\ndiff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-{from}\n+new\n");
            fs::write(&patch, text).unwrap();
            let seen = tree.with(&patch, |_| Ok(read())).unwrap();
            assert_eq!(seen.ok(), fits.then(|| "new\n".to_owned()));
            assert_eq!(read(), "one\n");
        }
    }

    #[test]
    fn outcome_tells_failed_tests_from_code_that_does_not_build() {
        let ended = |code: i32, text: &str| {
            let script = format!("printf '{text}'; exit {code}");
            judge(&Command::new("sh").args(["-c", &script]).output().unwrap())
        };
        let ok =
            ended(0, "running 2 tests\\ntest a::b ... ok\\nskipped: a::c: no server\\ntest a::c ... ok\\n");
        assert!(matches!(ok, Outcome::Passed(tests) if tests == ["a::b"]));
        assert!(matches!(ended(101, "running 1 test\\ntest a ... FAILED\\n"), Outcome::Failed));
        assert!(matches!(ended(101, "running 0 tests\\n"), Outcome::NotBuilt(_)));
        assert!(matches!(ended(101, ""), Outcome::NotBuilt(_)));
        assert!(matches!(ended(124, "running 1 test\\n"), Outcome::Stuck));
    }
}
