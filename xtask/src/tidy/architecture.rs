//! ARCHITECTURE.md names files and symbols, and those that it names are there.
//!
//! A path may be whole, begin with a crate's short name (`session/refresh.rs`), or be the end of a path, where the
//! text around it has named the crate. A symbol is looked for by its words, which must stand together in one of the
//! sources; what they mean there, only a compiler could tell.

use super::tree::Tree;
use super::words::has_word;
use crate::markdown::Document;

const DOCUMENT: &str = "ARCHITECTURE.md";

/// What is made by a build is not in the tree.
const BUILT: &str = "target/";

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for (number, line) in Document::parse(tree.text(DOCUMENT)).prose {
        for code in line.split('`').skip(1).step_by(2) {
            if is_path(code) {
                if !code.starts_with(BUILT) && !is_there(tree, code) {
                    findings.push(format!("{DOCUMENT}:{number}: there is no {code}"));
                }
            } else if is_symbol(code) && !is_in_sources(tree, code) {
                findings.push(format!("{DOCUMENT}:{number}: no source has {code}"));
            }
        }
    }
    findings
}

fn is_path(code: &str) -> bool {
    let plain = code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte));
    plain && (code.contains('/') || code.ends_with(".rs") || code.ends_with(".md"))
}

fn is_there(tree: &Tree, path: &str) -> bool {
    let path = path.trim_end_matches('/');
    if tree.holds(path) {
        return true;
    }
    if let Some((first, rest)) = path.split_once('/')
        && tree.holds(&format!("crates/countersign-{first}"))
    {
        let within = |folder: &str| tree.holds(&format!("crates/countersign-{first}/{folder}{rest}"));
        return within("src/") || within("");
    }
    let (end, middle) = (format!("/{path}"), format!("/{path}/"));
    tree.ending("").any(|(file, _)| file.ends_with(&end) || file.contains(&middle))
}

/// A path of Rust (`a::b`), a type's name, or a name of several words.
fn is_symbol(code: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let is_type = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_uppercase())
            && word.contains(|c: char| c.is_ascii_lowercase())
    };
    code.split("::").all(is_word)
        && (code.contains("::") || is_type(code) || code.trim_matches('_').contains('_'))
}

/// Whether all words of it stand in one source, or, those that are modules, in its path. Lints and features are named
/// in manifests.
fn is_in_sources(tree: &Tree, symbol: &str) -> bool {
    let is_source =
        |path: &str| path.ends_with(".rs") && path.starts_with("crates/") || path.ends_with("Cargo.toml");
    tree.ending("").filter(|(path, _)| is_source(path)).any(|(path, text)| {
        let modules = path.strip_suffix(".rs").unwrap_or_default();
        symbol.split("::").all(|word| has_word(text, word) || modules.split('/').any(|module| module == word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        check(&Tree::made(&[
            (DOCUMENT, text),
            ("crates/countersign-session/src/refresh.rs", "impl Authenticator { pub fn refresh(&self) {} }"),
            ("crates/countersign-session/tests/it/main.rs", ""),
            ("crates/countersign-signed/src/jwt/checks.rs", "pub(super) fn run() {} const KEEP_IT: u8 = 1;"),
            ("tests/crossing/request.rs", "fn elsewhere_only() {}"),
            ("benches/results/load.md", ""),
        ]))
    }

    #[test]
    fn what_is_there_passes() {
        for code in [
            "crates/",
            "tests/crossing/request.rs",
            "session/refresh.rs",
            "signed/jwt",
            "session/tests/it",
            "jwt/checks.rs",
            "refresh.rs",
            "results/",
            "target/screenshots",
            "Authenticator::refresh",
            "Authenticator",
            "checks::run",
            "KEEP_IT",
            "refresh",
            "sub",
            "at+jwt",
            "cargo xtask test",
            "__Host-...",
            "panic!",
        ] {
            assert_eq!(found(&format!("x `a b` (`{code}`)")), [""; 0], "{code}");
        }
        assert_eq!(found("```text\nx `nowhere.rs`\n```"), [""; 0]);
    }

    #[test]
    fn what_has_gone_is_found() {
        for code in [
            "tests/crossing/gone.rs",
            "session/gone.rs",
            "session/checks.rs",
            "signed/jw",
            "fresh.rs",
            "esh.rs",
            "gone/",
            "GONE.md",
        ] {
            assert_eq!(
                found(&format!("one\n`x` `{code}`")),
                [format!("ARCHITECTURE.md:2: there is no {code}")]
            );
        }
        for code in
            ["Authenticator::run", "Authenticate", "refresh_it", "checks::ru", "elsewhere_only", "KEEP_I"]
        {
            assert_eq!(found(&format!("`{code}`")), [format!("ARCHITECTURE.md:1: no source has {code}")]);
        }
    }
}
