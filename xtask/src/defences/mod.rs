//! `cargo xtask defences`: whether the tests would notice if a defence were gone.
//!
//! The table has a row for each class of attack that token libraries have fallen to. For each defence of a
//! row, a small patch takes it out of a copy of the tree, and the test that holds it is run there: it must
//! fail. A test that passes all the same tests nothing, however it is named.
//!
//! Before that, all these tests must be there and pass in the copy as it is. It needs cargo, git, what
//! cargo has fetched before, and the servers of the engines. It does not look for defences that nobody thought of: that is
//! what mutation testing and fuzzing are for.
//!
//! The same table is a [manual] for whoever uses the library.

mod axum;
mod classes;
mod guessing;
mod http;
mod key_sets;
mod keys;
mod kinds;
mod leaked;
mod manual;
mod outages;
mod outlived;
mod row;
mod run;
mod secrets;
mod sessions;
mod signed;
mod sources;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use manual::Group;
use row::{Defence, Row, Target, Test};
use run::Ending;
use tree::Tree;

fn table() -> Vec<Group> {
    vec![
        ("Signed tokens", signed::rows()),
        ("Keys and signatures", keys::rows()),
        ("Sessions and stores", sessions::rows()),
        ("Requests and log-ins", http::rows()),
        ("Routes and endpoints", axum::rows()),
        ("Secrets", secrets::rows()),
    ]
}

/// Runs all rows, or those of which the class, a patch or a test has one of these words in it; or writes the manual.
pub(crate) fn run<'a>(words: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let started = Instant::now();
    let words: Vec<String> = words.map(str::to_lowercase).collect();
    let groups = table();
    if words == ["--manual"] {
        return manual::write(&groups);
    }
    let table: Vec<&Row> = groups.iter().flat_map(|(_, rows)| rows).collect();
    let chosen: Vec<(&Row, &Defence)> = table
        .iter()
        .flat_map(|&row| row.defences.iter().map(move |defence| (row, defence)))
        .filter(|(row, defence)| is_meant(&words, row, defence))
        .collect();
    if chosen.is_empty() {
        return Err(format!("no defence is named like this: {}", words.join(" ")));
    }
    let tree = Tree::copy()?;
    baseline(&tree, &chosen)?;
    println!("   {:.0} s", started.elapsed().as_secs_f32());
    let (mut passed, mut failed) = (0_u32, 0_u32);
    for (row, defence) in chosen {
        let outcome = take_out(&tree, defence)?;
        let count = if outcome.is_good() { &mut passed } else { &mut failed };
        *count = count.saturating_add(1);
        let Outcome { verdict, said } = outcome;
        println!("{verdict:<12} {}: {} ({})", row.class.name, defence.patch, defence.test.path());
        if let Some(said) = said {
            println!("{said}");
        }
    }
    if words.is_empty() {
        for row in &table {
            for why in &row.notes {
                println!("no patch     {}: {why}", row.class.name);
            }
        }
    }
    println!("   {:.0} s\n\n{passed} passed, {failed} failed", started.elapsed().as_secs_f32());
    if failed == 0 {
        Ok(())
    } else {
        Err("defences that no test holds, or patches that do not fit".to_owned())
    }
}

fn is_meant(words: &[String], row: &Row, defence: &Defence) -> bool {
    let texts = [row.class.name, row.class.title, defence.patch, &defence.test.path()].map(str::to_lowercase);
    words.is_empty() || words.iter().any(|word| texts.iter().any(|text| text.contains(word)))
}

/// All the tests pass where nothing has been taken out.
fn baseline(tree: &Tree, chosen: &[(&Row, &Defence)]) -> Result<(), String> {
    let mut packages: BTreeMap<&str, BTreeMap<Target, Vec<&Test>>> = BTreeMap::new();
    for (_, Defence { test, .. }) in chosen {
        packages.entry(test.package).or_default().entry(test.target).or_default().push(test);
    }
    for (package, targets) in packages {
        println!("-- {package}, as it is");
        let programs = run::build(tree, package, &targets.keys().copied().collect())?;
        for (target, tests) in targets {
            let program = programs.get(&target).ok_or("cargo did not build a target")?;
            let missing = program.missing(&tests)?;
            if !missing.is_empty() {
                return Err(format!("{package} has no such tests: {}", missing.join(", ")));
            }
            let names: BTreeSet<&str> = tests.iter().map(|test| test.name).collect();
            let names: Vec<&str> = names.into_iter().collect();
            if program.run(&names)? != Ending::Passed {
                return Err(format!("{package}: not all of these pass as it is: {}", names.join(", ")));
            }
        }
    }
    Ok(())
}

/// What came of a patch, and what is to be shown of it beside its line.
struct Outcome {
    verdict: &'static str,
    said: Option<String>,
}

const NOTICED: &str = "noticed";

impl Outcome {
    fn is_good(&self) -> bool {
        self.verdict == NOTICED
    }

    fn broken(said: String) -> Self {
        Self { verdict: "BROKEN PATCH", said: Some(said) }
    }
}

