//! The copy of the work tree that is patched, so that the tree itself is never touched.
//!
//! Files that have not changed since the last run are left as they are, times included, so that a second
//! run compiles little. A patch is undone by writing back what was read; a run that was stopped half-way is
//! undone by the next one, which compares contents.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::row::Edit;
use crate::cargo::root;

/// The copy.
pub(super) struct Tree {
    root: PathBuf,
}

/// Files as they were before a patch.
pub(super) struct Undo(Vec<(PathBuf, String)>);

impl Tree {
    /// Makes the copy the same as the work tree: all files that git knows or would take.
    pub(super) fn copy() -> Result<Self, String> {
        let tree = Self { root: folder().join("tree") };
        let files = crate::cargo::files()?;
        for file in &files {
            let (from, to) = (root().join(file), tree.root.join(file));
            let new = fs::read(&from).map_err(|error| told(&from, &error))?;
            if fs::read(&to).is_ok_and(|old| old == new) {
                continue;
            }
            if let Some(parent) = to.parent() {
                fs::create_dir_all(parent).map_err(|error| told(parent, &error))?;
            }
            fs::write(&to, new).map_err(|error| told(&to, &error))?;
        }
        tree.remove_others(&tree.root, &files)?;
        Ok(tree)
    }

    /// Removes what is left from a former run.
    fn remove_others(&self, under: &Path, files: &BTreeSet<PathBuf>) -> Result<(), String> {
        for entry in fs::read_dir(under).map_err(|error| told(under, &error))? {
            let path = entry.map_err(|error| told(under, &error))?.path();
            if path.is_dir() {
                self.remove_others(&path, files)?;
            } else if path.strip_prefix(&self.root).is_ok_and(|file| !files.contains(file)) {
                fs::remove_file(&path).map_err(|error| told(&path, &error))?;
            }
        }
        Ok(())
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Applies the edits. Each text stands in its file exactly once, or nothing is changed.
    pub(super) fn patch(&self, edits: &[Edit]) -> Result<Undo, String> {
        let mut undo = Undo(Vec::new());
        for edit in edits {
            if let Err(message) = self.edit(edit, &mut undo) {
                undo.undo()?;
                return Err(message);
            }
        }
        Ok(undo)
    }

    fn edit(&self, &Edit(file, find, replace): &Edit, undo: &mut Undo) -> Result<(), String> {
        let path = self.root.join(file);
        let text = fs::read_to_string(&path).map_err(|error| told(&path, &error))?;
        let patched = replaced_once(&text, find, replace)
            .map_err(|count| format!("{file} has the text {count} times and should have it once:\n{find}"))?;
        fs::write(&path, patched).map_err(|error| told(&path, &error))?;
        undo.0.push((path, text));
        Ok(())
    }
}

impl Undo {
    /// Writes the files back, the last edit first.
    pub(super) fn undo(self) -> Result<(), String> {
        for (path, text) in self.0.into_iter().rev() {
            fs::write(&path, text).map_err(|error| told(&path, &error))?;
        }
        Ok(())
    }
}

/// The folder of this command, in the target folder, which git ignores.
pub(super) fn folder() -> PathBuf {
    root().join("target").join("defences")
}

/// Replaces the one occurrence; an error is how many there are.
fn replaced_once(text: &str, find: &str, replace: &str) -> Result<String, usize> {
    match text.matches(find).count() {
        1 => Ok(text.replacen(find, replace, 1)),
        count => Err(count),
    }
}

fn told(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_stands_there_once_is_replaced_and_no_other() {
        assert_eq!(replaced_once("a b c", "b", "x y"), Ok("a x y c".to_owned()));
        assert_eq!(replaced_once("a b c", "d", "x"), Err(0));
        assert_eq!(replaced_once("a b b", "b", "x"), Err(2));
    }

    #[test]
    fn edits_are_undone_as_a_whole_in_whatever_order_they_came() {
        let folder = tempfile::tempdir().unwrap();
        let tree = Tree { root: folder.path().to_owned() };
        fs::write(folder.path().join("f"), "one two").unwrap();
        let read = || fs::read_to_string(folder.path().join("f")).unwrap();
        let undo = tree.patch(&[Edit("f", "one", "1"), Edit("f", "two", "2")]).unwrap();
        assert_eq!(read(), "1 2");
        undo.undo().unwrap();
        assert_eq!(read(), "one two");
        assert!(tree.patch(&[Edit("f", "one", "1"), Edit("f", "three", "3")]).is_err());
        assert_eq!(read(), "one two");
    }
}
