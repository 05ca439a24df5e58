//! Nothing tells of the machine that it was made on: no path of somebody's home, and no mirror of a registry, which
//! nobody else could reach.

use super::tree::Tree;

/// Where people's files are, cut in two so that this file passes.
const HOMES: &[&str] = &[
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
    concat!("/wo", "rk/"),
    concat!("/works", "pace/"),
    concat!(":\\Us", "ers\\"),
];

const CRATES: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
const PACKAGES: &str = "https://registry.npmjs.org/";

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in tree.ending("") {
        for (number, line) in (1..).zip(text.lines()) {
            if let Some(home) = HOMES.iter().find(|home| line.contains(*home)) {
                findings.push(format!("{path}:{number}: a path with {home}"));
            }
        }
    }
    for (path, text) in tree.ending("Cargo.lock") {
        for (number, line) in (1..).zip(text.lines()) {
            if line.starts_with("source = ") && line != CRATES {
                findings.push(format!("{path}:{number}: not from crates.io: {line}"));
            }
        }
    }
    for (path, text) in tree.ending("package-lock.json") {
        for (number, line) in (1..).zip(text.lines()) {
            // Without any, whoever installs chooses the registry.
            let resolved = line.trim().strip_prefix("\"resolved\": \"");
            if resolved.is_some_and(|resolved| !resolved.starts_with(PACKAGES)) {
                findings.push(format!("{path}:{number}: not from npmjs: {}", line.trim()));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_a_machine_are_found() {
        for home in HOMES {
            let tree =
                Tree::made(&[("a.rs", &format!("one\n\"{home}me/a\"")), ("b.rs", "/tmp/a, works/ and home")]);
            assert_eq!(check(&tree), [format!("a.rs:2: a path with {home}")]);
        }
    }

    #[test]
    fn other_registries_are_found() {
        let good = format!("[[package]]\n{CRATES}\n");
        let tree = Tree::made(&[
            ("Cargo.lock", &good),
            ("a/Cargo.lock", &format!("{good}source = \"sparse+https://mirror.example/index/\"\n")),
            ("b/Cargo.lock", "source = \"git+https://github.com/a/b#c\""),
            ("package-lock.json", "  \"resolved\": \"https://registry.npmjs.org/jose/-/jose-6.tgz\","),
            ("a/package-lock.json", "  \"resolved\": \"https://mirror.example/jose/-/jose-6.tgz\","),
        ]);
        assert_eq!(
            check(&tree),
            [
                "a/Cargo.lock:3: not from crates.io: source = \"sparse+https://mirror.example/index/\"",
                "b/Cargo.lock:1: not from crates.io: source = \"git+https://github.com/a/b#c\"",
                "a/package-lock.json:1: not from npmjs: \"resolved\": \"https://mirror.example/jose/-/jose-6.tgz\",",
            ]
        );
    }
}
