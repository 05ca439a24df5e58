//! `verify --jsonl`: tokens a second of processor time, a million HS256 tokens of 404 characters through a pipe.
//!
//! `cargo bench -p countersign-cli`. The program runs on one thread, so a second of its processor time is one core's. What
//! is counted is what the system says of it, user and system apart, in hundredths of a second; Linux alone says so in a way
//! that needs no foreign code. There are 1000 tokens that differ, over and over, and each result is counted. Another
//! program's time is not measured here.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a bench, not an interface"
)]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::Instant;

use countersign_signed::{Signer, SigningKey};

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
const TOKENS: usize = 1000;

fn main() {
    // `cargo test --benches` only wants to know that it runs.
    let (rounds, repeats) =
        if std::env::args().any(|argument| argument == "--bench") { (1000, 5) } else { (1, 1) };
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    fs::write(&secret, SECRET).unwrap();
    let block = tokens();
    for _ in 0..repeats {
        let before = processor_time();
        let started = Instant::now();
        run(secret.to_str().unwrap(), &block, rounds);
        let wall = started.elapsed().as_secs_f64();
        let count = (rounds * TOKENS) as f64;
        match (before, processor_time()) {
            (Some(before), Some(after)) => {
                let (user, system) = (after.0 - before.0, after.1 - before.1);
                println!(
                    "{count} tokens: user {user:.2} s, system {system:.2} s, wall {wall:.2} s: {:.0} tokens a second \
                     of user time, {:.0} of user and system",
                    count / user,
                    count / (user + system)
                );
            }
            _ => println!("{count} tokens: wall {wall:.2} s"),
        }
    }
}

/// Tokens that differ in their `jti`, one a line.
fn tokens() -> String {
    let signer = Signer::new(SigningKey::hs256(SECRET).unwrap());
    let mut block = String::new();
    for number in 0..TOKENS {
        let claims = serde_json::json!({
            "iss": "https://login.example.com", "aud": "https://api.example.com", "sub": "user-00000001",
            "exp": 4_102_444_800_u64, "iat": 1_700_000_000, "nbf": 1_700_000_000,
            "jti": format!("{number:022}"), "scope": "orders:read orders:write", "role": "reader",
            "tenant": "example-tenant",
        });
        block.push_str(&signer.sign(&claims).unwrap());
        block.push('\n');
    }
    block
}

fn run(secret: &str, block: &str, rounds: usize) {
    let policy = ["--iss", "https://login.example.com", "--aud", "https://api.example.com"];
    let mut child = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .args(["verify", "--jsonl", "--alg", "HS256", "--secret-file", secret])
        .args(policy)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::with_capacity(1 << 17, child.stdout.take().unwrap());
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for _ in 0..rounds {
                stdin.write_all(block.as_bytes()).unwrap();
            }
        });
        let (mut line, mut count) = (Vec::new(), 0);
        while stdout.read_until(b'\n', &mut line).unwrap() > 0 {
            assert!(line.starts_with(br#"{"claims":{"#));
            line.clear();
            count += 1;
        }
        assert_eq!(count, rounds * TOKENS);
    });
    assert!(child.wait().unwrap().success());
}

/// Of all children that have ended, user and system, in seconds.
fn processor_time() -> Option<(f64, f64)> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // Behind the name, which may have spaces in it: `cutime` is the 16th field of proc(5), `cstime` the 17th, in
    // hundredths of a second on every platform.
    let fields: Vec<_> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let seconds = |at: usize| fields.get(at)?.parse::<f64>().ok().map(|ticks| ticks / 100.0);
    Some((seconds(13)?, seconds(14)?))
}
