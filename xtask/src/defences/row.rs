//! The form of the table: a class of attack, the defences against it, and the test that holds each.

use std::collections::BTreeSet;

/// A class of attack, as the manual tells of it. Texts are Markdown, with links into the facade's documentation.
pub(super) struct Class {
    /// The manual's heading.
    pub(super) title: &'static str,
    /// The name under which the list of attacks has it.
    pub(super) name: &'static str,
    /// Advisories by their identifiers, or else projects; empty where it is seen everywhere.
    pub(super) seen_in: &'static [&'static str],
    /// What goes wrong elsewhere.
    pub(super) elsewhere: &'static str,
    /// What is done here.
    pub(super) behaviour: &'static str,
    /// What is left to whoever runs a service; empty where nothing is.
    pub(super) yours: &'static str,
}

/// A class of attack, and what holds against it.
pub(super) struct Row {
    pub(super) class: &'static Class,
    pub(super) defences: Vec<Defence>,
    /// What of the class has no code of ours to take out, and why.
    pub(super) notes: Vec<&'static str>,
}

/// One defence, as the patch that takes it out, and the test that must notice.
pub(super) struct Defence {
    /// What the patched code does wrong.
    pub(super) patch: &'static str,
    pub(super) edits: &'static [Edit],
    pub(super) test: Test,
}

/// A text to find exactly once in a file, and what is put in its place.
pub(super) struct Edit(pub(super) &'static str, pub(super) &'static str, pub(super) &'static str);

/// A test, by the package, the target and the whole name.
#[derive(Clone, Copy)]
pub(super) struct Test {
    pub(super) package: &'static str,
    pub(super) target: Target,
    pub(super) name: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// The library's own tests.
    Lib,
    /// The tests of the program of this name.
    Bin(&'static str),
    /// The file or folder of this name in `tests/`.
    Integration(&'static str),
}

impl Row {
    pub(super) fn new(class: &'static Class) -> Self {
        Self { class, defences: Vec::new(), notes: Vec::new() }
    }

    pub(super) fn defence(mut self, patch: &'static str, test: Test, edits: &'static [Edit]) -> Self {
        self.defences.push(Defence { patch, edits, test });
        self
    }

    pub(super) fn note(mut self, why: &'static str) -> Self {
        self.notes.push(why);
        self
    }
}

impl Defence {
    /// The files that the patch changes, by the folder of a crate: `signed/header.rs`.
    pub(super) fn places(&self) -> BTreeSet<String> {
        let short = |file: &str| file.trim_start_matches("crates/countersign-").replacen("/src/", "/", 1);
        self.edits.iter().map(|edit| short(edit.0)).collect()
    }
}

impl Test {
    pub(super) const fn lib(package: &'static str, name: &'static str) -> Self {
        Self { package, target: Target::Lib, name }
    }

    pub(super) const fn of(package: &'static str, target: &'static str, name: &'static str) -> Self {
        Self { package, target: Target::Integration(target), name }
    }

    /// As people write it.
    pub(super) fn path(&self) -> String {
        let Self { package, name, .. } = self;
        match self.target {
            Target::Lib => format!("{package} {name}"),
            Target::Bin(target) | Target::Integration(target) => format!("{package} {target}::{name}"),
        }
    }

    /// How it is run alone.
    pub(super) fn command(&self) -> String {
        let Self { package, name, .. } = self;
        format!("cargo test -p {package} {} {name}", self.target.arguments().join(" "))
    }
}

impl Target {
    /// How cargo is told to build it.
    pub(super) fn arguments(self) -> Vec<&'static str> {
        match self {
            Self::Lib => vec!["--lib"],
            Self::Bin(name) => vec!["--bin", name],
            Self::Integration(name) => vec!["--test", name],
        }
    }
}
