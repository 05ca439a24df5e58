//! `cargo xtask ci`: what CI runs.

use crate::cargo::check;

const DOCS: &[&str] = &["doc", "--quiet", "--workspace", "--no-deps", "--all-features"];
const DENY: &[&str] =
    &["deny", "--all-features", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"];

pub(crate) fn run() -> Result<(), String> {
    let tally = crate::test::run(std::iter::empty())?;
    if tally.skipped > 0 {
        return Err(format!("CI skips no test: {tally}"));
    }
    crate::demo::run(std::iter::empty())?;
    check("documentation", DOCS)?;
    check("licences and sources", DENY)?;
    println!("\n-- defences: cargo xtask defences");
    crate::defences::run(std::iter::empty())?;
    println!("\n{tally}");
    Ok(())
}
