//! The command `countersign`, as a library that its tests can call.
//!
//! It stands on the public crates alone and adds no rule of its own to theirs: what is refused there is refused
//! here, under a [code](Code) that scripts can go by. A module for each command; what they share is beside
//! them.
//!
//! It is no API to build on. The commands, their codes and their exit statuses are, and the README lists them.

mod cli;
mod code;
mod commands;
mod failure;
mod instant;
mod jsonl;
mod judge;
mod keys;
mod members;
mod pretty;
mod sink;
mod source;
#[cfg(any(feature = "postgres", feature = "redb", feature = "redis"))]
mod store;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;

pub use code::{Code, SIGNED_CODES};
use failure::Failure;
use source::is_secret;

/// Runs the command with these arguments, the program's name first, on the process's standard streams.
///
/// The status is 0; or 1 where a token or a key was refused; or 2 where the question could not be answered:
/// a wrong usage, an unreadable key, a store out of reach; or 141 where whoever read the output went away.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<_> = arguments.into_iter().collect();
    let cli = match cli::Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error)
            if error.use_stderr() && arguments.iter().any(|word| word.to_str().is_some_and(is_secret)) =>
        {
            // What the parser says repeats the word that it does not understand.
            let failure =
                Failure::usage("the arguments cannot be read, and have a key or a password in them");
            return end(&failure);
        }
        Err(error) => {
            // Help goes to standard output and is no error.
            let printed = error.print().is_ok();
            return ExitCode::from(if error.use_stderr() || !printed { 2 } else { 0 });
        }
    };
    match cli.command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => end(&failure),
    }
}

fn end(failure: &Failure) -> ExitCode {
    if let Some(line) = failure.line() {
        // Nobody is left to be told if this fails.
        let _ = writeln!(io::stderr(), "{line}");
    }
    ExitCode::from(failure.status())
}
