//! A file is about 200 lines. Above 500 there is a seam to be found, or a reason.

use super::tree::Tree;

const MOST: usize = 500;

/// Those that may be longer, by the end of their path, and why.
const LONGER: &[(&str, &str)] = &[
    ("Cargo.lock", "written by cargo"),
    ("package-lock.json", "written by npm"),
    ("crates/countersign/src/guide/attacks.md", "written by cargo xtask defences --manual"),
    ("public-api.txt", "written by cargo xtask api"),
    ("benches/results/signed.json", "written by cargo xtask bench"),
    ("benches/results/signed-native.json", "written by cargo xtask bench"),
];

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in tree.ending("") {
        let lines = text.lines().count();
        if lines > MOST && !LONGER.iter().any(|(end, _)| path.ends_with(end)) {
            findings.push(format!("{path}: {lines} lines, and the most are {MOST}"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_is_found_and_a_written_one_may_be_long() {
        let (long, short) = ("line\n".repeat(501), "line\n".repeat(500));
        let files =
            [("a/Cargo.lock", long.as_str()), ("a/public-api.txt", &long), ("a.rs", &short), ("b.rs", &long)];
        assert_eq!(check(&Tree::made(&files)), ["b.rs: 501 lines, and the most are 500"]);
    }
}
