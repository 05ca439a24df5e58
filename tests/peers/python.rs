//! A Python of the tests' own, in a virtual environment with PyJWT.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

/// The virtual environment's Python, with PyJWT in it. Made once, in the target folder.
fn python() -> &'static PathBuf {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pyjwt");
        let python = folder.join("bin").join("python");
        let has_pyjwt = |python: &PathBuf| {
            let imports = Command::new(python).args(["-c", "import jwt, cryptography"]).output();
            imports.is_ok_and(|output| output.status.success())
        };
        if !has_pyjwt(&python) {
            run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder));
            let install = ["-m", "pip", "install", "--quiet", "pyjwt==2.15.1", "cryptography==50.0.2"];
            run(Command::new(&python).args(install));
        }
        assert!(has_pyjwt(&python), "PyJWT is not there");
        python
    })
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a Python script with one JSON argument, and reads the JSON that it prints.
pub(crate) fn ask(script: &str, argument: &Value) -> Value {
    let printed = run(Command::new(python()).args(["-c", script, &argument.to_string()]));
    serde_json::from_str(&printed).expect(&printed)
}
