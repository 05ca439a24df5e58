//! The peers outside of Rust: PyJWT and npm's jose, installed as the tests with peers install them, into the same
//! folders.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

/// The one place that says which versions of Python's packages are compared with.
const PYTHON_PINS: &str = include_str!("../../../tests/peers/python.rs");
const NODE_LOCK: &str = include_str!("../../../tests/peers/node/package-lock.json");
const NODE_PACKAGE: &str = include_str!("../../../tests/peers/node/package.json");

/// What a peer answered.
pub(super) struct Answer {
    pub(super) version: String,
    pub(super) outcomes: Value,
    /// For each shape of junk.
    pub(super) milliseconds: Vec<f64>,
}

impl Answer {
    fn read(version: &str, answer: &Value) -> Self {
        let milliseconds = answer["milliseconds"].as_array().into_iter().flatten();
        Self {
            version: version.to_owned(),
            outcomes: answer["outcomes"].clone(),
            milliseconds: milliseconds.filter_map(Value::as_f64).collect(),
        }
    }
}

/// Fails where there is no Python that can make a virtual environment, or no package index.
pub(super) fn pyjwt(question: &Value) -> Result<Answer, String> {
    let (pyjwt, cryptography) = pins(PYTHON_PINS).ok_or("tests/peers/python.rs names no versions")?;
    let folder = folder("pyjwt");
    let python = folder.join("bin/python");
    let versions = format!(
        "import jwt, cryptography; assert (jwt.__version__, cryptography.__version__) == ('{pyjwt}', '{cryptography}')"
    );
    let look = || run(Command::new(&python).args(["-c", &versions]));
    if look().is_err() {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
        let packages = [format!("pyjwt=={pyjwt}"), format!("cryptography=={cryptography}")];
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(packages))?;
        look()?;
    }
    let answer = ask(Command::new(&python).args(["-c", include_str!("pyjwt.py")]), question)?;
    Ok(Answer::read(pyjwt, &answer))
}

/// Fails where there is no Node with npm, or no registry.
pub(super) fn jose(question: &Value) -> Result<Answer, String> {
    let lock: Value = serde_json::from_str(NODE_LOCK).map_err(|error| error.to_string())?;
    let locked = &lock["packages"]["node_modules/jose"]["version"];
    let folder = folder("jose");
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    // Node looks for packages from where a script lies.
    for (name, text) in [
        ("package.json", NODE_PACKAGE),
        ("package-lock.json", NODE_LOCK),
        ("behaviour.mjs", include_str!("jose.mjs")),
    ] {
        fs::write(folder.join(name), text).map_err(|error| format!("{name}: {error}"))?;
    }
    let is_there = || {
        let package = fs::read(folder.join("node_modules/jose/package.json")).ok()?;
        Some(serde_json::from_slice::<Value>(&package).ok()?["version"] == *locked)
    };
    if is_there() != Some(true) {
        let install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"];
        run(Command::new("npm").args(install).current_dir(&folder))?;
    }
    let answer = ask(Command::new("node").arg("behaviour.mjs").current_dir(&folder), question)?;
    Ok(Answer::read(locked.as_str().unwrap_or_default(), &answer))
}

/// Where the tests with peers have theirs.
fn folder(name: &str) -> PathBuf {
    crate::cargo::root().join("target/tmp").join(name)
}

/// Of PyJWT and `cryptography`.
fn pins(text: &str) -> Option<(&str, &str)> {
    let pin = |name: &str| {
        let value = text.lines().find_map(|line| line.strip_prefix(&format!("const {name}: &str = \"")))?;
        value.strip_suffix("\";")
    };
    Some((pin("PYJWT")?, pin("CRYPTOGRAPHY")?))
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim()))
    }
}

/// Hands it one JSON text on its standard input, and reads the JSON that it prints.
fn ask(command: &mut Command, question: &Value) -> Result<Value, String> {
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut child = pipes.spawn().map_err(|error| error.to_string())?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(question.to_string().as_bytes()).map_err(|error| error.to_string())?;
    }
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err("a peer failed".to_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_versions_are_those_of_the_tests_with_peers() {
        let text = "const PYJWT: &str = \"2.1\";\nconst CRYPTOGRAPHY: &str = \"5.0\";\n";
        assert_eq!(pins(text), Some(("2.1", "5.0")));
        assert_eq!(pins("const PYJWT: &str = \"2.1\";"), None);
        assert!(pins(PYTHON_PINS).is_some());
    }
}
