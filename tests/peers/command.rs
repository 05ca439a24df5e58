//! The command `countersign`, built once, and its verdicts on tokens.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

use crate::agreement::{Case, Key};

/// Cargo knows where it puts the program, which is not this package's.
fn program() -> &'static PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let build = ["build", "--quiet", "--locked", "--package", "countersign-cli", "--no-default-features"];
        let output = Command::new(env!("CARGO"))
            .args(build)
            .args(["--bin", "countersign", "--message-format=json-render-diagnostics"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let messages = String::from_utf8(output.stdout).unwrap();
        let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mut programs = messages.filter_map(|message| message["executable"].as_str().map(PathBuf::from));
        programs.next().unwrap()
    })
}

/// The verdict on each case: `accepted`, or the code of the refusal. Cases of one key and one policy go through one
/// `verify --jsonl`, but tokens with an end of a line in them, which go alone.
pub(crate) fn verdicts(cases: &[Case]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut verdicts = vec![String::new(); cases.len()];
    let mut together: BTreeMap<Vec<String>, Vec<usize>> = BTreeMap::new();
    for (at, case) in cases.iter().enumerate() {
        let arguments = arguments(case, &folder, at);
        if case.token.contains('\n') {
            verdicts[at] = alone(&arguments, &case.token);
        } else {
            together.entry(arguments).or_default().push(at);
        }
    }
    for (arguments, places) in together {
        let tokens: Vec<&str> = places.iter().map(|at| cases[*at].token.as_str()).collect();
        for (at, verdict) in places.iter().zip(all(&arguments, &tokens)) {
            // Both ways have to come to the same.
            assert_eq!(
                alone(&arguments, &cases[*at].token),
                verdict,
                "{}: {}",
                cases[*at].row,
                cases[*at].name
            );
            verdicts[*at] = verdict;
        }
    }
    verdicts
}

fn arguments(case: &Case, folder: &TempDir, at: usize) -> Vec<String> {
    let Key { form, text } = &case.key;
    let (option, bytes) = match form.as_str() {
        "secret" => ("--secret-file", unhex(text)),
        "jwks" => ("--jwks", text.clone().into_bytes()),
        _ => ("--key", text.clone().into_bytes()),
    };
    // Equal keys in one file, so that equal arguments are one group.
    let known = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let known = known.into_iter().find(|path| fs::read(path).unwrap() == bytes);
    let file = known.unwrap_or_else(|| {
        let file = folder.path().join(at.to_string());
        fs::write(&file, &bytes).unwrap();
        file
    });
    let mut arguments = vec!["verify".to_owned(), option.to_owned(), file.to_str().unwrap().to_owned()];
    arguments.extend(["--alg".to_owned(), case.alg.clone()]);
    for claim in ["iss", "aud"] {
        match case.policy.get(claim) {
            Some(value) => arguments.extend([format!("--{claim}"), value.clone()]),
            None => arguments.push(format!("--any-{claim}")),
        }
    }
    arguments
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digits).collect()
}

fn run(arguments: &[String], more: &[&str], input: &str) -> Output {
    let mut command = Command::new(program());
    command.args(arguments).args(more);
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // Beside the reading. It may end without reading all of it.
    let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn code(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().find(|line| !line.starts_with("warning: ")).unwrap_or_default();
    line.split(':').next().unwrap_or_default().to_owned()
}

fn alone(arguments: &[String], token: &str) -> String {
    let output = run(arguments, &[], token);
    match output.status.code() {
        Some(0) => "accepted".to_owned(),
        // A key that is refused refuses the token.
        Some(1 | 2) => code(&output),
        _ => panic!("{output:?}"),
    }
}

fn all(arguments: &[String], tokens: &[&str]) -> Vec<String> {
    let output = run(arguments, &["--jsonl"], &format!("{}\n", tokens.join("\n")));
    if output.status.code() == Some(2) {
        return vec![code(&output); tokens.len()];
    }
    let results = String::from_utf8(output.stdout).unwrap();
    let results: Vec<Value> = results.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(results.len(), tokens.len());
    results.iter().map(|result| result["error"].as_str().unwrap_or("accepted").to_owned()).collect()
}
