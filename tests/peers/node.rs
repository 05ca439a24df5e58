//! A folder of the tests' own with jose in it, for Node.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use crate::process::{self, run};

/// What the folder holds beside what npm installs.
const FILES: [(&str, &str); 5] = [
    ("package.json", include_str!("node/package.json")),
    ("package-lock.json", LOCK),
    ("behaviour.mjs", include_str!("node/behaviour.mjs")),
    ("jose.mjs", include_str!("node/jose.mjs")),
    ("tokens.mjs", include_str!("node/tokens.mjs")),
];
const LOCK: &str = include_str!("node/package-lock.json");

/// The folder, in the target folder. Node looks for packages from where a script lies, so it lies there.
fn folder() -> &'static PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("jose");
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in FILES {
            fs::write(folder.join(name), text).unwrap();
        }
        let lock: Value = serde_json::from_str(LOCK).unwrap();
        let locked = &lock["packages"]["node_modules/jose"]["version"];
        let has_jose = || {
            let package = fs::read(folder.join("node_modules/jose/package.json")).ok()?;
            let package: Value = serde_json::from_slice(&package).ok()?;
            Some(package["version"] == *locked)
        };
        if has_jose() != Some(true) {
            let install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
            run(Command::new("npm").args(install).current_dir(&folder));
        }
        assert_eq!(has_jose(), Some(true), "jose is not there");
        folder
    })
}

/// Runs a script of the folder that reads this JSON, and reads the JSON that it prints.
pub(crate) fn ask(script: &str, question: &Value) -> Value {
    process::ask(Command::new("node").arg(script).current_dir(folder()), question)
}
