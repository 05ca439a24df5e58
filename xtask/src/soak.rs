//! `cargo xtask soak`: more random histories than the tests take time for.

use std::process::Command;

use crate::cargo::command;

/// The variable that the tests read the number from.
const HISTORIES: &str = "COUNTERSIGN_HISTORIES";

const LIFE: &[&str] = &["test", "--release", "--package", "countersign-tests", "--test", "life"];

/// Runs the histories on every engine, in a release build.
pub(crate) fn run<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let histories = match (words.next(), words.next(), words.next()) {
        (None, ..) => 200_000,
        (Some("--histories"), Some(number), None) => {
            number.parse::<u32>().map_err(|error| format!("--histories {number}: {error}"))?
        }
        _ => return Err(crate::USAGE.to_owned()),
    };
    let mut tests: Command = command(LIFE);
    tests.args(["--", "--nocapture", "histories"]).env(HISTORIES, histories.to_string());
    let status = tests.status().map_err(|error| error.to_string())?;
    if status.success() { Ok(()) } else { Err("a history went otherwise than the model".to_owned()) }
}
