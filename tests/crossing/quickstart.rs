//! Follows the README as a newcomer does: a new project outside of the workspace, the blocks as they are printed, and
//! `cargo run` must print what the README says.
//!
//! Three things differ from a newcomer's project: the crates come from this checkout, the lock file starts as the
//! workspace's, and the workspace's profile is used, so that the target folder has most dependencies already.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The README's commands, which are run elsewhere: CI runs both.
const COMMANDS: [&str; 2] = ["cargo xtask demo", "cargo xtask test"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Language and text of each block.
fn blocks(document: &str) -> Vec<(&str, &str)> {
    let parts: Vec<&str> = document.split("\n```").collect();
    assert!(parts.len() % 2 == 1, "a block has no end");
    parts.iter().skip(1).step_by(2).map(|block| block.split_once('\n').unwrap_or((block, ""))).collect()
}

/// Runs cargo in a folder outside of the workspace, and returns its standard output.
fn cargo(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(folder).args(arguments).env("CARGO_TARGET_DIR", root().join("target"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "cargo {arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Makes the project and returns what it prints.
fn run(dependencies: &str, source: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    cargo(folder.path(), &["new", "--quiet", "--vcs", "none", "quickstart"]);
    let project = folder.path().join("quickstart");
    let made = fs::read_to_string(project.join("Cargo.toml")).unwrap();
    let head = made.trim_end().strip_suffix("[dependencies]").expect("an empty table at the end");
    let workspace = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let profile = &workspace[workspace.find("[profile.dev]").expect("a profile")..];
    let mut manifest = format!("{head}{dependencies}\n\n{profile}\n[patch.crates-io]\n");
    for name in dependencies.lines().filter_map(|line| line.split(['=', '.', ' ']).next()) {
        let path = root().join("crates").join(name);
        if name.starts_with("countersign") {
            manifest.push_str(&format!("{name} = {{ path = {path:?} }}\n"));
        }
    }
    fs::write(project.join("Cargo.toml"), manifest).unwrap();
    fs::write(project.join("src/main.rs"), source).unwrap();
    fs::copy(root().join("Cargo.lock"), project.join("Cargo.lock")).unwrap();
    cargo(&project, &["run", "--quiet", "--offline"])
}

/// Whether a line has the form of a pattern, in which `...` stands for one character or more.
fn fits(pattern: &str, line: &str) -> bool {
    let Some((start, rest)) = pattern.split_once("...") else { return pattern == line };
    let Some(line) = line.strip_prefix(start) else { return false };
    line.char_indices().any(|(at, character)| fits(rest, &line[at + character.len_utf8()..]))
}

#[test]
fn readme_programs_print_what_the_readme_says() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let blocks = blocks(&readme);
    let (commands, programs): (Vec<_>, Vec<_>) =
        blocks.into_iter().partition(|(language, _)| *language == "sh");
    for line in commands.iter().flat_map(|(_, text)| text.lines()) {
        let command = line.split(" #").next().unwrap().trim();
        assert!(command.is_empty() || COMMANDS.contains(&command), "nothing runs this command: {command}");
    }
    assert!(!programs.is_empty());
    for program in programs.chunks(3) {
        let [("toml", dependencies), ("rust", source), ("text", expected)] = program else {
            panic!("a program is a toml, a rust and a text block: {program:?}");
        };
        let printed = run(dependencies, source);
        let (expected, printed): (Vec<_>, Vec<_>) = (expected.lines().collect(), printed.lines().collect());
        let is_same = expected.len() == printed.len()
            && expected.iter().zip(&printed).all(|(pattern, line)| fits(pattern, line));
        assert!(is_same, "the README says\n{expected:#?}\nand the program prints\n{printed:#?}");
    }
}

#[test]
fn pattern_leaves_open_what_differs_and_nothing_else() {
    for (pattern, line) in [("a", "a"), ("\"e...\"", "\"eyJ\""), ("...ab...", "ababa")] {
        assert!(fits(pattern, line), "{pattern}: {line}");
    }
    for (pattern, line) in [("a", "a "), ("\"e...\"", "\"e\""), ("...", ""), ("...ab...", "abab")] {
        assert!(!fits(pattern, line), "{pattern}: {line}");
    }
}
