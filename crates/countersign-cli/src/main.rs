//! The program `countersign`. Everything is in the library, where it can be tested.

use std::process::ExitCode;

fn main() -> ExitCode {
    countersign_cli::run(std::env::args_os())
}
