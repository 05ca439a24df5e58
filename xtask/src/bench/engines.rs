//! `engines`: the benches of redb, PostgreSQL and Redis, on a page. Criterion measures them beside their bare drivers.

use std::fs;

use super::machine::Setting;
use super::{output, write};

const BENCHES: [(&str, &str); 3] =
    [("redb", "redb: one file"), ("postgres", "PostgreSQL, on loopback"), ("redis", "Redis, on loopback")];

/// Runs the benches and writes the page.
pub(super) fn run() -> Result<(), String> {
    let mut page =
        String::from("# Engines beside their bare drivers\n\nWritten by `cargo xtask bench engines`.\n");
    for (bench, title) in BENCHES {
        let arguments = ["bench", "--quiet", "--package", "countersign-benches", "--bench", bench];
        let mut cargo = crate::cargo::command(&arguments);
        let printed =
            output(cargo.args(["--", "--noplot", "--discard-baseline", "--output-format", "bencher"]))?;
        page.push_str(&format!("\n## {title}\n\n{}", lines(&printed)));
    }
    let lock =
        fs::read_to_string(crate::cargo::root().join("Cargo.lock")).map_err(|error| error.to_string())?;
    let setting = Setting::here(&["redb", "tokio-postgres", "redis"], &lock)?;
    page.push_str(&format!(
        "\n## How it was measured\n\nBy the files of these names in `benches/benches`.\n\n{}",
        setting.0
    ));
    write("engines", &page)
}

/// Criterion's estimates (`test redis/check ... bench:  69000 ns/iter (+/- 120)`), and what a bench prints by itself,
/// which is a sentence with a colon.
fn lines(printed: &str) -> String {
    let lines = printed.lines().filter_map(|line| match line.strip_prefix("test ") {
        Some(line) => {
            line.split_once(" ... bench:").map(|(name, times)| format!("- {name}: {}\n", times.trim()))
        }
        None => (line.contains(": ") && !line.starts_with(' ')).then(|| format!("- {line}\n")),
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_and_sentences_become_a_list() {
        let printed = "test redis/check ... bench:       69001 ns/iter (+/- 812)\n\n\
                       a whole check: 2.03 us, a point read of the bare table 1.00 us: 2.03\n  detail: left out\n";
        let expected = "- redis/check: 69001 ns/iter (+/- 812)\n\
                        - a whole check: 2.03 us, a point read of the bare table 1.00 us: 2.03\n";
        assert_eq!(lines(printed), expected);
    }
}
