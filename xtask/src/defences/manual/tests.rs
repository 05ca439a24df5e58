//! The page is true, complete, and as it would be written.

use std::io::Write as _;

use super::*;
use crate::defences::row::{Edit, Test};
use crate::defences::table;

/// The list of attacks that this project answers to, by the names that it gives them.
const LISTED: [&str; 28] = [
    "alg: none, unknown alg, odd case (nOnE)",
    "HS/RS confusion: a public key used as HMAC secret",
    "allow-list checks the header, verification uses the key's algorithm",
    "empty or short HMAC key",
    "psychic signatures (r = s = 0), r or s out of range, DER instead of r||s, wrong length",
    "embedded jwk, jku, x5u, x5c",
    "kid as path, SQL, URL",
    "JWE passed as JWT; compression bombs",
    "crit ignored",
    "b64: false",
    "duplicate JSON members, at any depth, header or claims",
    "exp/nbf/iat as string, negative, NaN, huge, fraction",
    "configured iss/aud/sub absent or wrongly typed passes",
    "revocation or cache keyed by the token's text or signature",
    "Ed25519 with S >= L, small-order keys",
    "RSA 1024, e = 1, e even, wrong signature length",
    "RSA private-key timing",
    "huge token, thousands of dots, deeply nested JSON",
    "PEM confusion: several blocks, trailing data, wrong label",
    "JWK without alg, with use/key_ops that forbid it, wrong curve, point off the curve, private members in a public \
     set",
    "refresh races: two successors from one token",
    "false reuse alarms: a lost response or a second tab logs the user out",
    "several Authorization headers; obs-fold; control characters; non-UTF-8 Basic; missing colon; scheme case; extra \
     spaces; empty token",
    "timing of look-up and compare",
    "user enumeration at login",
    "secrets in logs, errors, Debug, panics",
    "purge on the request path; a purge error that ends the task; unbounded delete",
    "store down, store empty after a restore, replica behind",
];

fn names() -> BTreeSet<&'static str> {
    table().iter().flat_map(|(_, rows)| rows.iter().map(|row| row.class.name)).collect()
}

#[test]
fn the_page_is_what_would_be_written() {
    let found = fs::read_to_string(root().join(PAGE)).unwrap();
    assert!(found == page(&table()), "{PAGE} is not up to date: cargo xtask defences --manual");
}

#[test]
fn each_attack_of_the_list_has_a_class() {
    let names = names();
    let missing: Vec<&str> = LISTED.into_iter().filter(|name| !names.contains(name)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

/// The list is kept beside the repository, where there is one: the names are its own.
#[test]
fn the_list_of_attacks_is_the_one_beside_the_checkout() {
    let Ok(text) = fs::read_to_string(root().join("../shared/ATTACKS.md")) else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "the list of attacks is missing");
        // Past the test runner, which would keep it to itself; `cargo xtask test` counts these lines.
        let line = b"\nskipped: the_list_of_attacks_is_the_one_beside_the_checkout: no list of attacks\n";
        std::io::stdout().write_all(line).unwrap();
        return;
    };
    let rows = text.lines().filter_map(|line| line.strip_prefix("| ")).skip(1);
    let found: Vec<String> =
        rows.map(|row| row.split(" | ").next().unwrap().replace(['`', '\\'], "")).collect();
    assert_eq!(found, LISTED);
}

#[test]
fn a_chapter_has_each_part_that_there_is() {
    static CLASS: Class = Class {
        title: "Title",
        name: "name",
        seen_in: &["CVE-2000-1", "project"],
        elsewhere: "It goes wrong.",
        behaviour: "It goes right.",
        yours: "Watch it.",
    };
    let edits = &[
        Edit("crates/countersign-signed/src/jwt/checks.rs", "a", "b"),
        Edit("crates/countersign-signed/src/pem.rs", "a", "b"),
    ];
    let row = Row::new(&CLASS)
        .defence("r||s is anything", Test::of("p", "it", "m::name"), edits)
        .defence(
            "nothing is checked",
            Test::lib("q", "tests::name"),
            &[Edit("crates/countersign-redb/src/writer.rs", "a", "b")],
        )
        .note("there is none");
    let mut blocks = Vec::new();
    chapter(&row, &mut blocks);
    let expected = [
        "## Title",
        "Seen in [CVE-2000-1](https://www.cve.org/CVERecord?id=CVE-2000-1), project.",
        "**Elsewhere.** It goes wrong.",
        "**Here.** It goes right.",
        "**Left to you.** Watch it.",
        "If one of these were so, the test beside it would fail:",
        "- r||s is anything (`signed/jwt/checks.rs`, `signed/pem.rs`):\n  `cargo test -p p --test it m::name`\n\
         - nothing is checked (`redb/writer.rs`):\n  `cargo test -p q --lib tests::name`",
        "Without a patch: there is none.",
    ];
    assert_eq!(blocks, expected);
}

#[test]
fn an_advisory_leads_to_its_classes() {
    static ONE: Class =
        Class { title: "One", name: "", seen_in: &["RUSTSEC-1"], elsewhere: "", behaviour: "", yours: "" };
    static TWO: Class = Class {
        title: "Two",
        name: "",
        seen_in: &["project", "RUSTSEC-1"],
        elsewhere: "",
        behaviour: "",
        yours: "",
    };
    let groups = [("Group", vec![Row::new(&TWO), Row::new(&ONE)])];
    let expected = "| advisory | class |\n|---|---|\n\
                    | [RUSTSEC-1](https://rustsec.org/advisories/RUSTSEC-1.html) | One; Two |";
    assert_eq!(index(&groups), expected);
}

#[test]
fn lines_end_in_time_and_begin_no_list() {
    let long = "a".repeat(109);
    assert_eq!(wrapped(&format!("{long} b c")), format!("{long}\nb c"));
    for start in ["-", "+", "1.", "12)", "#", ">", "*", "|x"] {
        assert_eq!(wrapped(&format!("{long} {start}")), format!("{long} {start}"), "{start}");
    }
    for start in ["1.5", "2025", "a.", "**Here.**"] {
        assert_eq!(wrapped(&format!("{long} {start}")), format!("{long}\n{start}"), "{start}");
    }
}

/// A text that is missing would leave a heading without anything, and nobody would miss it.
#[test]
fn each_class_says_what_goes_wrong_and_what_is_done() {
    for (_, rows) in table() {
        for Row { class, .. } in rows {
            for text in [class.elsewhere, class.behaviour] {
                assert!(text.ends_with('.') && text.len() > 100, "{}: {text}", class.name);
            }
            assert!(class.yours.is_empty() || class.yours.ends_with('.'), "{}", class.name);
        }
    }
}
