//! Calling cargo, and finding the workspace.

use std::path::PathBuf;
use std::process::Command;

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    own.parent().map_or(own.clone(), PathBuf::from)
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
    let mut arguments = vec!["build", "--quiet", "--package", "countersign-examples", "--bin", name];
    arguments.extend(release.then_some("--release"));
    arguments.push("--message-format=json-render-diagnostics");
    let output = command(&arguments)
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
