//! `cargo xtask newcomer`: follows the README as somebody does who has never seen the project.
//!
//! Its blocks are taken as they are printed: a new project outside of the workspace, the dependencies, the program,
//! and what `cargo run` must print. The documentation tests compile the same program, but inside the workspace, with
//! its features and its profile, and nobody compares there what it prints.
//!
//! The programs of the crates' own READMEs are documentation tests and no more: they are parts, to be put into
//! something.

mod output;
mod project;
mod steps;

use crate::markdown::Document;

/// Follows the README.
pub(crate) fn run<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<(), String> {
    if words.next().is_some() {
        return Err(crate::USAGE.to_owned());
    }
    println!("\n-- the README, as a newcomer follows it");
    let path = crate::cargo::root().join("README.md");
    let readme = std::fs::read_to_string(path).map_err(|error| format!("README.md: {error}"))?;
    let document = Document::parse(&readme);
    let steps = steps::read(&document.blocks)?;
    for (command, reason) in &steps.elsewhere {
        println!("   {command}: not run here, {reason}");
    }
    project::fetch()?;
    for program in &steps.programs {
        println!("   the program of line {}: cargo run", program.line);
        let told = |message| format!("README.md, the program of line {}: {message}", program.line);
        let printed = project::run(program).map_err(told)?;
        output::compare(program.output, &printed).map_err(told)?;
        println!("   prints what the README says");
    }
    Ok(())
}
