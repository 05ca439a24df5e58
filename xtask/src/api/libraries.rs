//! The libraries of a tree, and what rustdoc tells of them as JSON.
//!
//! Rustdoc writes JSON only where unstable features are allowed, and a stable compiler allows them where
//! `RUSTC_BOOTSTRAP` is set. Were it set for cargo, build scripts that look for it would run again and half of the
//! dependencies be compiled anew, each time in turn. So it is set for rustdoc alone, by this program in its place.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use serde_json::Value;

/// In the environment of this program where it stands in for rustdoc: the true one.
const IN_PLACE_OF: &str = "COUNTERSIGN_XTASK_RUSTDOC";

/// The libraries of a tree.
pub(super) struct Libraries {
    tree: PathBuf,
    target: PathBuf,
    /// The oldest compiler that is supported, as in `1.95`.
    rust_version: String,
    /// The crates that are published to be built upon.
    pub(super) names: Vec<String>,
}

impl Libraries {
    /// Asks cargo for those of a workspace.
    pub(super) fn of(tree: PathBuf) -> Result<Self, String> {
        let output = crate::cargo::command(&["metadata", "--no-deps", "--format-version", "1"])
            .current_dir(&tree)
            .stderr(std::process::Stdio::inherit())
            .output()
            .map_err(|error| format!("cargo could not be started: {error}"))?;
        let metadata: Value = serde_json::from_slice(&output.stdout)
            .map_err(|error| format!("{}: cargo metadata: {error}", tree.display()))?;
        let (rust_version, names) = select(&metadata)?;
        let target = metadata["target_directory"].as_str().ok_or("cargo metadata names no target folder")?;
        Ok(Self { tree, target: target.into(), rust_version, names })
    }

    /// The same, with another target folder.
    pub(super) fn built_in(mut self, target: PathBuf) -> Self {
        self.target = target;
        self
    }

    /// Why the list cannot be made here: another compiler has another form of JSON.
    pub(super) fn obstacle(&self) -> Result<Option<String>, String> {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let output = Command::new(rustc).arg("--version").output().map_err(|error| error.to_string())?;
        let found = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if found.starts_with(&format!("rustc {}.", self.rust_version)) {
            return Ok(None);
        }
        let version = &self.rust_version;
        Ok(Some(format!(
            "it takes Rust {version} (rustup run {version} cargo xtask api), and this is {found}"
        )))
    }

    /// Has rustdoc write the JSON of all libraries.
    pub(super) fn document(&self) -> Result<(), String> {
        let own = std::env::current_exe().map_err(|error| error.to_string())?;
        let status =
            crate::cargo::command(&["doc", "--quiet", "--workspace", "--lib", "--no-deps", "--all-features"])
                .current_dir(&self.tree)
                .env("CARGO_TARGET_DIR", &self.target)
                .env(IN_PLACE_OF, std::env::var_os("RUSTDOC").unwrap_or_else(|| "rustdoc".into()))
                .env("RUSTDOC", own)
                .env("RUSTDOCFLAGS", "-Z unstable-options --output-format json")
                .status()
                .map_err(|error| error.to_string())?;
        if status.success() { Ok(()) } else { Err("rustdoc failed".to_owned()) }
    }

    /// The JSON of a library.
    pub(super) fn json(&self, name: &str) -> PathBuf {
        self.target.join("doc").join(format!("{}.json", name.replace('-', "_")))
    }
}

/// The oldest compiler, and the crates that are published and have no program: the library of a command is none to
/// build upon.
fn select(metadata: &Value) -> Result<(String, Vec<String>), String> {
    let packages = metadata["packages"].as_array().ok_or("cargo metadata names no packages")?;
    let is_published = |package: &&Value| package["publish"].is_null();
    let has = |package: &Value, kind: &str| {
        let targets = package["targets"].as_array().into_iter().flatten();
        targets.flat_map(|target| target["kind"].as_array()).flatten().any(|found| found == kind)
    };
    let libraries: Vec<&Value> = packages
        .iter()
        .filter(is_published)
        .filter(|package| has(package, "lib") && !has(package, "bin"))
        .collect();
    let text = |package: &Value, key: &str| package[key].as_str().map(str::to_owned);
    let rust_version = libraries.first().and_then(|package| text(package, "rust_version"));
    let mut names: Vec<String> = libraries.iter().filter_map(|package| text(package, "name")).collect();
    names.sort();
    Ok((rust_version.ok_or("there is no library with a rust-version")?, names))
}

/// Runs rustdoc with unstable features, where this program was started in its place.
pub(crate) fn as_rustdoc() -> Option<ExitCode> {
    let rustdoc = std::env::var_os(IN_PLACE_OF)?;
    let status = Command::new(rustdoc).args(std::env::args_os().skip(1)).env("RUSTC_BOOTSTRAP", "1").status();
    Some(if status.is_ok_and(|status| status.success()) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_that_are_published_are_selected() {
        let package = |name: &str, publish: Value, kinds: &[&str]| {
            let targets: Vec<Value> =
                kinds.iter().map(|kind| serde_json::json!({ "kind": [kind] })).collect();
            serde_json::json!({ "name": name, "publish": publish, "rust_version": "1.95", "targets": targets })
        };
        let packages = [
            package("b", Value::Null, &["lib", "test", "bench"]),
            package("a", Value::Null, &["lib"]),
            package("command", Value::Null, &["lib", "bin"]),
            package("tests", serde_json::json!([]), &["lib"]),
            package("tool", Value::Null, &["bin"]),
        ];
        let (rust_version, names) = select(&serde_json::json!({ "packages": packages })).unwrap();
        assert_eq!((rust_version.as_str(), names), ("1.95", vec!["a".to_owned(), "b".to_owned()]));
        assert!(select(&serde_json::json!({ "packages": [] })).is_err());
        assert!(select(&Value::Null).is_err());
    }
}
