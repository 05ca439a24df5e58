//! The versions that the documents name are those of the workspace.

use super::tree::Tree;

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let (version, rust) = (tree.shared("version"), tree.shared("rust-version"));
    let mut findings = Vec::new();
    for (path, text) in tree.ending(".md") {
        for (number, line) in (1..).zip(text.lines()) {
            for named in rust_versions(line).filter(|named| *named != rust) {
                findings.push(format!("{path}:{number}: Rust {named}, and Cargo.toml has {rust}"));
            }
            if let Some(named) = requirement(line).filter(|named| !is_satisfied(named, &version)) {
                findings.push(format!("{path}:{number}: a version {named}, and Cargo.toml has {version}"));
            }
        }
    }
    findings
}

/// What stands behind the word `Rust`, if it is a version with a dot in it. Editions have none.
fn rust_versions(line: &str) -> impl Iterator<Item = &str> {
    line.split("Rust ").skip(1).filter_map(|rest| {
        let end = rest.find(|character: char| !character.is_ascii_digit() && character != '.');
        let named = rest.get(..end.unwrap_or(rest.len()))?.trim_end_matches('.');
        (named.contains('.')).then_some(named)
    })
}

/// The version in a line `countersign... = "0.1"` or `countersign... = { version = "0.1" }`.
fn requirement(line: &str) -> Option<&str> {
    let (key, value) = line.split_once('=')?;
    if !key.trim_start().starts_with("countersign") {
        return None;
    }
    let value = value.trim_start();
    let text = match value.strip_prefix('"') {
        Some(text) => text,
        None => value.split_once("version = \"")?.1,
    };
    text.split('"').next()
}

/// A requirement is written as short as it can be: the version, or the beginning of it that must not change.
fn is_satisfied(requirement: &str, version: &str) -> bool {
    let stable = !version.starts_with("0.");
    let parts = version.split('.').take(if stable { 1 } else { 2 }).collect::<Vec<_>>().join(".");
    requirement == version || requirement == parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_that_have_moved_on_are_found() {
        let root = "[workspace.package]\nversion = \"0.2.0\"\nrust-version = \"1.95\"\n";
        let text = "Rust 1.95 or newer, of edition Rust 2024. Not Rust 1.94.\n\
                    countersign = \"0.2\"\n\
                    countersign-axum = { version = \"0.2.0\", features = [] }\n\
                    countersign = \"0.1\"\n\
                    countersign-axum = { features = [], version = \"0.1.0\" }\n\
                    countersign = { path = \"x\" }\n\
                    tokio = \"0.1\"\n";
        let tree = Tree::made(&[("Cargo.toml", root), ("crates/a/README.md", text)]);
        assert_eq!(
            check(&tree),
            [
                "crates/a/README.md:1: Rust 1.94, and Cargo.toml has 1.95",
                "crates/a/README.md:4: a version 0.1, and Cargo.toml has 0.2.0",
                "crates/a/README.md:5: a version 0.1.0, and Cargo.toml has 0.2.0",
            ]
        );
    }

    #[test]
    fn behind_the_first_release_the_first_number_is_enough() {
        assert!(is_satisfied("1", "1.4.2") && is_satisfied("1.4.2", "1.4.2"));
        assert!(!is_satisfied("1.4", "1.4.2") && !is_satisfied("2", "1.4.2") && !is_satisfied("0", "0.1.0"));
    }
}
