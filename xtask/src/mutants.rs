//! `cargo xtask mutants`: cargo-mutants on the project's crates.
//!
//! `.cargo/mutants.toml` has the exclusions and their reasons.

use crate::cargo::{command, root};

const MISSING: &str = "Mutation testing needs cargo-mutants: cargo install --locked cargo-mutants";

/// Tests all crates, or these: `session` means `countersign-session`.
pub(crate) fn run<'a>(words: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut mutants = command(&["mutants", "--output", "target/mutants"]);
    for word in words {
        let name = word.strip_prefix("countersign-").unwrap_or(word);
        mutants.args(["--package", &format!("countersign-{name}")]);
    }
    // cargo-mutants makes `mutants.out` in it.
    let folder = root().join("target/mutants");
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let is_there = command(&["mutants", "--version"]).output().is_ok_and(|output| output.status.success());
    if !is_there {
        return Err(MISSING.to_owned());
    }
    let status = mutants.status().map_err(|error| error.to_string())?;
    if status.success() {
        Ok(())
    } else {
        Err("mutants survive: target/mutants/mutants.out/missed.txt".to_owned())
    }
}
