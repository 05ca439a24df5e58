//! `cargo xtask semver`: whether the libraries can be released under the version that they have.
//!
//! cargo-semver-checks compares the JSON of two trees: this one's, and that of a former revision, since what counts
//! is what was released, and a tag names that before any registry does. It looks at which items there are, and hardly
//! at the types of parameters and results; so the lines of the list that are gone are shown beside its verdict, for
//! whoever releases to judge. This is for them and no part of CI: the tool takes ten minutes of processor time to
//! install.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::libraries::Libraries;
use super::listing;
use crate::cargo::root;

/// The version that reads the JSON of our oldest compiler.
const VERSION: &str = "0.51.0";

/// Compares with the revision that is named, or with the last tag.
pub(crate) fn run<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let named = words.next();
    if words.next().is_some() || named.is_some_and(|word| word.starts_with('-')) {
        return Err(crate::USAGE.to_owned());
    }
    is_installed()?;
    let revision = match named {
        Some(revision) => {
            git(&["rev-parse", "--verify", "--end-of-options", &format!("{revision}^{{commit}}")])?
        }
        None => git(&["describe", "--tags", "--abbrev=0"]).map_err(|_| {
            "no tag to compare with: name a revision, as in cargo xtask semver HEAD~20".to_owned()
        })?,
    };
    println!("\n-- semantic versions: this tree, compared with {revision}");
    let now = Libraries::of(root())?;
    now.document()?;
    let folder = root().join("target").join("semver");
    check_out(&revision, &folder)?;
    let before = Libraries::of(folder.join("tree"))?.built_in(folder.join("target"));
    before.document()?;
    let mut broken = Vec::new();
    for name in &now.names {
        if !before.names.contains(name) {
            println!("\n   {name}: new, so there is nothing to compare");
            continue;
        }
        println!("\n   {name}");
        let difference =
            listing::difference(&listing::of(&before.json(name))?, &listing::of(&now.json(name))?);
        for line in difference.iter().filter(|line| line.starts_with('-')) {
            println!("     {line}");
        }
        if !compare(&before.json(name), &now.json(name))? {
            broken.push(name.as_str());
        }
    }
    for name in before.names.iter().filter(|name| !now.names.contains(name)) {
        println!("\n   {name}: gone");
        broken.push(name);
    }
    if broken.is_empty() { Ok(()) } else { Err(format!("not under this version: {}", broken.join(", "))) }
}

fn is_installed() -> Result<(), String> {
    let output = crate::cargo::command(&["semver-checks", "--version"]).output();
    let found = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    if found.trim().ends_with(&format!(" {VERSION}")) {
        return Ok(());
    }
    Err(format!("cargo xtask semver needs: cargo install --locked --version {VERSION} cargo-semver-checks"))
}

/// Puts the revision's files into a tree of their own. Those that have not changed since the last time stay as they
/// are, so that little is compiled.
fn check_out(revision: &str, folder: &Path) -> Result<(), String> {
    let tree = folder.join("tree");
    fs::create_dir_all(&tree).map_err(|error| format!("{}: {error}", tree.display()))?;
    let status = Command::new("git")
        .current_dir(root())
        .env("GIT_INDEX_FILE", folder.join("index"))
        .arg("--work-tree")
        .arg(&tree)
        .args(["read-tree", "--reset", "-u", revision])
        .status()
        .map_err(|error| format!("git could not be started: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{revision} could not be checked out")) }
}

/// Whether what was public still is.
fn compare(before: &Path, now: &Path) -> Result<bool, String> {
    let status = crate::cargo::command(&["semver-checks", "--baseline-rustdoc"])
        .arg(before)
        .arg("--current-rustdoc")
        .arg(now)
        .status()
        .map_err(|error| error.to_string())?;
    Ok(status.success())
}

fn git(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git")
        .current_dir(root())
        .args(arguments)
        .output()
        .map_err(|error| format!("git could not be started: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}
