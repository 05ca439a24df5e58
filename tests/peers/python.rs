//! A Python of the tests' own, in a virtual environment with PyJWT.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use crate::process::{self, run};

const PYJWT: &str = "2.15.1";
const CRYPTOGRAPHY: &str = "50.0.2";

/// The virtual environment's Python, with PyJWT in it. Made once, in the target folder.
fn python() -> &'static PathBuf {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pyjwt");
        let python = folder.join("bin").join("python");
        let versions = format!(
            "import jwt, cryptography\nassert (jwt.__version__, cryptography.__version__) == {:?}",
            (PYJWT, CRYPTOGRAPHY)
        );
        let has_pyjwt = |python: &PathBuf| {
            let imports = Command::new(python).args(["-c", &versions]).output();
            imports.is_ok_and(|output| output.status.success())
        };
        if !has_pyjwt(&python) {
            run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder));
            let install = ["-m", "pip", "install", "--quiet"];
            let packages = [format!("pyjwt=={PYJWT}"), format!("cryptography=={CRYPTOGRAPHY}")];
            run(Command::new(&python).args(install).args(packages));
        }
        assert!(has_pyjwt(&python), "PyJWT is not there");
        python
    })
}

/// Runs a Python script that reads this JSON, and reads the JSON that it prints.
pub(crate) fn ask(script: &str, question: &Value) -> Value {
    process::ask(Command::new(python()).args(["-c", script]), question)
}
