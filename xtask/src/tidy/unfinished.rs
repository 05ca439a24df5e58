//! Nothing is left for later: what stands in the tree is done.

use super::tree::Tree;
use super::words::has_word;

/// The marks, cut in two so that this file passes.
const MARKS: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X"), concat!("todo", "!")];

/// What is no text of ours: names and hashes of packages, and inputs of the fuzz targets.
const FOREIGN: &[&str] = &["Cargo.lock", "package-lock.json", "fuzz/seeds/"];

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in tree.ending("").filter(|(path, _)| !FOREIGN.iter().any(|part| path.contains(part))) {
        for (number, line) in (1..).zip(text.lines()) {
            if let Some(mark) = MARKS.iter().find(|mark| has_word(line, mark)) {
                findings.push(format!("{path}:{number}: {mark}"));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_and_letters_within_words_are_not() {
        for mark in MARKS {
            let tree = Tree::made(&[
                ("a.rs", &format!("one\n// {mark}: later")),
                // As in a token or a key.
                ("b.rs", &format!("a{mark} {mark}b")),
                ("Cargo.lock", mark),
                ("fuzz/seeds/a", mark),
            ]);
            assert_eq!(check(&tree), [format!("a.rs:2: {mark}")]);
        }
    }
}
