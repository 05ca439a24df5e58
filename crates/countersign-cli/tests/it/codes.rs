//! The codes are a closed table: in the program, in the README, and of every kind of error that there is.

use countersign_cli::SIGNED_CODES;

const README: &str = include_str!("../../README.md");
const KINDS: &str = include_str!("../../../countersign-signed/src/error_kind.rs");

/// `InvalidKey` as `invalid-key`.
fn kebab(name: &str) -> String {
    let mut code = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !code.is_empty() {
            code.push('-');
        }
        code.push(c.to_ascii_lowercase());
    }
    code
}

#[test]
fn every_kind_of_error_has_a_code_of_its_name() {
    let body = KINDS.split_once("pub enum ErrorKind {\n").unwrap().1.split_once("\n}").unwrap().0;
    let names: Vec<_> = body
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("///"))
        .map(|l| l.trim_end_matches(','))
        .collect();
    assert!(names.len() > 30, "{names:?}");
    let table: Vec<_> =
        SIGNED_CODES.iter().map(|(kind, code)| (format!("{kind:?}"), code.as_str())).collect();
    for name in &names {
        let code = table.iter().find(|(kind, _)| kind == name).map(|(_, code)| *code);
        assert_eq!(code, Some(kebab(name).as_str()), "{name}");
    }
    assert_eq!(table.len(), names.len());
}

#[test]
fn the_readme_lists_every_code() {
    let own = [
        "usage",
        "unreadable",
        "unwritable",
        "exists",
        "malformed-api-key",
        "checksum-mismatch",
        "unexpected-prefix",
        "revoked",
        "store-unavailable",
        "store-unusable",
        "no-such-store",
    ];
    for code in SIGNED_CODES.iter().map(|(_, code)| code.as_str()).chain(own) {
        assert!(README.contains(&format!("| `{code}` |")), "{code}");
    }
}
