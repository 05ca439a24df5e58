//! Building and running tests in the copy.
//!
//! Cargo builds a target and says where the program is; the program is then run without cargo, for the
//! tests that are asked for. The command line has the same package at every build, since cargo would
//! compile dependencies anew for another selection.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::row::{Target, Test};
use super::tree::{Tree, folder};
use crate::cargo::command;

/// Longer than any test takes. One that goes on is stuck.
const LIMIT: Duration = Duration::from_secs(120);

/// A test program.
pub(super) struct Program {
    executable: PathBuf,
    /// The package's folder, where cargo would run it.
    package: PathBuf,
}

/// How a test ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Passed,
    Failed,
    Stuck,
}

/// Builds these test targets of one package. The error is what the compiler said.
pub(super) fn build(
    tree: &Tree,
    package: &str,
    targets: &BTreeSet<Target>,
) -> Result<BTreeMap<Target, Program>, String> {
    let mut arguments = vec!["test", "--quiet", "--frozen", "--no-run", "--package", package];
    arguments.push("--message-format=json-render-diagnostics");
    arguments.extend(targets.iter().flat_map(|target| target.arguments()));
    let built = cargo(tree, &arguments)?;
    let artifacts: Vec<Value> = built.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let program = |&target: &Target| {
        let found = artifacts.iter().find_map(|artifact| program(artifact, target));
        found.map(|found| (target, found)).ok_or_else(|| format!("cargo did not build a test of {package}"))
    };
    targets.iter().map(program).collect()
}

/// Checks that a package compiles, of which no test is built.
pub(super) fn check(tree: &Tree, package: &str) -> Result<(), String> {
    cargo(tree, &["check", "--quiet", "--frozen", "--package", package]).map(drop)
}

fn cargo(tree: &Tree, arguments: &[&str]) -> Result<String, String> {
    let output = command(arguments)
        .current_dir(tree.root())
        .env("CARGO_TARGET_DIR", folder().join("target"))
        .output()
        .map_err(|error| format!("cargo could not be started: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// The program in one of cargo's messages, if it is that of this target.
fn program(artifact: &Value, target: Target) -> Option<Program> {
    let (kind, name) = match target {
        Target::Lib => ("lib", None),
        Target::Bin(name) => ("bin", Some(name)),
        Target::Integration(name) => ("test", Some(name)),
    };
    let is_meant = artifact["profile"]["test"] == true
        && artifact["target"]["kind"].as_array()?.iter().any(|one| one == kind)
        && name.is_none_or(|name| artifact["target"]["name"] == name);
    if !is_meant {
        return None;
    }
    let manifest = Path::new(artifact["manifest_path"].as_str()?);
    Some(Program { executable: artifact["executable"].as_str()?.into(), package: manifest.parent()?.into() })
}

impl Program {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.executable);
        command.current_dir(&self.package).env("CARGO_MANIFEST_DIR", &self.package).stdin(Stdio::null());
        // A failure is what is wanted, and writing where it came from takes longer than the test.
        command.env("RUST_BACKTRACE", "0");
        command
    }

    /// Which of these tests there are.
    pub(super) fn missing<'t>(&self, tests: &[&'t Test]) -> Result<Vec<&'t str>, String> {
        let output = self.command().arg("--list").output().map_err(|error| error.to_string())?;
        let listed = String::from_utf8_lossy(&output.stdout).into_owned();
        let listed: BTreeSet<&str> = listed.lines().filter_map(|line| line.strip_suffix(": test")).collect();
        Ok(tests.iter().map(|test| test.name).filter(|name| !listed.contains(name)).collect())
    }

    /// Runs the tests of these names, and no others.
    pub(super) fn run(&self, names: &[&str]) -> Result<Ending, String> {
        let mut command = self.command();
        command.args(names).arg("--exact").stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().map_err(|error| format!("{}: {error}", self.executable.display()))?;
        wait(child).map_err(|error| error.to_string())
    }
}

fn wait(mut child: Child) -> std::io::Result<Ending> {
    let started = Instant::now();
    while started.elapsed() < LIMIT {
        // A signal is a failure as well: it is how a stack that runs over ends.
        if let Some(status) = child.try_wait()? {
            return Ok(if status.success() { Ending::Passed } else { Ending::Failed });
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill()?;
    child.wait()?;
    Ok(Ending::Stuck)
}
