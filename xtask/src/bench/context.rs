//! What programs in other languages take for the same jobs, told as context: each is a process of its own, with a
//! timing loop of its own, and nothing is demanded beside it.
//!
//! Their packages are installed into the target folder, the versions that are pinned here and in
//! `benches/compare/context`. Where one cannot be had, its rows are left out, and the page says so.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const PYJWT: &str = "2.15.1";
const CRYPTOGRAPHY: &str = "50.0.2";

/// A program that measures itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Program {
    Secrets,
    PyJwt,
    Jose,
    FastJwt,
}

/// One that is there.
pub(super) struct Installed {
    command: PathBuf,
    arguments: Vec<String>,
    folder: PathBuf,
    /// Name and version of what it is made of.
    pub(super) versions: Vec<(String, String)>,
}

impl Program {
    /// Installs what is missing.
    pub(super) fn install(self) -> Result<Installed, String> {
        let root = crate::cargo::root();
        let scripts = root.join("benches/compare/context");
        let target = root.join("target/context");
        match self {
            Self::Secrets => Installed::python(PathBuf::from("python3"), "random_tokens.py", scripts, &[]),
            Self::PyJwt => {
                let packages = [("PyJWT", PYJWT), ("cryptography", CRYPTOGRAPHY)];
                let python = environment(&target.join("python"), &packages)?;
                Installed::python(python, "signed_tokens.py", scripts, &packages)
            }
            Self::Jose => Installed::node("jose", &scripts, target.join("node")),
            Self::FastJwt => Installed::node("fast-jwt", &scripts, target.join("node")),
        }
    }
}

impl Installed {
    fn python(
        command: PathBuf,
        script: &str,
        folder: PathBuf,
        packages: &[(&str, &str)],
    ) -> Result<Self, String> {
        let mut versions = vec![version(&command, "Python")?];
        versions.extend(packages.iter().map(|(name, version)| ((*name).to_owned(), (*version).to_owned())));
        // Nothing is to be left beside the scripts.
        let arguments = ["-B", script].map(str::to_owned).to_vec();
        Ok(Self { command, arguments, folder, versions })
    }

    /// Node looks for packages from where a script lies, so the script is taken to where they are.
    fn node(package: &str, scripts: &Path, folder: PathBuf) -> Result<Self, String> {
        fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        for name in ["package.json", "package-lock.json", "signed_tokens.mjs"] {
            fs::copy(scripts.join(name), folder.join(name)).map_err(|error| format!("{name}: {error}"))?;
        }
        let lock = fs::read_to_string(folder.join("package-lock.json")).map_err(|error| error.to_string())?;
        let locked = |name: &str| {
            let lock: Value = serde_json::from_str(&lock).ok()?;
            Some(lock["packages"][format!("node_modules/{name}")]["version"].as_str()?.to_owned())
        };
        let installed = |name: &str| {
            let file = folder.join("node_modules").join(name).join("package.json");
            let package: Value = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
            Some(package["version"].as_str()?.to_owned())
        };
        let wanted = locked(package).ok_or_else(|| format!("{package} is not in the lock file"))?;
        if installed(package).as_ref() != Some(&wanted) {
            let install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
            run(Command::new("npm").args(install).current_dir(&folder))?;
        }
        let command = PathBuf::from("node");
        let versions = vec![version(&command, "Node")?, (package.to_owned(), wanted)];
        let arguments = ["signed_tokens.mjs", package].map(str::to_owned).to_vec();
        Ok(Self { command, arguments, folder, versions })
    }

    /// What it measured in so many rounds, in the form of the comparison.
    pub(super) fn measure(&self, rounds: u32) -> Result<String, String> {
        let mut command = Command::new(&self.command);
        run(command.args(&self.arguments).arg(rounds.to_string()).current_dir(&self.folder))
    }
}

/// The Python of a virtual environment that has these packages.
fn environment(folder: &Path, packages: &[(&str, &str)]) -> Result<PathBuf, String> {
    let python = folder.join("bin").join("python");
    let checks = packages.iter().map(|(name, version)| format!("assert m.version({name:?}) == {version:?}"));
    let check = format!("import importlib.metadata as m\n{}", checks.collect::<Vec<_>>().join("\n"));
    let is_there = || run(Command::new(&python).args(["-c", &check])).is_ok();
    if !is_there() {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))?;
        let names = packages.iter().map(|(name, version)| format!("{name}=={version}"));
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(names))?;
    }
    if is_there() { Ok(python) } else { Err("pip has not installed what it was told to".to_owned()) }
}

/// Its name and its version.
fn version(command: &Path, name: &str) -> Result<(String, String), String> {
    let said = run(Command::new(command).arg("--version"))?;
    Ok((name.to_owned(), last_word(&said).to_owned()))
}

/// Of `Python 3.13.0` or `v20.20.2`, the number.
fn last_word(said: &str) -> &str {
    said.split_whitespace().last().unwrap_or_default().trim_start_matches('v')
}

/// What a command that ends well prints.
fn run(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{name}: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("{name}: {}", String::from_utf8_lossy(&output.stderr).trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_the_last_word_without_its_letter() {
        assert_eq!(last_word("Python 3.13.0\n"), "3.13.0");
        assert_eq!(last_word("v20.20.2\n"), "20.20.2");
        assert_eq!(last_word(""), "");
    }

    #[test]
    fn a_program_that_fails_or_is_not_there_is_named() {
        assert!(run(&mut Command::new("no-such-program")).unwrap_err().starts_with("no-such-program: "));
        let failed = run(Command::new("rustc").arg("--no-such-option")).unwrap_err();
        assert!(failed.starts_with("rustc: error"), "{failed}");
    }
}
