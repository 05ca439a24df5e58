//! What no other tool checks of the tree: that each crate has its README and follows the workspace, and that what the
//! guide names is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The text of all Rust files below a folder.
fn sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|end| end == "rs") {
            text.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn each_crate_has_a_readme_and_follows_the_workspace() {
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let folder = Path::new("crates").join(&name);
        assert!(read(folder.join("README.md")).starts_with(&format!("# {name}\n")), "{name}: README.md");
        let manifest = read(folder.join("Cargo.toml"));
        for line in [
            "readme = \"README.md\"",
            "[lints]\nworkspace = true",
            "license.workspace = true",
            "rust-version.workspace = true",
            "repository.workspace = true",
        ] {
            assert!(manifest.contains(line), "{name}: Cargo.toml has no {line:?}");
        }
        assert!(
            read("README.md").contains(&format!("`{name}`")) || name == "countersign-cli",
            "README.md: {name}"
        );
    }
}

/// The guide's page on attacks names tests by their command, for example `cargo test -p countersign-signed --lib NAME`.
/// Cargo runs all tests that have the name in theirs.
#[test]
fn tests_that_the_guide_names_are_there() {
    let page = read("crates/countersign/src/guide/attacks.md");
    let commands: BTreeSet<&str> =
        page.split('`').filter_map(|code| code.strip_prefix("cargo test -p ")).collect();
    assert!(commands.len() > 40, "{}", commands.len());
    for command in commands {
        let words: Vec<&str> = command.split_whitespace().collect();
        let (package, name) = (words[0], words[words.len() - 1]);
        let name = name.rsplit("::").next().unwrap();
        let folder = match package {
            "xtask" => root().join("xtask"),
            "countersign-tests" => root().join("tests"),
            _ => root().join("crates").join(package),
        };
        let mut text = String::new();
        sources(&folder, &mut text);
        assert!(text.contains(&format!("fn {name}")), "{command}");
    }
}
