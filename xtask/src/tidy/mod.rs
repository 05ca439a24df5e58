//! `cargo xtask tidy`: what neither the compiler nor the tests would notice. A part of `cargo xtask test`, and the
//! first, since it compiles nothing.
//!
//! Each check is a function from the tree's texts to findings, so that its tests can show it a tree with the fault.
//! A check knows no exception but those that it lists with a reason. No check asks the network: of a link to the
//! web only the form is looked at.

mod architecture;
mod documents;
mod features;
mod lengths;
mod links;
mod manifest;
mod members;
mod origins;
mod tree;
mod unfinished;
mod versions;
mod words;

use tree::Tree;

type Check = fn(&Tree) -> Vec<String>;

const CHECKS: &[(&str, Check)] = &[
    ("members inherit from the workspace", members::check),
    ("each crate has its place in the documents", documents::check),
    ("each feature is explained", features::check),
    ("versions in the documents", versions::check),
    ("links", links::check),
    ("paths and names in ARCHITECTURE.md", architecture::check),
    ("lengths of files", lengths::check),
    ("nothing of the machine that it was made on", origins::check),
    ("nothing unfinished", unfinished::check),
];

/// Runs all checks, and tells all findings.
pub(crate) fn run<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<(), String> {
    if words.next().is_some() {
        return Err(crate::USAGE.to_owned());
    }
    println!("-- tidiness: {} checks", CHECKS.len());
    let tree = Tree::read()?;
    let mut count = 0;
    for (name, check) in CHECKS {
        let findings = check(&tree);
        if !findings.is_empty() {
            println!("   {name}:");
        }
        for finding in &findings {
            println!("     {finding}");
        }
        count += findings.len();
    }
    if count == 0 { Ok(()) } else { Err(format!("tidiness: {count} findings")) }
}
