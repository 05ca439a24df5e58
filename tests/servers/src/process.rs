//! A server as a process that does not outlive its starter.
//!
//! A shell stands between the two. It starts the server and then reads from a pipe whose other end the starter
//! holds: when that end closes, for whatever reason, the shell kills the server. A destructor alone would not do,
//! since values that live as long as the program are not dropped, nor those of a program that is killed.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The user that servers run as where the tests are root's: some refuse to be.
const NOBODY: u32 = 65_534;

/// A running server.
#[derive(Debug)]
pub struct Process {
    shell: Child,
    pid: u32,
}

impl Process {
    /// Starts `program` in `folder`, where its output goes to `log`; as root, the server is nobody's, and the
    /// folder with it.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn start(program: &Path, arguments: &[&str], folder: &Path) -> Self {
        let script = r#"exec 2>/dev/null; log=$1; shift; "$@" >>"$log" 2>&1 </dev/null & pid=$!; echo $pid; read _; kill -9 $pid; wait $pid"#;
        let mut command = Command::new("sh");
        command.args(["-c", script, "sh"]).arg(folder.join("log")).arg(program).args(arguments);
        let mut shell = as_nobody(&mut command, folder)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut line = String::new();
        let stdout = shell.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("the server's process id");
        let pid = line.trim().parse().expect("the server's process id");
        Self { shell, pid }
    }

    /// The server's process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether the server has ended by itself. Nobody has waited for it, so the system still knows it.
    ///
    /// # Panics
    /// If the system does not tell.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        let output =
            Command::new("ps").args(["-o", "stat=", "-p", &self.pid.to_string()]).output().expect("ps");
        matches!(output.stdout.trim_ascii_start().first(), None | Some(b'Z'))
    }

    /// Sends the server a signal, by its name without `SIG`.
    ///
    /// # Panics
    /// If it is gone.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.pid.to_string()]).status();
        assert!(status.expect("kill").success(), "there is no process {} to get {name}", self.pid);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// Makes a command that works in `folder` nobody's where we are root, and the folder with it.
///
/// # Panics
/// If the folder cannot be handed over.
pub fn as_nobody<'a>(command: &'a mut Command, folder: &Path) -> &'a mut Command {
    if !is_root() {
        return command;
    }
    std::os::unix::fs::chown(folder, Some(NOBODY), Some(NOBODY)).expect("a folder to hand over");
    command.uid(NOBODY).gid(NOBODY)
}

/// Whether this process is root's.
///
/// # Panics
/// If the system does not tell.
#[must_use]
pub fn is_root() -> bool {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.as_file().metadata().expect("its owner").uid() == 0
}

/// A port on loopback that was free a moment ago.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("its number").port()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_running(pid: u32) -> bool {
        Command::new("kill").args(["-0", &pid.to_string()]).stderr(Stdio::null()).status().unwrap().success()
    }

    #[test]
    fn a_server_that_has_ended_by_itself_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let running = Process::start(Path::new("sleep"), &["600"], folder.path());
        assert!(!running.has_ended());
        let ended = Process::start(Path::new("true"), &[], folder.path());
        while !ended.has_ended() {
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_server_ends_with_its_value() {
        let folder = tempfile::tempdir().unwrap();
        let process = Process::start(Path::new("sleep"), &["600"], folder.path());
        let pid = process.pid();
        assert!(is_running(pid));
        drop(process);
        assert!(!is_running(pid));
    }
}
