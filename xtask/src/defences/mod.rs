//! `cargo xtask defences`: would a test notice if a defence were gone?
//!
//! Each file of `tests/defences` is a patch that takes one defence out, with a header that names the class of attack and
//! the test that must fail:
//!
//! ```text
//! Class: crit ignored
//! Test: -p countersign-signed --lib header::tests::extensions_are_refused
//!
//! diff --git a/crates/countersign-signed/src/header.rs b/crates/countersign-signed/src/header.rs
//! ...
//! ```
//!
//! `Test:` has the words for `cargo test`; the last one is the test's name. First all tests must run and pass in the
//! copy as it is. Then the patches are applied one after the other, those of one test target together, since each
//! switch between targets compiles more. Everything finer than these patches is for `cargo xtask mutants`.

#[cfg(test)]
mod sources;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use tree::{Outcome, Tree};

/// A patch and what its header says.
#[derive(Debug)]
struct Patch {
    name: String,
    path: PathBuf,
    class: String,
    /// The words for `cargo test` that select the package, the features and the target.
    target: String,
    test: String,
}

impl Patch {
    fn read(path: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Self::parse(&text, name.clone(), path)
            .ok_or(format!("{name}: the header needs Class: and Test: -p ..."))
    }

    fn parse(text: &str, name: String, path: &Path) -> Option<Self> {
        let (header, _) = text.split_once("\n\n")?;
        let field = |field: &str| header.lines().find_map(|line| line.strip_prefix(field)).map(str::trim);
        let (target, test) = field("Test:")?.rsplit_once(' ')?;
        if !target.starts_with("-p ") {
            return None;
        }
        let (target, test) = (target.trim().to_owned(), test.to_owned());
        Some(Self { name, path: path.to_owned(), class: field("Class:")?.to_owned(), target, test })
    }

    fn has_in_it(&self, word: &str) -> bool {
        [&self.name, &self.class, &self.target, &self.test]
            .iter()
            .any(|text| text.to_lowercase().contains(word))
    }
}

/// Runs all patches, or those that have one of the words in their name, class or test.
pub(crate) fn run<'a>(words: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let started = Instant::now();
    let words: Vec<String> = words.map(str::to_lowercase).collect();
    let mut patches = read_all(&crate::cargo::root().join("tests/defences"))?;
    patches.retain(|patch| words.is_empty() || words.iter().any(|word| patch.has_in_it(word)));
    if patches.is_empty() {
        return Err(format!("no patch in tests/defences fits: {}", words.join(" ")));
    }
    let tree = Tree::copy()?;
    baseline(&tree, &patches)?;
    let (mut passed, mut failed) = (0_u32, 0_u32);
    for patch in &patches {
        let at = Instant::now();
        let verdict = tree.with(&patch.path, |tree| tree.test(&patch.target, &[&patch.test]))?;
        let (count, word) = match verdict {
            Ok(Outcome::Failed) => (&mut passed, "noticed".to_owned()),
            Ok(Outcome::Passed(_)) => (&mut failed, "NOT NOTICED".to_owned()),
            Ok(Outcome::Stuck) => (&mut failed, "STUCK".to_owned()),
            Ok(Outcome::NotBuilt(said)) => (&mut failed, format!("DOES NOT BUILD\n{said}\n")),
            Err(said) => (&mut failed, format!("DOES NOT APPLY\n{said}\n")),
        };
        *count += 1;
        println!("{word}: {}, {:.0} s", patch.name, at.elapsed().as_secs_f32());
    }
    println!("   {:.0} s\n\n{passed} passed, {failed} failed", started.elapsed().as_secs_f32());
    if failed == 0 { Ok(()) } else { Err("a patch does not fit, or its test does not notice it".to_owned()) }
}

/// All patches, those of one target together.
fn read_all(folder: &Path) -> Result<Vec<Patch>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let paths = paths.filter(|path| path.extension().is_some_and(|end| end == "patch"));
    let mut patches = paths.map(|path| Patch::read(&path)).collect::<Result<Vec<_>, _>>()?;
    patches.sort_by(|one, other| (&one.target, &one.name).cmp(&(&other.target, &other.name)));
    Ok(patches)
}

/// Each test must be there and pass where nothing has been taken out.
fn baseline(tree: &Tree, patches: &[Patch]) -> Result<(), String> {
    let mut targets: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for patch in patches {
        targets.entry(&patch.target).or_default().insert(&patch.test);
    }
    for (target, tests) in targets {
        println!("-- as it is: cargo test {target}");
        let tests: Vec<&str> = tests.into_iter().collect();
        let ran = match tree.test(target, &tests)? {
            Outcome::Passed(ran) => ran,
            other => return Err(format!("{target}, as it is: {other:?}")),
        };
        if let Some(missing) = tests.iter().find(|test| !ran.iter().any(|ran| ran.contains(**test))) {
            return Err(format!("cargo test {target} {missing} selects no test, or skips it"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_names_class_and_test() {
        let text = "Class: Two words\nTest: -p one --test it laws::two\n\ndiff --git a/f b/f\n";
        let patch = Patch::parse(text, "name".into(), Path::new("name.patch")).unwrap();
        assert_eq!((patch.class.as_str(), patch.target.as_str()), ("Two words", "-p one --test it"));
        assert_eq!(patch.test, "laws::two");
        assert!(patch.has_in_it("two") && patch.has_in_it("name") && !patch.has_in_it("three"));
        for bad in [
            "Class: a\n\n",
            "Test: -p one b\n\n",
            "Class: a\nTest: --workspace b\n\n",
            "Class: a\nTest: -p one b",
        ] {
            assert!(Patch::parse(bad, String::new(), Path::new("")).is_none(), "{bad}");
        }
    }

    #[test]
    fn every_patch_has_a_header_and_applies() {
        let root = crate::cargo::root();
        for patch in read_all(&root.join("tests/defences")).unwrap() {
            let mut check = std::process::Command::new("git");
            check.current_dir(&root).args(["apply", "-C1", "--check"]).arg(&patch.path);
            let output = check.output().unwrap();
            assert!(output.status.success(), "{}: {}", patch.name, String::from_utf8_lossy(&output.stderr));
        }
    }
}
