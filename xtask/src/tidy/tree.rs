//! The files of the work tree, read once, or, for the tests of the checks, made up.

use std::collections::BTreeMap;
use std::fs;

use super::manifest::entries;

/// Texts by path, with `/` between the parts. What is no UTF-8 has an empty text.
pub(super) struct Tree(BTreeMap<String, String>);

impl Tree {
    /// All files that git knows or would take.
    pub(super) fn read() -> Result<Self, String> {
        let mut texts = BTreeMap::new();
        for file in crate::cargo::files()? {
            let path = crate::cargo::root().join(&file);
            let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let file = file.to_string_lossy().replace('\\', "/");
            texts.insert(file, String::from_utf8(bytes).unwrap_or_default());
        }
        Ok(Self(texts))
    }

    #[cfg(test)]
    pub(super) fn made(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }

    /// A text that must be there; where it is missing it is empty, and the check finds what it lacks.
    pub(super) fn text(&self, path: &str) -> &str {
        self.0.get(path).map_or("", String::as_str)
    }

    /// All files whose path has this end.
    pub(super) fn ending(&self, end: &str) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .filter(move |(path, _)| path.ends_with(end))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Whether there is a file of this path, or one in a folder of it.
    pub(super) fn holds(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let folder = format!("{path}/");
        self.0.contains_key(path)
            || self.0.range(folder.clone()..).next().is_some_and(|(first, _)| first.starts_with(&folder))
    }

    /// The folders of the workspace's members.
    pub(super) fn members(&self) -> Vec<&str> {
        let root = entries(self.text("Cargo.toml"));
        let listed = root.iter().find(|entry| entry.section == "workspace" && entry.key == "members");
        let patterns: Vec<&str> =
            listed.map(|entry| entry.value.split('"').skip(1).step_by(2).collect()).unwrap_or_default();
        self.ending("/Cargo.toml")
            .filter_map(|(path, _)| path.strip_suffix("/Cargo.toml"))
            .filter(|folder| {
                patterns.iter().any(|pattern| match pattern.strip_suffix("/*") {
                    Some(parent) => folder.rsplit_once('/').is_some_and(|(before, _)| before == parent),
                    None => folder == pattern,
                })
            })
            .collect()
    }

    /// The names of the crates that are published: the folders in `crates`.
    pub(super) fn crates(&self) -> Vec<&str> {
        self.members().into_iter().filter_map(|folder| folder.strip_prefix("crates/")).collect()
    }

    /// A value of `[workspace.package]`.
    pub(super) fn shared(&self, key: &str) -> String {
        let root = entries(self.text("Cargo.toml"));
        let entry = root.iter().find(|entry| entry.section == "workspace.package" && entry.key == key);
        entry.map_or("", |entry| entry.value).trim_matches('"').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_those_that_the_workspace_names() {
        let tree = Tree::made(&[
            ("Cargo.toml", "[workspace]\nmembers = [\"crates/*\", \"tests\", \"fuzz/laws\"]\n"),
            ("crates/a/Cargo.toml", ""),
            ("crates/b/Cargo.toml", ""),
            ("crates/b/inner/Cargo.toml", ""),
            ("fuzz/Cargo.toml", ""),
            ("fuzz/laws/Cargo.toml", ""),
            ("tests/Cargo.toml", ""),
        ]);
        assert_eq!(tree.members(), ["crates/a", "crates/b", "fuzz/laws", "tests"]);
        assert_eq!(tree.crates(), ["a", "b"]);
    }

    #[test]
    fn a_folder_is_there_if_a_file_is_in_it() {
        let tree = Tree::made(&[("a/b.rs", ""), ("a-b/c.rs", "")]);
        for path in ["a", "a/", "a/b.rs", "a-b"] {
            assert!(tree.holds(path), "{path}");
        }
        for path in ["a/b", "b.rs", "a-", "a/c"] {
            assert!(!tree.holds(path), "{path}");
        }
    }
}
