//! Calls cargo and finds the workspace.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

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

/// Runs a cargo command that must succeed, and prints how long it took.
pub(crate) fn check(name: &str, arguments: &[&str]) -> Result<(), String> {
    println!("-- {name}: cargo {}", arguments.join(" "));
    let started = Instant::now();
    let status =
        command(arguments).env("RUSTDOCFLAGS", "-D warnings").status().map_err(|error| error.to_string())?;
    println!("   {:.0} s", started.elapsed().as_secs_f32());
    if status.success() { Ok(()) } else { Err(format!("{name}: failed")) }
}

/// Builds the program `name` with these arguments of `cargo build` and returns its path.
pub(crate) fn build(name: &str, arguments: &[&str]) -> Result<PathBuf, String> {
    let output = command(&["build"])
        .args(arguments)
        .args(["--quiet", "--bin", name, "--message-format=json-render-diagnostics"])
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo could not be started: {error}"))?;
    if !output.status.success() {
        return Err(format!("the program {name} does not build"));
    }
    // The target folder may be anywhere, so the path comes from cargo.
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == name)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .ok_or_else(|| format!("cargo did not report the path of {name}"))
}
