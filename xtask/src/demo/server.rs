//! The service as a process.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running service. It is killed when this is dropped.
pub(crate) struct Server {
    child: Child,
    url: String,
}

impl Server {
    /// Starts it and waits until it listens.
    pub(crate) fn start(
        program: &Path,
        data: &Path,
        port: u16,
        options: &[(&str, u64)],
    ) -> Result<Self, String> {
        let mut command = Command::new(program);
        command.arg("serve").arg("--data").arg(data).args(["--port", &port.to_string()]);
        for (name, value) in options {
            command.args([*name, &value.to_string()]);
        }
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("the service could not be started: {error}"))?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            let _ = BufReader::new(stdout).read_line(&mut line);
        }
        match line.trim().strip_prefix("listening on ") {
            Some(url) => Ok(Self { child, url: url.to_owned() }),
            None => {
                let _ = child.kill();
                let _ = child.wait();
                Err("the service ended before it listened".to_owned())
            }
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Kills it, as a crash would, and waits until it is gone.
    pub(crate) fn kill(mut self) -> Result<(), String> {
        self.child.kill().and_then(|()| self.child.wait()).map_err(|error| error.to_string())?;
        Ok(())
    }

    /// Waits until it ends by itself.
    pub(crate) fn wait(mut self) -> Result<(), String> {
        self.child.wait().map_err(|error| error.to_string())?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Adds a user through the service's own command, with the password on standard input.
pub(crate) fn add_user(
    program: &Path,
    data: &Path,
    name: &str,
    password: &str,
    role: Option<&str>,
) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("user {name} could not be added: {error}");
    let mut command = Command::new(program);
    command.arg("add-user").arg("--data").arg(data).arg(name);
    if let Some(role) = role {
        command.args(["--role", role]);
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(password.as_bytes()).map_err(failed)?;
    }
    let status = child.wait().map_err(failed)?;
    if status.success() { Ok(()) } else { Err(format!("user {name} could not be added")) }
}
