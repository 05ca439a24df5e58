//! A file is about 200 lines. Above 500 there is a seam to be found, or a reason.

use super::tree::Tree;

const MOST: usize = 500;

/// Longer ones, by the end of their path, and why.
const LONGER: &[(&str, &str)] = &[("Cargo.lock", "written by cargo")];

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    let listed = |path: &str| LONGER.iter().any(|(end, _)| path.ends_with(end));
    for (path, text) in tree.ending("") {
        let lines = text.lines().count();
        if lines > MOST && !listed(path) {
            findings.push(format!("{path}: {lines} lines, and the most are {MOST}"));
        }
    }
    for (end, _) in LONGER {
        if tree.ending(end).all(|(_, text)| text.lines().count() <= MOST) {
            findings.push(format!("{end}: listed as longer than {MOST} lines, and is not"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_is_found_and_so_is_a_reason_that_is_no_longer_one() {
        let (long, short) = ("line\n".repeat(501), "line\n".repeat(500));
        let files = [("Cargo.lock", long.as_str()), ("a/Cargo.lock", &short), ("a.rs", &short)];
        assert_eq!(check(&Tree::made(&files)), [""; 0]);
        let files = [("Cargo.lock", long.as_str()), ("a.rs", &long)];
        assert_eq!(check(&Tree::made(&files)), ["a.rs: 501 lines, and the most are 500"]);
        let files = [("Cargo.lock", short.as_str())];
        assert_eq!(check(&Tree::made(&files)), ["Cargo.lock: listed as longer than 500 lines, and is not"]);
    }
}
