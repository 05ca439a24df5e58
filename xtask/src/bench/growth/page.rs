//! The page: a table for each table.

use std::fmt::{Result, Write as _};

use super::super::machine::Setting;
use super::super::table::{escaped, grouped, nanoseconds};
use super::{Grown, MEASURES, TABLES};

pub(super) fn write(setting: &Setting, grown: &Grown) -> String {
    let mut page = String::new();
    // Writing to a String does not fail.
    let _ = write_page(&mut page, setting, grown);
    page
}

fn write_page(out: &mut String, setting: &Setting, grown: &Grown) -> Result {
    writeln!(out, "# Revoked tokens, as they grow\n\nWritten by `cargo xtask bench`; not to be edited.\n")?;
    writeln!(out, "![As curves](growth.svg)\n")?;
    for table in &TABLES {
        writeln!(out, "## {}\n", escaped(table.contender))?;
        let titles = MEASURES.iter().map(|measure| format!("{}, {}", measure.title, measure.unit));
        writeln!(out, "| revoked | {} |", titles.collect::<Vec<_>>().join(" | "))?;
        writeln!(out, "|--:|{}", "--:|".repeat(MEASURES.len()))?;
        for size in &grown.sizes {
            write!(out, "| {} |", grouped(&size.to_string()))?;
            for measure in &MEASURES {
                let value = grown.value(measure, table, *size);
                write!(out, " {} |", value.map_or_else(String::new, |value| nanoseconds(value.median)))?;
            }
            writeln!(out)?;
        }
        writeln!(out)?;
    }
    writeln!(
        out,
        "## What was measured\n\n\
         One table in a process, of tokens alone, which expire one after the other; {} for each size, and medians. \
         A check is one look-up of a text of 22 characters, each of another name, and apart from the one before. A \
         purge forgets all of them: ours ten thousand at a time, during which others may ask, the map in one pass \
         under its lock, which is what it offers. Memory is what the system counts as the process's while the table \
         was filled, over the number of entries, so with what the allocator holds back.\n\n\
         - {}\n- processor: {}\n- {}, release, thin LTO, one codegen unit\n\n\
         All batches: [growth.json](growth.json).",
        if setting.processes == 1 { "one".to_owned() } else { setting.processes.to_string() },
        setting.date,
        setting.processor,
        setting.rustc,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_has_a_row_for_each_table() {
        let page = write(&Setting::example(), &Grown::example());
        let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| 1")).collect();
        assert_eq!(
            rows,
            [
                "| 10,000 | 10 | 10 | 10 | 10 |",
                "| 100,000 | 100 | 100 | 100 | 100 |",
                "| 10,000 | 20 | 20 | 20 | 20 |",
                "| 100,000 | 200 | 200 | 200 | 200 |",
            ]
        );
    }
}
