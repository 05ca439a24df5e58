//! `countersign completions`: scripts for shells.

use clap::{Args, CommandFactory as _};
use clap_complete::{Shell, generate};

use crate::cli::Cli;
use crate::failure::Failure;
use crate::sink::print;

/// Prints the completions of a shell.
#[derive(Debug, Args)]
pub(crate) struct Options {
    shell: Shell,
}

impl Options {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let mut script = Vec::new();
        generate(self.shell, &mut Cli::command(), "countersign", &mut script);
        print(&script)
    }
}
