//! `countersign verify --jsonl`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

use crate::program::{Folder, command, run, run_with};
use crate::vectors::{HS256_KEY, HS256_TOKEN};

const VERIFY: [&str; 6] = ["verify", "--jsonl", "--iss", "joe", "--at", "@1300819379"];

#[test]
fn each_line_has_its_result_in_its_place() {
    let folder = Folder::new();
    let key = folder.file("key", HS256_KEY);
    let long = "a".repeat(40_000);
    let input = format!("{HS256_TOKEN}\n\n{HS256_TOKEN}\r\n{long}\na.b\n{}\n{HS256_TOKEN}", "\u{e9}");
    let ended = run_with(&[&VERIFY[..], &["--key", &key]].concat(), input.as_bytes());
    let good = r#"{"claims":{"iss":"joe",   "exp":1300819380,   "http://example.com/is_root":true}}"#;
    let expected = [
        good,
        r#"{"error":"malformed-token"}"#,
        good,
        r#"{"error":"token-too-long"}"#,
        r#"{"error":"malformed-token"}"#,
        r#"{"error":"malformed-token"}"#,
        good,
    ];
    assert_eq!(ended.out.lines().collect::<Vec<_>>(), expected);
    assert_eq!((ended.status, ended.err.as_str()), (1, ""));

    let ended = run_with(&[&VERIFY[..], &["--key", &key]].concat(), format!("{HS256_TOKEN}\n").as_bytes());
    assert_eq!((ended.status, ended.out), (0, format!("{good}\n")));
    let dash = run_with(&[&VERIFY[..], &["--key", &key, "-"]].concat(), HS256_TOKEN.as_bytes());
    assert_eq!((dash.status, dash.out), (0, format!("{good}\n")));
    let none = run(&[&VERIFY[..], &["--key", &key]].concat());
    assert_eq!((none.status, none.out.as_str()), (0, ""));
}

#[test]
fn a_claim_that_fails_is_named() {
    let folder = Folder::new();
    let key = folder.file("key", HS256_KEY);
    let verify = ["verify", "--jsonl", "--iss", "joe", "--key", &key];
    let ended = run_with(&verify, HS256_TOKEN.as_bytes());
    assert_eq!((ended.status, ended.out.as_str()), (1, "{\"error\":\"expired\",\"claim\":\"exp\"}\n"));
    let not_text = run_with(&verify, b"\xff\n");
    assert_eq!((not_text.status, not_text.out.as_str()), (1, "{\"error\":\"malformed-token\"}\n"));
}

/// Tokens of several `kid`s, or none, under one key without a name, in any order.
#[test]
fn an_unnamed_key_serves_all_kids() {
    let folder = Folder::new();
    let mut tokens = Vec::new();
    let named = folder.name("a");
    run(&["keygen", "--alg", "HS256", "--kid", "a", "--out", &named]);
    let text = std::fs::read_to_string(folder.path("a")).unwrap();
    let unnamed = folder.file("unnamed", text.replace(r#","kid":"a""#, ""));
    for kid in ["a", "b"] {
        let key = folder.file("key", text.replace(r#""kid":"a""#, &format!(r#""kid":"{kid}""#)));
        tokens.push(run(&["sign", "--key", &key, "--expires-in", "5m"]).line());
    }
    tokens.push(run(&["sign", "--key", &unnamed, "--expires-in", "5m"]).line());
    let order = [0, 1, 0, 2, 1, 2, 2, 0];
    let input: String = order.iter().map(|at| format!("{}\n", tokens[*at])).collect();
    let ended = run_with(&["verify", "--jsonl", "--key", &unnamed], input.as_bytes());
    assert_eq!((ended.status, ended.out.lines().count()), (0, order.len()), "{}", ended.out);
    for line in ended.out.lines() {
        let result: Value = serde_json::from_str(line).unwrap();
        assert!(result["claims"]["exp"].is_i64(), "{line}");
    }
}

/// The other end may wait for each answer before it asks again.
#[test]
fn an_answer_comes_before_the_next_question() {
    let folder = Folder::new();
    let key = folder.file("key", HS256_KEY);
    let mut command = command(&[&VERIFY[..], &["--key", &key]].concat());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let (sender, answers) = mpsc::channel();
    std::thread::spawn(move || stdout.lines().try_for_each(|line| sender.send(line.unwrap())));
    for _ in 0..3 {
        stdin.write_all(format!("{HS256_TOKEN}\n").as_bytes()).unwrap();
        let Ok(line) = answers.recv_timeout(Duration::from_secs(60)) else {
            child.kill().unwrap();
            panic!("there is no answer");
        };
        assert!(line.starts_with(r#"{"claims":"#), "{line}");
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let folder = Folder::new();
    let key = folder.file("key", HS256_KEY);
    let mut command = command(&[&VERIFY[..], &["--key", &key]].concat());
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().unwrap();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    let line = format!("{HS256_TOKEN}\n");
    // Until it has noticed and gone.
    while stdin.write_all(line.as_bytes()).is_ok() {}
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(141), ""));
}
