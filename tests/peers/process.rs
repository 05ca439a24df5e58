//! Programs of others, asked in JSON.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

/// Runs it to its end, which must be a good one.
pub(crate) fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Hands it one JSON text on its standard input, and reads the JSON that it prints.
pub(crate) fn ask(command: &mut Command, question: &Value) -> Value {
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().unwrap();
    // It may end without reading: its status says then whether that was well.
    let written = child.stdin.take().unwrap().write_all(question.to_string().as_bytes());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{written:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}
