//! `cargo xtask ci`: exactly what CI runs.

use crate::cargo::command;

const DOCS: &[&str] = &["doc", "--quiet", "--workspace", "--no-deps", "--all-features"];
const DENY: &[&str] =
    &["deny", "--all-features", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"];
/// The comparison is a workspace of its own, so nothing else would notice that it no longer builds.
const COMPARE_FORMAT: &[&str] = &["fmt", "--all", "--manifest-path", COMPARE, "--check"];
const COMPARE_LINTS: &[&str] = &[
    "clippy",
    "--quiet",
    "--locked",
    "--workspace",
    "--manifest-path",
    COMPARE,
    "--all-targets",
    "--",
    "-D",
    "warnings",
];
const COMPARE: &str = "benches/compare/Cargo.toml";

pub(crate) fn run() -> Result<(), String> {
    let tally = crate::test::run(std::iter::empty())?;
    if tally.skipped > 0 {
        return Err(format!("CI leaves no test out: {tally}"));
    }
    crate::newcomer::run(std::iter::empty())?;
    crate::demo::run(std::iter::empty())?;
    crate::demo::run(["--release"].into_iter())?;
    crate::api::run(std::iter::empty())?;
    crate::instructions::run(std::iter::empty())?;
    for (name, arguments) in [
        ("formatting of the comparison", COMPARE_FORMAT),
        ("lints of the comparison", COMPARE_LINTS),
        ("documentation", DOCS),
        ("licences and sources", DENY),
    ] {
        println!("\n-- {name}: cargo {}", arguments.join(" "));
        let mut command = command(arguments);
        command.env("RUSTDOCFLAGS", "--deny warnings");
        let status = command.status().map_err(|error| error.to_string())?;
        if !status.success() {
            return Err(format!("{name}: not clean"));
        }
    }
    println!("\n-- the comparison of behaviour: cargo xtask behaviour --check");
    crate::behaviour::run(["--check"].into_iter())?;
    println!("\n-- defences, taken out one by one: cargo xtask defences");
    crate::defences::run(std::iter::empty())?;
    println!("\n{tally}");
    Ok(())
}