fn take_out(tree: &Tree, defence: &Defence) -> Result<Outcome, String> {
    let undo = match tree.patch(defence.edits) {
        Ok(undo) => undo,
        Err(message) => return Ok(Outcome::broken(message)),
    };
    let outcome = judge(tree, defence);
    undo.undo()?;
    outcome
}

fn judge(tree: &Tree, Defence { edits, test, .. }: &Defence) -> Result<Outcome, String> {
    // A test that reads sources does not compile them.
    let reads_sources = test.package == "xtask";
    let packages: BTreeSet<&str> = edits.iter().filter_map(|edit| package_of(edit.0)).collect();
    for package in packages.into_iter().filter(|_| reads_sources) {
        if let Err(said) = run::check(tree, package) {
            return Ok(Outcome::broken(said));
        }
    }
    let programs = match run::build(tree, test.package, &BTreeSet::from([test.target])) {
        Ok(programs) => programs,
        Err(said) => return Ok(Outcome::broken(said)),
    };
    let program = programs.get(&test.target).ok_or("cargo did not build a target")?;
    let verdict = match program.run(&[test.name])? {
        Ending::Failed => NOTICED,
        Ending::Passed => "NOT NOTICED",
        Ending::Stuck => "STUCK",
    };
    Ok(Outcome { verdict, said: None })
}

/// The package that a file of `crates/` belongs to.
fn package_of(file: &str) -> Option<&str> {
    file.strip_prefix("crates/")?.split('/').next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cargo::root;

    fn rows() -> Vec<Row> {
        table().into_iter().flat_map(|(_, rows)| rows).collect()
    }

    #[test]
    fn a_class_is_there_once_and_says_something() {
        let table = rows();
        for name in [|row: &Row| row.class.name, |row: &Row| row.class.title] {
            let classes: BTreeSet<&str> = table.iter().map(name).collect();
            assert_eq!(classes.len(), table.len());
        }
        for row in &table {
            assert!(!row.defences.is_empty() || !row.notes.is_empty(), "{}", row.class.name);
        }
    }

    #[test]
    fn a_patch_changes_what_it_finds_and_its_name_tells_it_from_the_others() {
        for row in rows() {
            let names: BTreeSet<&str> = row.defences.iter().map(|defence| defence.patch).collect();
            assert_eq!(names.len(), row.defences.len(), "{}", row.class.name);
            for Defence { patch, edits, .. } in &row.defences {
                assert!(!edits.is_empty() && edits.iter().all(|edit| edit.1 != edit.2), "{patch}");
            }
        }
    }

    /// What `run` finds out as well, in minutes: code that has moved from under a patch.
    #[test]
    fn a_patch_finds_each_of_its_texts_once() {
        for Defence { patch, edits, .. } in rows().iter().flat_map(|row| &row.defences) {
            for row::Edit(file, find, _) in *edits {
                let text = std::fs::read_to_string(root().join(file)).unwrap();
                assert_eq!(text.matches(find).count(), 1, "{patch}: {file}\n{find}");
            }
        }
    }

    /// The same of tests that have gone or are called otherwise.
    #[test]
    fn a_test_that_is_named_is_there() {
        let mut sources: BTreeMap<&str, String> = BTreeMap::new();
        for Defence { test, .. } in rows().iter().flat_map(|row| &row.defences) {
            let sources = sources.entry(test.package).or_insert_with(|| {
                let folder = if test.package == "xtask" { "xtask" } else { "crates" };
                let folder = root().join(folder).join(test.package.trim_start_matches("xtask"));
                all_of(&folder.join("src")) + &all_of(&folder.join("tests"))
            });
            let (_, name) = test.name.rsplit_once("::").unwrap_or(("", test.name));
            assert!(sources.contains(&format!("fn {name}(")), "{}", test.path());
        }
    }

    /// The text of all sources in a folder, if it is there.
    fn all_of(folder: &std::path::Path) -> String {
        let Ok(entries) = std::fs::read_dir(folder) else { return String::new() };
        let paths = entries.map(|entry| entry.unwrap().path());
        let text = |path: std::path::PathBuf| {
            if path.is_dir() { all_of(&path) } else { std::fs::read_to_string(path).unwrap_or_default() }
        };
        paths.map(text).collect()
    }

    #[test]
    fn words_choose_by_class_patch_or_test() {
        static CLASS: row::Class = row::Class {
            title: "Heading",
            name: "Class",
            seen_in: &[],
            elsewhere: "",
            behaviour: "",
            yours: "",
        };
        let row = Row::new(&CLASS).defence("a patch", Test::lib("package", "tests::name"), &[]);
        for (word, expected) in
            [("class", true), ("heading", true), ("patch", true), ("tests::n", true), ("other", false)]
        {
            assert_eq!(is_meant(&[word.to_owned()], &row, &row.defences[0]), expected, "{word}");
        }
        assert!(is_meant(&[], &row, &row.defences[0]));
    }

    #[test]
    fn a_file_belongs_to_the_package_of_its_folder() {
        assert_eq!(package_of("crates/countersign-signed/src/lib.rs"), Some("countersign-signed"));
        assert_eq!(package_of("tests/lib.rs"), None);
    }
}
