//! `cargo xtask ci`: exactly what CI runs.

use crate::cargo::command;

const DOCS: &[&str] = &["doc", "--quiet", "--workspace", "--no-deps", "--all-features"];
const DENY: &[&str] =
    &["deny", "--all-features", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"];

pub(crate) fn run() -> Result<(), String> {
    let tally = crate::test::run(std::iter::empty())?;
    if tally.skipped > 0 {
        return Err(format!("CI leaves no test out: {tally}"));
    }
    crate::demo::run(std::iter::empty())?;
    crate::demo::run(["--release"].into_iter())?;
    for (name, arguments) in [("documentation", DOCS), ("licences and sources", DENY)] {
        println!("\n-- {name}: cargo {}", arguments.join(" "));
        let mut command = command(arguments);
        command.env("RUSTDOCFLAGS", "--deny warnings");
        let status = command.status().map_err(|error| error.to_string())?;
        if !status.success() {
            return Err(format!("{name}: not clean"));
        }
    }
    println!("\n-- defences, taken out one by one: cargo xtask defences");
    crate::defences::run(std::iter::empty())?;
    println!("\n{tally}");
    Ok(())
}
