//! What the tests against other implementations need: a Python that can make a virtual environment. The
//! tests make the environment themselves.

use std::path::Path;
use std::process::{Command, Stdio};

/// Makes sure of it, installing it where that can be done.
pub(crate) fn prepare() -> Result<(), String> {
    if has_venv() {
        return Ok(());
    }
    if is_root() && Path::new("/etc/debian_version").exists() {
        println!("-- installing python3 and python3-venv");
        run("apt-get", &["update"])?;
        run("apt-get", &["install", "--yes", "--no-install-recommends", "python3", "python3-venv"])?;
    }
    if has_venv() {
        return Ok(());
    }
    Err("The tests against PyJWT need python3 with the modules venv and ensurepip (on Debian: \
         apt-get install python3 python3-venv). Without them: cargo xtask test --without-servers"
        .to_owned())
}

fn has_venv() -> bool {
    let mut python = Command::new("python3");
    python.args(["-c", "import venv, ensurepip"]).stdout(Stdio::null()).stderr(Stdio::null());
    python.status().is_ok_and(|status| status.success())
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    let status = Command::new(program).args(arguments).env("DEBIAN_FRONTEND", "noninteractive").status();
    match status {
        Ok(status) if status.success() => Ok(()),
        _ => Err(format!("{program} {} failed", arguments.join(" "))),
    }
}
