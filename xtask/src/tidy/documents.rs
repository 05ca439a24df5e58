//! Every crate in `crates` has a README, which is its documentation, and stands in the documents of the whole.

use super::tree::Tree;
use crate::markdown::Document;

const README_AS_DOCS: &str = "#![doc = include_str!(\"../README.md\")]";

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    let map = code_map(tree.text("ARCHITECTURE.md"));
    let table: Vec<&str> = tree.text("README.md").lines().filter(|line| line.starts_with('|')).collect();
    for name in tree.crates() {
        let readme = format!("crates/{name}/README.md");
        if tree.text(&readme).lines().next() != Some(&format!("# {name}")) {
            findings.push(format!("{readme}: does not begin with the line # {name}"));
        }
        // A command's README is for whoever types it. Its library is documented for whoever works on it.
        let is_command = tree.holds(&format!("crates/{name}/src/main.rs"));
        let library = format!("crates/{name}/src/lib.rs");
        if !is_command && !tree.text(&library).lines().any(|line| line == README_AS_DOCS) {
            findings.push(format!("{library}: lacks {README_AS_DOCS}"));
        }
        if !tree.text("CHANGELOG.md").lines().any(|line| line.starts_with(&format!("- `{name}`: "))) {
            findings.push(format!("CHANGELOG.md: no line on {name}"));
        }
        if !table.iter().any(|row| row.contains(&format!("`{name}`")) || row.contains(&format!(" {name}`"))) {
            findings.push(format!("README.md: no row for {name}"));
        }
        if !map.split_whitespace().any(|word| word.trim_end_matches(',') == name) {
            findings.push(format!("ARCHITECTURE.md: {name} is not on the code map"));
        }
    }
    findings
}

/// The first block below the heading.
fn code_map(text: &str) -> String {
    let below = text.split_once("## Code map").map_or("", |(_, below)| below);
    Document::parse(below).blocks.into_iter().next().map(|block| block.text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &[(&str, &str)] = &[
        ("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n"),
        ("crates/a/Cargo.toml", ""),
        ("crates/a/README.md", "# a\n"),
        ("crates/a/src/lib.rs", "#![doc = include_str!(\"../README.md\")]\n"),
        ("crates/a-cli/Cargo.toml", ""),
        ("crates/a-cli/README.md", "# a-cli\n"),
        ("crates/a-cli/src/lib.rs", "//! Its parts.\n"),
        ("crates/a-cli/src/main.rs", ""),
        ("README.md", "| all | `a` |\n| a command | `cargo install a-cli` |\n"),
        ("CHANGELOG.md", "- `a`: all.\n- `a-cli`: a command.\n"),
        ("ARCHITECTURE.md", "## Code map\n\n```text\na\n└── a-cli, b\n```\n"),
    ];

    /// What is found where a text in one of the files is another.
    fn found(path: &str, from: &str, to: &str) -> Vec<String> {
        let text = WHOLE.iter().find(|(other, _)| *other == path).unwrap().1.replace(from, to);
        let files: Vec<_> = WHOLE
            .iter()
            .map(|&(name, old)| if name == path { (name, text.as_str()) } else { (name, old) })
            .collect();
        check(&Tree::made(&files))
    }

    #[test]
    fn a_crate_that_is_not_where_it_should_be_is_found() {
        assert_eq!(found("README.md", "", ""), [""; 0]);
        for (path, from, to, finding) in [
            ("crates/a/README.md", "# a", "# b", "crates/a/README.md: does not begin with the line # a"),
            ("crates/a/src/lib.rs", "README", "OTHER", "crates/a/src/lib.rs: lacks #![doc"),
            ("README.md", "`a`", "`ab`", "README.md: no row for a"),
            ("README.md", "| a command", "a command", "README.md: no row for a-cli"),
            ("CHANGELOG.md", "- `a`", "`a`", "CHANGELOG.md: no line on a"),
            ("ARCHITECTURE.md", "a-cli", "a-client", "ARCHITECTURE.md: a-cli is not on the code map"),
            ("ARCHITECTURE.md", "text\na\n", "text\n", "ARCHITECTURE.md: a is not on the code map"),
        ] {
            let findings = found(path, from, to);
            assert_eq!(findings.len(), 1, "{findings:?}");
            assert!(findings[0].starts_with(finding), "{findings:?}");
        }
    }
}
