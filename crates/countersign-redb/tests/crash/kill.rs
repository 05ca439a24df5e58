//! A process that is killed with SIGKILL while several of its threads write.
//!
//! The child is this test itself, run again with the file's path in a variable. It writes a line to its
//! standard error for each step that was acknowledged; the parent kills it after a random while and believes
//! the lines.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use countersign_redb::RedbStore;
use pollster::block_on;

use crate::random::Random;
use crate::unit::{STEPS, Unit};
use crate::verify::{Ledger, use_sessions, verify};

const FILE: &str = "COUNTERSIGN_CRASH_FILE";
const ROUND: &str = "COUNTERSIGN_CRASH_ROUND";

const THREADS: usize = 6;
const ROUNDS: usize = 200;
/// So many rounds are on one file, each beginning with what the last kill left.
const ROUNDS_ON_ONE_FILE: usize = 8;
/// No child lives to do more, so that none stays should the parent be killed.
const UNITS: usize = 2_000;

#[test]
fn what_was_acknowledged_outlives_a_kill() {
    if let Some(path) = std::env::var_os(FILE) {
        child(&PathBuf::from(path), std::env::var(ROUND).unwrap().parse().unwrap());
        return;
    }
    let mut random = Random::new();
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.redb");
    let (mut kills, mut acknowledged) = (0, 0);
    while kills < ROUNDS {
        let path = folder.path().join(format!("{kills}.redb"));
        let mut ledger = Ledger::default();
        for _ in 0..ROUNDS_ON_ONE_FILE {
            let lifetime = Duration::from_micros(5_000 + random.below(95_000));
            ledger.0.push(run_and_kill(&path, ledger.0.len(), lifetime));
            kills += 1;
            if !path.exists() {
                continue;
            }
            // Sometimes what the kill left is repaired, and sometimes the next child begins with it.
            if random.one_in(2) {
                verify(&RedbStore::open(&path).unwrap(), &ledger);
            } else {
                std::fs::copy(&path, &copy).unwrap();
                verify(&RedbStore::open(&copy).unwrap(), &ledger);
            }
        }
        use_sessions(&RedbStore::open(&path).unwrap(), &ledger);
        acknowledged += ledger.acknowledged();
        std::fs::remove_file(&path).unwrap();
    }
    println!("{kills} kills, {acknowledged} acknowledged operations");
    assert!(acknowledged > 20 * ROUNDS, "the children did next to nothing");
}

/// Runs a child for so long. Returns the number of acknowledged steps of each thread.
fn run_and_kill(path: &Path, round: usize, lifetime: Duration) -> Vec<usize> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::what_was_acknowledged_outlives_a_kill", "--nocapture"])
        .env(FILE, path)
        .env(ROUND, round.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = child.stderr.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        lines.read_to_string(&mut text).unwrap();
        text
    });
    std::thread::sleep(lifetime);
    child.kill().unwrap();
    let status = child.wait().unwrap();
    let text = reader.join().unwrap();
    assert!(status.code().is_none(), "the child ended by itself: {text}");
    let mut steps = vec![0; THREADS];
    for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
        let Some((thread, step)) = line.split_once(' ') else { panic!("the child said {line}") };
        let (thread, step): (usize, usize) = (thread.parse().unwrap(), step.parse().unwrap());
        assert_eq!(step, steps[thread], "an acknowledgement is missing");
        steps[thread] += 1;
    }
    steps
}

fn child(path: &Path, round: usize) {
    let store = RedbStore::open(path).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let store = &store;
            scope.spawn(move || {
                for number in 0..UNITS {
                    for step in 0..STEPS {
                        block_on(Unit { round, thread, number }.run(store, step)).unwrap();
                        // One write, so that no line of another thread comes into it.
                        let line = format!("{thread} {}\n", number * STEPS + step);
                        std::io::stderr().write_all(line.as_bytes()).unwrap();
                    }
                }
            });
        }
    });
}
