//! `cargo xtask api`: the public API of each library, against the list that is checked in beside it.
//!
//! The list makes a change of the API a change of a file, which a reviewer sees. It is made by the crate
//! `public-api` of what rustdoc tells as JSON, with all features on. That form belongs to one version of the compiler,
//! and so does the spelling of what is listed; so the list is that of the oldest compiler that is supported.
//!
//! Whether a change breaks anybody is another question, which `cargo xtask semver` puts to cargo-semver-checks.

mod libraries;
mod listing;
mod semver;

use std::fs;

use crate::cargo::root;
use libraries::Libraries;
pub(crate) use libraries::as_rustdoc;
pub(crate) use semver::run as semver;

/// Lists, and compares or writes down.
pub(crate) fn run<'a>(words: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut update = false;
    for word in words {
        match word {
            "--update" => update = true,
            _ => return Err(crate::USAGE.to_owned()),
        }
    }
    println!("\n-- public API, against public-api.txt of each library");
    let libraries = Libraries::of(root())?;
    if let Some(reason) = libraries.obstacle()? {
        // CI must not pass by leaving the check out.
        if std::env::var_os("CI").is_some_and(|value| value == "true") {
            return Err(format!("the public API cannot be listed: {reason}"));
        }
        println!("   SKIPPED, and failing where CI=true: {reason}");
        return Ok(());
    }
    libraries.document()?;
    let (mut lines, mut changed) = (0, Vec::new());
    for name in &libraries.names {
        let listed = listing::of(&libraries.json(name))?;
        lines += listed.lines().count();
        let path = root().join("crates").join(name).join("public-api.txt");
        if update {
            fs::write(&path, &listed).map_err(|error| format!("{}: {error}", path.display()))?;
            continue;
        }
        // Where there is no list everything is new.
        let before = fs::read_to_string(&path).unwrap_or_default();
        let difference = listing::difference(&before, &listed);
        if !difference.is_empty() {
            println!("   {name}:\n     {}", difference.join("\n     "));
            changed.push(name.as_str());
        }
    }
    println!("   {lines} lines, of {} libraries", libraries.names.len());
    if changed.is_empty() {
        return Ok(());
    }
    Err(format!(
        "the public API has changed: {}. If that is meant: cargo xtask api --update",
        changed.join(", ")
    ))
}
