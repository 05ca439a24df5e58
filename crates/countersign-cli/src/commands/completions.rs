//! `countersign completions`: scripts for shells.

use clap::{Args, Command};
use clap_complete::{Shell, generate};

use crate::failure::Failure;
use crate::sink::print;

/// Prints the completions of a shell.
#[derive(Debug, Args)]
pub(crate) struct Options {
    shell: Shell,
}

impl Options {
    pub(crate) fn run(&self, command: &mut Command) -> Result<(), Failure> {
        let mut script = Vec::new();
        generate(self.shell, command, "countersign", &mut script);
        print(&script)
    }
}
