//! `cargo xtask defences --manual`: the table as a page of the documentation, a manual by attack.
//!
//! It is written from the table, so that it can name no defence that is not taken out, and no test that is not run.
//! A test holds the page that is checked in to what would be written.
//!
//! Links are those of rustdoc, for the facade includes the page.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::row::{Class, Row};
use crate::cargo::root;

/// Where the page is.
const PAGE: &str = "crates/countersign/src/guide/attacks.md";

/// Columns of a line of prose.
const WIDTH: usize = 110;

/// Without a heading above it, so that rustdoc takes the first paragraph for the page's summary, and lists the classes.
const INTRODUCTION: &[&str] = &[
    "A manual by attack: what goes wrong in token libraries and around them, what is done here, and how to see it.",
    "Each class says what happens elsewhere, what countersign does, what is left to whoever runs a service, and which \
     test fails if a defence is gone. It is for whoever decides whether to trust this library, and for whoever has \
     read an advisory and asks whether it applies here; the [identifiers](#identifiers) are at the end.",
    "The lists of tests can be checked. For each of their lines there is a patch that does what the line says: \
     `cargo xtask defences` applies it to a copy of the sources, and demands that the test fails there. With words, as \
     in `cargo xtask defences psychic`, it does so for the classes, patches and tests that have one of them in their \
     names. The command of a line runs its test alone. This page is written from the same table, by \
     `cargo xtask defences --manual`.",
    "Places are short: `signed/header.rs` is `crates/countersign-signed/src/header.rs`, and the crate \
     `countersign-signed` is the module [`signed`](crate::signed) of this one. What is said of errors is the name of \
     the kind, as in [`ErrorKind::UnknownKey`](crate::signed::ErrorKind::UnknownKey).",
];

/// Classes that belong together, under a heading of their own.
pub(super) type Group = (&'static str, Vec<Row>);

/// Writes the page.
pub(super) fn write(groups: &[Group]) -> Result<(), String> {
    let path = root().join(PAGE);
    let told = |error: std::io::Error| format!("{}: {error}", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(told)?;
    }
    fs::write(&path, page(groups)).map_err(told)?;
    println!("written to {PAGE}");
    Ok(())
}

fn page(groups: &[Group]) -> String {
    let mut blocks: Vec<String> = INTRODUCTION.iter().map(|text| wrapped(text)).collect();
    for (heading, rows) in groups {
        blocks.push(format!("# {heading}"));
        for row in rows {
            chapter(row, &mut blocks);
        }
    }
    blocks.push("# Identifiers".to_owned());
    blocks.push(index(groups));
    let mut page = blocks.join("\n\n");
    page.push('\n');
    page
}

/// What there is to say of one class.
fn chapter(row: &Row, blocks: &mut Vec<String>) {
    let Class { title, seen_in, elsewhere, behaviour, yours, .. } = row.class;
    blocks.push(format!("## {title}"));
    if !seen_in.is_empty() {
        let seen_in: Vec<String> = seen_in.iter().map(|name| linked(name)).collect();
        blocks.push(wrapped(&format!("Seen in {}.", seen_in.join(", "))));
    }
    blocks.push(wrapped(&format!("**Elsewhere.** {elsewhere}")));
    blocks.push(wrapped(&format!("**Here.** {behaviour}")));
    if !yours.is_empty() {
        blocks.push(wrapped(&format!("**Left to you.** {yours}")));
    }
    if !row.defences.is_empty() {
        blocks.push("If one of these were so, the test beside it would fail:".to_owned());
        let lines = row.defences.iter().map(|defence| {
            let places: Vec<String> = defence.places().iter().map(|place| format!("`{place}`")).collect();
            format!("- {} ({}):\n  `{}`", defence.patch, places.join(", "), defence.test.command())
        });
        blocks.push(lines.collect::<Vec<_>>().join("\n"));
    }
    blocks.extend(row.notes.iter().map(|why| wrapped(&format!("Without a patch: {why}."))));
}

/// Each advisory that is named, with the classes that it is seen in.
fn index(groups: &[Group]) -> String {
    let mut classes: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in groups.iter().flat_map(|(_, rows)| rows) {
        for name in row.class.seen_in.iter().filter(|name| address(name).is_some()) {
            classes.entry(name).or_default().insert(row.class.title);
        }
    }
    let mut lines = vec!["| advisory | class |\n|---|---|".to_owned()];
    lines.extend(classes.iter().map(|(name, titles)| {
        let titles: Vec<&str> = titles.iter().copied().collect();
        format!("| {} | {} |", linked(name), titles.join("; ").replace('|', "\\|"))
    }));
    lines.join("\n")
}

fn linked(name: &str) -> String {
    address(name).map_or_else(|| name.to_owned(), |address| format!("[{name}]({address})"))
}

/// Where an advisory can be read.
fn address(name: &str) -> Option<String> {
    if name.starts_with("CVE-") {
        Some(format!("https://www.cve.org/CVERecord?id={name}"))
    } else if name.starts_with("RUSTSEC-") {
        Some(format!("https://rustsec.org/advisories/{name}.html"))
    } else {
        None
    }
}

/// The text in lines. No line begins with what Markdown would take for a list, a heading or a quotation.
fn wrapped(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line)
                if line.chars().count() + 1 + word.chars().count() <= WIDTH || begins_a_block(word) =>
            {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

fn begins_a_block(word: &str) -> bool {
    let number = word.trim_start_matches(|character: char| character.is_ascii_digit());
    word.starts_with(['-', '+', '#', '>', '|', '='])
        || word == "*"
        || (number.len() < word.len() && matches!(number, "." | ")"))
}

#[cfg(test)]
mod tests;
