//! The project that a newcomer makes, in a temporary folder.
//!
//! `cargo new` makes it, and the README's blocks go into it as they are. Two things differ from what a newcomer has:
//! the crates come from this checkout, by `[patch.crates-io]`, since what is tested is what will be released; and
//! the lock file begins as the workspace's, so that all else has the versions that the tests ran with, and nothing is
//! downloaded but what the workspace needs itself. What is built stays below the workspace's target folder for the
//! next run, in a folder of its own: the profile is another, so that there is nothing to share.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::steps::Program;
use crate::cargo::root;

const NAME: &str = "quickstart";

/// Sees to it that what the workspace needs is there, after which nothing else may be asked for.
pub(super) fn fetch() -> Result<(), String> {
    let mut command = crate::cargo::command(&["fetch", "--quiet", "--locked", "--target", "host-tuple"]);
    let status = command.status().map_err(|error| error.to_string())?;
    if status.success() {
        Ok(())
    } else {
        Err("the workspace's dependencies could not be fetched".to_owned())
    }
}

/// Makes the project, runs it, and returns what it has printed.
pub(super) fn run(program: &Program<'_>) -> Result<String, String> {
    let temporary = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    cargo(temporary.path(), &["new", "--quiet", "--vcs", "none", NAME])?;
    let project = temporary.path().join(NAME);
    let path = project.join("Cargo.toml");
    let made = fs::read_to_string(&path).map_err(|error| format!("cargo new made no Cargo.toml: {error}"))?;
    let write = |path: &Path, text: &str| fs::write(path, text).map_err(|error| error.to_string());
    write(&path, &manifest(&made, program.dependencies, &root().join("crates"))?)?;
    write(&project.join("src").join("main.rs"), program.source)?;
    fs::copy(root().join("Cargo.lock"), project.join("Cargo.lock")).map_err(|error| error.to_string())?;
    cargo(&project, &["run", "--quiet", "--offline"])
}

/// Puts the block in the place of the empty table that `cargo new` leaves, and says where the crates in it are.
fn manifest(made: &str, block: &str, crates: &Path) -> Result<String, String> {
    let head = made
        .trim_end()
        .strip_suffix("[dependencies]")
        .ok_or("cargo new leaves no empty [dependencies] at the end")?;
    let mut manifest = format!("{head}{block}\n[patch.crates-io]\n");
    for line in block.lines() {
        let name = line.split(['=', '.']).next().unwrap_or_default().trim();
        if name.starts_with("countersign") {
            // Debug escapes what a path may have as TOML does.
            manifest.push_str(&format!("{name} = {{ path = {:?} }}\n", crates.join(name)));
        }
    }
    Ok(manifest)
}

/// Runs cargo in a folder that is in no workspace, and returns its standard output.
fn cargo(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(folder)
        .args(arguments)
        .env("CARGO_TARGET_DIR", root().join("target").join("newcomer"))
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo could not be started: {error}"))?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(printed);
    }
    Err(format!("cargo {} ended with {}, after printing\n{printed}", arguments.join(" "), output.status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_is_taken_as_it_is_and_our_crates_come_from_the_checkout() {
        let made = "[package]\nname = \"quickstart\"\n\n[dependencies]\n";
        let block =
            "[dependencies]\ncountersign = \"0.1\"\ncountersign-axum.version = \"0.1\"\ntokio = \"1\"\n";
        let expected = "[package]\nname = \"quickstart\"\n\n\
            [dependencies]\ncountersign = \"0.1\"\ncountersign-axum.version = \"0.1\"\ntokio = \"1\"\n\n\
            [patch.crates-io]\n\
            countersign = { path = \"/crates/countersign\" }\n\
            countersign-axum = { path = \"/crates/countersign-axum\" }\n";
        assert_eq!(manifest(made, block, Path::new("/crates")).unwrap(), expected);
        assert!(manifest("[package]\n", block, Path::new("/crates")).is_err());
    }
}
