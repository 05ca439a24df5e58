//! What countersign and its peers accept and refuse, against the tables of the guide's page.
//!
//! `benches/compare/behaviour` has the cases and asks the Rust libraries; PyJWT and jose are asked here. The test runs on
//! request and before a release, because it builds a workspace of its own and another release of a peer may change its
//! column:
//!
//! ```text
//! cargo test -p countersign-tests --features behaviour --test peers behaviour
//! ```
//!
//! It prints each row that the page does not have; a person puts it there.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::{node, process, python};

const PAGE: &str = "../crates/countersign/src/guide/behaviour.md";
const MANIFEST: &str = "../benches/compare/Cargo.toml";

/// A library and, for each case, its outcomes with the usual and with all settings.
struct Column {
    version: String,
    outcomes: Value,
}

fn program(words: &[&str]) -> Value {
    let run = [
        "run",
        "--quiet",
        "--locked",
        "--package",
        "countersign-behaviour",
        "--manifest-path",
        MANIFEST,
        "--",
    ];
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(run).args(words);
    process::ask(&mut command, &Value::Null)
}

/// In the order of the page's columns.
fn columns(questions: &Value) -> [Column; 5] {
    let lock =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../benches/compare/Cargo.lock")).unwrap();
    let rust = |name: &str, outcomes| {
        let (_, version) = lock.split_once(&format!("name = \"{name}\"\nversion = \"")).unwrap();
        Column { version: version.split('"').next().unwrap().to_owned(), outcomes }
    };
    let outside = |mut answer: Value| Column {
        version: answer["version"].as_str().unwrap().to_owned(),
        outcomes: answer["outcomes"].take(),
    };
    let jsonwebtoken = both(program(&["judge", "rust_crypto"]), &program(&["judge", "aws_lc_rs"]));
    [
        rust("countersign-signed", program(&["judge", "countersign"])),
        rust("jsonwebtoken", jsonwebtoken),
        rust("jwt-simple", program(&["judge", "jwt-simple"])),
        outside(python::ask(include_str!("python/behaviour.py"), questions)),
        outside(node::ask("behaviour.mjs", questions)),
    ]
}

/// jsonwebtoken has two back ends and one column, which names both where they differ.
fn both(mut first: Value, second: &Value) -> Value {
    for (pair, others) in first.as_array_mut().unwrap().iter_mut().zip(second.as_array().unwrap()) {
        for at in [0, 1] {
            if pair[at]["verdict"] != others[at]["verdict"] || pair[at]["note"] != others[at]["note"] {
                let other = others[at]["verdict"].as_str().unwrap();
                pair[at]["note"] = json!(format!("on rust_crypto; {other} on aws_lc_rs"));
            }
        }
    }
    first
}

fn text(outcome: &Value) -> String {
    match (outcome["verdict"].as_str().unwrap(), outcome["note"].as_str().unwrap()) {
        ("none", _) => "-".to_owned(),
        (verdict, "") => verdict.to_owned(),
        // The words of a refusal.
        ("out", note) if note.contains(['`', '"', ':', '(']) => format!("out: `{}`", note.replace('`', "'")),
        (verdict, note) => format!("{verdict}, {note}"),
    }
}

fn cell([usual, all]: [&Value; 2]) -> String {
    let (usual, all) = (text(usual), text(all));
    if usual == all { usual } else { format!("{usual} (told: {all})") }
}

fn row(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {} |", cells.join(" | "))
}

/// The row that says which error countersign gives and for which claim: its outcome is `InvalidClaim (exp)`.
fn refusal(label: &str, said: &str) -> String {
    let (kind, claim) = said.split_once(" (").unwrap_or((said, ""));
    let claim = claim.trim_end_matches(')');
    let claim = if claim.is_empty() { String::new() } else { format!("`{claim}`") };
    row(&[label.to_owned(), format!("`{kind}`"), claim])
}

#[test]
fn behaviour_is_what_the_guide_says() {
    let mut questions = program(&["questions"]);
    // Long tokens that are measured and not judged.
    questions["shapes"] = json!([]);
    let columns = columns(&questions);
    let page = fs::read_to_string(PAGE).unwrap();
    let (mut missing, mut problems) = (Vec::new(), Vec::new());
    let mut expect = |row: String| {
        if !page.lines().any(|line| line == row) {
            missing.push(row);
        }
    };
    for (at, case) in questions["cases"].as_array().unwrap().iter().enumerate() {
        let label = case["label"].as_str().unwrap().to_owned();
        let outcomes = columns.each_ref().map(|column| [&column.outcomes[at][0], &column.outcomes[at][1]]);
        let is_control = case["control"] == true;
        // A good token that a library refuses makes the rest of its column worthless.
        if is_control
            && outcomes.iter().flatten().any(|one| one["verdict"] != "in" && one["verdict"] != "none")
        {
            problems.push(format!("a good token is refused: {label}"));
        }
        let ours = outcomes[0][0];
        if !is_control && ours["verdict"] != "out" && ours["verdict"] != "redacted" {
            problems.push(format!("countersign accepts: {label}"));
        }
        if let Some(said) = ours["said"].as_str().filter(|said| !said.is_empty()) {
            expect(refusal(&label, said));
        }
        expect(row(&[vec![label], outcomes.map(cell).to_vec()].concat()));
    }
    let names = ["countersign", "jsonwebtoken", "jwt-simple", "PyJWT", "jose"];
    for (name, Column { version, .. }) in names.iter().zip(&columns) {
        if !page.contains(&format!("| {name} | {version} |")) {
            missing.push(format!("| {name} | {version} | ..."));
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
    assert!(missing.is_empty(), "{PAGE} does not have these rows:\n{}", missing.join("\n"));
}
