//! Calling cargo, and finding the workspace.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    own.parent().map_or(own.clone(), PathBuf::from)
}

/// All files of the work tree that git knows or would take, from the root.
pub(crate) fn files() -> Result<BTreeSet<PathBuf>, String> {
    let listed = Command::new("git")
        .current_dir(root())
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .output()
        .map_err(|error| format!("git could not be started: {error}"))?;
    if !listed.status.success() {
        return Err(String::from_utf8_lossy(&listed.stderr).into_owned());
    }
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    // Git also names those that are deleted and not yet committed so.
    Ok(listed.split_terminator('\0').map(PathBuf::from).filter(|file| root().join(file).is_file()).collect())
}

/// A cargo command in the workspace's root.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root()).args(arguments);
    command
}

/// Builds a program of the examples package and returns its path.
pub(crate) fn build_example(name: &str, release: bool) -> Result<PathBuf, String> {
    let mut arguments = vec!["--package", "countersign-examples"];
    arguments.extend(release.then_some("--release"));
    build(name, command(&["build"]).args(arguments))
}

/// Builds a program that is measured, for any processor or for this one alone. Flags from the environment are
/// left out, so that results can be compared.
pub(crate) fn build_measured(name: &str, arguments: &[&str], native: bool) -> Result<PathBuf, String> {
    let mut command = command(&["build", "--release", "--locked"]);
    for flags in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS"] {
        command.env_remove(flags);
    }
    if native {
        command.env("RUSTFLAGS", "-C target-cpu=native");
    }
    build(name, command.args(arguments))
}

/// Runs a build of the program `name` and returns its path.
pub(crate) fn build(name: &str, command: &mut Command) -> Result<PathBuf, String> {
    let output = command
        .args(["--quiet", "--bin", name, "--message-format=json-render-diagnostics"])
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo could not be started: {error}"))?;
    if !output.status.success() {
        return Err(format!("the program {name} does not build"));
    }
    // Cargo says where it has put it: the target folder may be anywhere.
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == name)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .ok_or_else(|| format!("cargo did not say where it has put {name}"))
}
