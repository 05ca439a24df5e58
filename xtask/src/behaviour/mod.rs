//! `cargo xtask behaviour`: what countersign and its peers take and refuse, asked of them and written down as a page of
//! the guide.
//!
//! The Rust contenders are a program of `benches/compare`, one process each; PyJWT and jose are asked in their own
//! languages. `--check` writes nothing, measures nothing, and fails if the page says anything else. A peer outside of
//! Rust that cannot be had keeps its column, out of what it did last (`benches/results/behaviour.json`); in CI it must
//! be had.

mod findings;
mod junk;
mod layout;
mod notes;
mod page;
mod peers;
mod text;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use findings::{Case, Contender, Findings};
use junk::Junk;
use peers::Answer;
use serde_json::{Value, json};

const OURS: &str = "countersign";
const PAGE: &str = "crates/countersign/src/guide/behaviour.md";
const KEPT: &str = "benches/results/behaviour.json";
const MANIFEST: &str = "benches/compare/Cargo.toml";
const PROGRAM: &str = "countersign-behaviour";
const BACK_ENDS: [&str; 2] = ["rust_crypto", "aws_lc_rs"];

/// How a peer outside of Rust is asked.
type Ask = fn(&Value) -> Result<Answer, String>;

const OUTSIDE: [(&str, Ask); 2] = [("PyJWT", peers::pyjwt), ("jose", peers::jose)];

/// Asks everybody, and writes the page or compares it.
pub(crate) fn run<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<(), String> {
    match (words.next(), words.next()) {
        (None, _) => write(),
        (Some("--check"), None) => check(),
        _ => Err(crate::USAGE.to_owned()),
    }
}

fn write() -> Result<(), String> {
    let program = build(true)?;
    let questions = asked(&program, &["questions"])?;
    let (findings, outside) = find(&program, &questions)?;
    println!("-- measuring how long ten megabytes of junk take");
    let mut junk = Junk::here(&questions["shapes"])?;
    let contenders = [
        (OURS, OURS),
        ("jsonwebtoken (rust_crypto)", "rust_crypto"),
        ("jsonwebtoken (aws_lc_rs)", "aws_lc_rs"),
    ];
    for (name, word) in contenders.into_iter().chain([("jwt-simple", "jwt-simple")]) {
        let measured = asked(&program, &["junk", word])?;
        let milliseconds = measured.as_array().into_iter().flatten().filter_map(Value::as_f64);
        junk.columns.push((name.to_owned(), milliseconds.collect()));
    }
    junk.columns.extend(outside);
    let page = page::write(&findings, &junk);
    for (file, text) in [(PAGE, &page), (KEPT, &findings.write(&OUTSIDE.map(|(name, _)| name)))] {
        let path = crate::cargo::root().join(file);
        let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
        folder.and_then(|()| fs::write(&path, text)).map_err(|error| format!("{file}: {error}"))?;
    }
    println!("\n{page}\nwritten: {PAGE}, {KEPT}");
    Ok(())
}

fn check() -> Result<(), String> {
    let program = build(false)?;
    println!("-- the tests of its tokens");
    // Of a workspace of its own, which nothing else tests.
    let tests = ["test", "--quiet", "--locked", "--workspace", "--manifest-path", MANIFEST, "--bin", PROGRAM];
    let status = crate::cargo::command(&tests).status().map_err(|error| error.to_string())?;
    if !status.success() {
        return Err("the tests of the comparison of behaviour failed".to_owned());
    }
    let mut questions = asked(&program, &["questions"])?;
    questions["shapes"] = json!([]);
    let (findings, _) = find(&program, &questions)?;
    let found = page::write(&findings, &Junk::here(&json!([]))?);
    let differences = page::differences(&read(PAGE)?, &found);
    if !differences.is_empty() {
        let lines = differences.join("\n");
        return Err(format!("{PAGE} is not what was found; cargo xtask behaviour writes it anew:\n{lines}"));
    }
    if read(KEPT)? != findings.write(&OUTSIDE.map(|(name, _)| name)) {
        return Err(format!("{KEPT} is not what was found; cargo xtask behaviour writes it anew"));
    }
    println!("{} cases, {} contenders: as the page says", findings.cases.len(), findings.contenders.len());
    Ok(())
}

