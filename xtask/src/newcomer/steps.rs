//! What the README tells a newcomer to do. A block that is not understood is an error, so that none goes unchecked.

use crate::markdown::Block;

/// The README's commands that are run elsewhere, and why not here.
const ELSEWHERE: &[(&str, &str)] = &[
    ("cargo xtask demo", "because CI runs it, in both builds"),
    ("cargo xtask test", "because CI begins with it, and would run within itself"),
];

/// All that the README tells to do.
#[derive(Debug)]
pub(super) struct Steps<'a> {
    /// Commands that are left to others, with the reason.
    pub(super) elsewhere: Vec<(&'static str, &'static str)>,
    pub(super) programs: Vec<Program<'a>>,
}

/// A program to copy.
#[derive(Debug, PartialEq)]
pub(super) struct Program<'a> {
    /// The line where its source begins.
    pub(super) line: usize,
    /// For `Cargo.toml`.
    pub(super) dependencies: &'a str,
    /// For `src/main.rs`.
    pub(super) source: &'a str,
    /// What it prints, with `...` for what differs from run to run.
    pub(super) output: &'a str,
}

/// Reads the blocks: `sh` has commands, and each program is a `toml`, a `rust` and a `text` block in this order.
pub(super) fn read<'a>(blocks: &'a [Block<'_>]) -> Result<Steps<'a>, String> {
    let mut elsewhere = Vec::new();
    let mut parts = Vec::new();
    for block in blocks {
        match block.language {
            "sh" => {
                for line in block.text.lines() {
                    elsewhere.extend(command(line).map_err(|line| at(block, &line))?);
                }
            }
            "toml" | "rust" | "text" => parts.push(block),
            language => return Err(at(block, &format!("nobody checks blocks in \"{language}\""))),
        }
    }
    let mut programs = Vec::new();
    for part in parts.chunks(3) {
        match part {
            [toml, rust, text]
                if (toml.language, rust.language, text.language) == ("toml", "rust", "text") =>
            {
                programs.push(Program {
                    line: rust.line,
                    dependencies: &toml.text,
                    source: &rust.text,
                    output: &text.text,
                });
            }
            [first, ..] => {
                return Err(at(
                    first,
                    "a program is a toml, a rust and a text block: dependencies, source, output",
                ));
            }
            [] => {}
        }
    }
    if programs.is_empty() {
        return Err("README.md: no program to copy".to_owned());
    }
    Ok(Steps { elsewhere, programs })
}

/// Finds a line of `sh` among the known commands; a blank one is none.
fn command(line: &str) -> Result<Option<(&'static str, &'static str)>, String> {
    let text = line.split_once(" #").map_or(line, |(text, _)| text).trim();
    if text.is_empty() {
        return Ok(None);
    }
    let known = ELSEWHERE.iter().find(|(command, _)| *command == text);
    known.copied().map(Some).ok_or_else(|| format!("nobody runs the command \"{text}\""))
}

fn at(block: &Block<'_>, message: &str) -> String {
    format!("README.md, the block of line {}: {message}", block.line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown::Document;

    const PROGRAM: &str = "```toml\nd\n```\n```rust\ns\n```\n```text\no\n```\n";

    #[test]
    fn a_program_is_three_blocks_and_commands_may_stand_between() {
        let text =
            format!("```sh\ncargo xtask demo  # the story\n\ncargo xtask test\n```\n{PROGRAM}{PROGRAM}");
        let document = Document::parse(&text);
        let steps = read(&document.blocks).unwrap();
        assert_eq!(steps.elsewhere, ELSEWHERE);
        let program = |line| Program { line, dependencies: "d\n", source: "s\n", output: "o\n" };
        assert_eq!(steps.programs, [program(9), program(18)]);
    }

    #[test]
    fn a_block_that_nobody_checks_is_an_error() {
        for (text, message) in [
            ("```python\n```", "line 1: nobody checks blocks in \"python\""),
            ("```rust,no_run\n```", "line 1: nobody checks blocks in \"rust,no_run\""),
            ("```\n```", "line 1: nobody checks blocks in \"\""),
            ("```sh\ncurl x\n```", "line 1: nobody runs the command \"curl x\""),
            ("```sh\ncargo xtask demo --serve\n```", "nobody runs the command \"cargo xtask demo --serve\""),
            ("```rust\n```", "line 1: a program is a toml"),
            ("```toml\n```\n```rust\n```", "line 1: a program is a toml"),
            ("```rust\n```\n```toml\n```\n```text\n```", "line 1: a program is a toml"),
            ("nothing", "no program to copy"),
        ] {
            let error = read(&Document::parse(text).blocks).unwrap_err();
            assert!(error.contains(message), "{text}: {error}");
            let error = read(&Document::parse(&format!("{PROGRAM}\n{text}")).blocks).err();
            assert_eq!(error.is_none(), text == "nothing", "{text}, after a whole program");
        }
    }
}
