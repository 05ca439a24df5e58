//! Every member has the workspace's lints, version and licence, and leaves the flags of benches to criterion.

use super::manifest::entries;
use super::tree::Tree;

const INHERITED: &[(&str, &str)] = &[
    ("package", "version.workspace"),
    ("package", "edition.workspace"),
    ("package", "rust-version.workspace"),
    ("package", "license.workspace"),
    ("package", "repository.workspace"),
    ("lints", "workspace"),
];

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    let members = tree.members();
    if members.is_empty() {
        findings.push("Cargo.toml: the workspace has no members".to_owned());
    }
    for member in members {
        let path = format!("{member}/Cargo.toml");
        let entries = entries(tree.text(&path));
        let has = |section: &str, key: &str, value: Option<&str>| {
            let same = |text: &str| value.is_none_or(|value| value == text);
            entries.iter().any(|entry| (entry.section, entry.key) == (section, key) && same(entry.value))
        };
        for (section, key) in INHERITED {
            if !has(section, key, Some("true")) {
                findings.push(format!("{path}: [{section}] lacks {key} = true"));
            }
        }
        if !has("package", "description", None) {
            findings.push(format!("{path}: no description"));
        }
        let library = tree.holds(&format!("{member}/src/lib.rs")) || has("lib", "path", None);
        if library && !has("lib", "bench", Some("false")) {
            findings
                .push(format!("{path}: [lib] lacks bench = false, so flags for criterion end up in libtest"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "[package]
name = \"a\"
description = \"A\"
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true
repository.workspace = true
[lints]
workspace = true
[lib]
bench = false
";

    fn found(manifest: &str) -> Vec<String> {
        let root = "[workspace]\nmembers = [\"a\"]\n";
        check(&Tree::made(&[("Cargo.toml", root), ("a/Cargo.toml", manifest), ("a/src/lib.rs", "")]))
    }

    #[test]
    fn each_line_that_lacks_is_found() {
        assert_eq!(found(WHOLE), [""; 0]);
        // All but the tables' heads and the name.
        for line in WHOLE.lines().filter(|line| !line.starts_with('[') && !line.starts_with("name")) {
            let findings = found(&WHOLE.replace(&format!("\n{line}\n"), "\n"));
            assert_eq!(findings.len(), 1, "without {line}: {findings:?}");
            assert!(findings[0].starts_with("a/Cargo.toml: "), "{findings:?}");
        }
    }

    #[test]
    fn a_value_of_its_own_is_found() {
        // Both `version` and `rust-version` end so.
        let findings = found(&WHOLE.replace("version.workspace = true", "version = \"0.2.0\""));
        assert_eq!(
            findings,
            [
                "a/Cargo.toml: [package] lacks version.workspace = true",
                "a/Cargo.toml: [package] lacks rust-version.workspace = true",
            ]
        );
        assert_eq!(found(&WHOLE.replace("[lints]\nworkspace = true", "[lints]\nworkspace = false")).len(), 1);
    }

    #[test]
    fn a_workspace_without_members_is_found() {
        assert_eq!(check(&Tree::made(&[("Cargo.toml", "[workspace]\n")])).len(), 1);
    }
}