/// The program, for measuring or only to be asked.
fn build(measured: bool) -> Result<PathBuf, String> {
    println!("-- building the comparison of behaviour");
    if measured {
        let arguments = ["--manifest-path", MANIFEST, "--package", PROGRAM];
        return crate::cargo::build_measured(PROGRAM, &arguments, false);
    }
    // Of the whole workspace only this program is built, but with the features that its lints are checked with: so what
    // build scripts have made for these, aws-lc above all, is there already on CI.
    let arguments = ["build", "--locked", "--workspace", "--manifest-path", MANIFEST];
    crate::cargo::build(PROGRAM, &mut crate::cargo::command(&arguments))
}

/// Milliseconds for each shape of junk, by a contender's name.
type Measured = Vec<(String, Vec<f64>)>;

/// Everybody's outcomes, and what peers outside of Rust measured: the others do so when they are asked for it.
fn find(program: &Path, questions: &Value) -> Result<(Findings, Measured), String> {
    let cases = findings::cases(&questions["cases"])?;
    let lock = read("benches/compare/Cargo.lock")?;
    let version = |name: &str| version(&lock, name).ok_or(format!("the lock file has no {name}"));
    println!("-- asking {} cases of everybody", cases.len());
    let judge = |word: &str| asked(program, &["judge", word]);
    let mut contenders = vec![Contender::read(OURS, &version("countersign-signed")?, &judge(OURS)?)?];
    let [first, second] = BACK_ENDS;
    contenders.push(both(
        Contender::read("jsonwebtoken", &version("jsonwebtoken")?, &judge(first)?)?,
        &Contender::read("jsonwebtoken", "", &judge(second)?)?,
    ));
    contenders.push(Contender::read("jwt-simple", &version("jwt-simple")?, &judge("jwt-simple")?)?);
    let mut measured = Vec::new();
    for (name, ask) in OUTSIDE {
        match ask(questions) {
            Ok(answer) => {
                contenders.push(Contender::read(name, &answer.version, &answer.outcomes)?);
                measured.push((name.to_owned(), answer.milliseconds));
            }
            Err(error) if std::env::var("CI").as_deref() == Ok("true") => {
                return Err(format!("{name}: {error}"));
            }
            Err(error) => {
                println!("-- {name} cannot be had: {error}");
                contenders.extend(last(name, &cases));
            }
        }
    }
    let findings = Findings { cases, contenders };
    let problems = findings.problems();
    if problems.is_empty() { Ok((findings, measured)) } else { Err(problems.join("\n")) }
}

/// A peer that cannot be had, as it was found last.
fn last(name: &str, cases: &[Case]) -> Option<Contender> {
    let kept: Value = read(KEPT).ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let contender = findings::kept(name, cases, &kept);
    match &contender {
        Some(contender) => println!("   its column is what {} did last", contender.version),
        None => println!("   and it was never asked these cases: it has no column"),
    }
    contender
}

/// One column of a library with two back ends: where they differ, both are told.
fn both(mut first: Contender, second: &Contender) -> Contender {
    let [one, other] = BACK_ENDS;
    for (pair, others) in first.outcomes.iter_mut().zip(&second.outcomes) {
        for (outcome, another) in pair.iter_mut().zip(others) {
            if outcome != another {
                outcome.note = format!("on {one}; {} on {other}", another.verdict);
            }
        }
    }
    first
}

/// Runs the program, and reads the JSON that it prints.
fn asked(program: &Path, arguments: &[&str]) -> Result<Value, String> {
    let output = Command::new(program)
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("the comparison could not be started: {error}"))?;
    if !output.status.success() {
        return Err(format!("the comparison failed: {}", arguments.join(" ")));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("{}: {error}", arguments.join(" ")))
}

/// Of a crate that the lock file has once.
fn version(lock: &str, name: &str) -> Option<String> {
    let (_, rest) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    rest.split_once('"').map(|(version, _)| version.to_owned())
}

fn read(file: &str) -> Result<String, String> {
    fs::read_to_string(crate::cargo::root().join(file)).map_err(|error| format!("{file}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::findings::tests::findings;
    use super::*;

    #[test]
    fn back_ends_that_differ_are_both_told() {
        let contender = findings().contenders.remove(1);
        assert_eq!(both(contender.clone(), &contender), contender);
        let mut second = contender.clone();
        second.outcomes[0][0].verdict = "out".into();
        assert_eq!(both(contender, &second).cell(0), "in, on rust_crypto; out on aws_lc_rs (told: in)");
    }

    #[test]
    fn a_version_is_that_of_the_lock_file() {
        let lock = "[[package]]\nname = \"jsonwebtoken\"\nversion = \"11.1.0\"\nsource = \"registry\"\n";
        assert_eq!(version(lock, "jsonwebtoken").as_deref(), Some("11.1.0"));
        assert_eq!(version(lock, "jwt-simple"), None);
    }
}
