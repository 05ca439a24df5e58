//! A PostgreSQL server with a fresh, empty database cluster.
//!
//! Tests share one server in a program and take a schema each. It takes a hundred connections, as PostgreSQL does by
//! default: with 64 tasks at a time, their pools may have 16 connections or so and not one for each task.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Folder, Process, are_wanted, as_nobody, free_port};

/// How long a server may take to start, recovery from a crash included.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server, or one that is stopped for a while. It ends, and its data with it, when it is dropped.
#[derive(Debug)]
pub struct Postgres {
    process: Option<Process>,
    folder: Folder,
    programs: PathBuf,
    port: u16,
    settings: Vec<String>,
}

impl Postgres {
    /// The superuser, who needs no password.
    pub(crate) const USER: &str = "countersign";

    /// Starts a server that does not wait for the disk. `settings` are more of its settings, as `name=value`.
    /// `None` where no PostgreSQL is installed.
    ///
    /// # Panics
    /// If what is installed does not start.
    #[must_use]
    pub fn start(settings: &[&str]) -> Option<Self> {
        Self::start_with(&[&["fsync=off"], settings].concat())
    }

    /// The same, of a server whose commits are on the disk: for tests that kill it.
    ///
    /// # Panics
    /// If what is installed does not start.
    #[must_use]
    pub fn start_durable(settings: &[&str]) -> Option<Self> {
        Self::start_with(&[&["fsync=on"], settings].concat())
    }

    fn start_with(settings: &[&str]) -> Option<Self> {
        let programs = programs().filter(|_| are_wanted())?;
        let folder = Folder::new();
        let mut command = Command::new(programs.join("initdb"));
        command.args([
            "--no-sync",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-locale",
            "--username",
            Self::USER,
        ]);
        command.arg("--pgdata").arg(data(folder.path()));
        run(&mut command, &folder);
        let settings = settings.iter().map(|&setting| setting.to_owned()).collect();
        let mut server = Self { process: None, folder, programs, port: free_port(), settings };
        server.restart();
        Some(server)
    }

    /// Starts a standby of this server, which follows it by streaming replication.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start_standby(&self) -> Self {
        let folder = Folder::new();
        let mut command = Command::new(self.programs.join("pg_basebackup"));
        command.args(["--host=127.0.0.1", "--username", Self::USER, "--no-sync"]);
        command.args(["--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast"]);
        command.arg("--port").arg(self.port.to_string()).arg("--pgdata").arg(data(folder.path()));
        run(&mut command, &folder);
        let (programs, settings) = (self.programs.clone(), self.settings.clone());
        let mut standby = Self { process: None, folder, programs, port: free_port(), settings };
        standby.restart();
        standby
    }

    /// Makes a standby the primary.
    ///
    /// # Panics
    /// If the server is not a standby.
    pub fn promote(&self) {
        let mut command = Command::new(self.programs.join("pg_ctl"));
        command.args(["promote", "--wait", "--pgdata"]).arg(data(self.folder.path()));
        run(&mut command, &self.folder);
    }

    /// Makes a server that is stopped a standby of `primary`, from its next start on: the second half of a
    /// switch-over.
    ///
    /// # Panics
    /// If its files cannot be written.
    pub fn become_standby_of(&self, primary: &Self) {
        let script = r#"touch data/standby.signal && echo "$1" >>data/postgresql.auto.conf"#;
        let setting =
            format!("primary_conninfo = 'host=127.0.0.1 port={} user={}'", primary.port, Self::USER);
        run(Command::new("sh").args(["-c", script, "sh", &setting]), &self.folder);
    }

    /// Starts the server again on the data that it has, after [`stop`](Self::stop) or [`kill`](Self::kill).
    ///
    /// # Panics
    /// If it is not ready in time.
    pub fn restart(&mut self) {
        let began = Instant::now();
        self.process = None;
        let mut arguments = vec!["-D".to_owned(), "data".to_owned()];
        let ours = ["listen_addresses=127.0.0.1", "unix_socket_directories="].map(str::to_owned);
        for setting in ours.into_iter().chain([format!("port={}", self.port)]).chain(self.settings.clone()) {
            arguments.extend(["-c".to_owned(), setting]);
        }
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        // Not at the first attempt, perhaps: the processes of a server that was killed take a moment to end.
        while began.elapsed() < PATIENCE {
            let process = Process::start(&self.programs.join("postgres"), &arguments, self.folder.path());
            while !process.has_ended() && began.elapsed() < PATIENCE {
                if self.is_ready(process.pid()) {
                    self.process = Some(process);
                    return;
                }
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        panic!("PostgreSQL was not ready in {PATIENCE:?}; its log: {log}");
    }

    /// Whether the server takes connections, by the file in which its first line is its process id and the eighth its
    /// state.
    fn is_ready(&self, pid: u32) -> bool {
        let text = std::fs::read_to_string(data(self.folder.path()).join("postmaster.pid"));
        text.is_ok_and(|text| {
            let mut lines = text.lines();
            lines.next().is_some_and(|line| line.trim() == pid.to_string())
                && lines.nth(6).is_some_and(|line| ["ready", "standby"].contains(&line.trim()))
        })
    }

    /// Ends the server in good order: connections are cut, and what was written is put where it belongs.
    ///
    /// # Panics
    /// If it does not end in time.
    pub fn stop(&mut self) {
        let Some(process) = self.process.take() else { return };
        process.signal("INT");
        let began = Instant::now();
        while data(self.folder.path()).join("postmaster.pid").exists() {
            assert!(began.elapsed() < PATIENCE, "PostgreSQL has not ended in {PATIENCE:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Puts the data of a server that is stopped aside, for [`put_back`](Self::put_back).
    ///
    /// # Panics
    /// If it cannot be copied.
    pub fn put_aside(&self) {
        self.copy("data", "aside");
    }

    /// Exchanges the data of a server that is stopped for what was [put aside](Self::put_aside), as an operator does who
    /// restores a backup of the files.
    ///
    /// # Panics
    /// If it cannot be copied.
    pub fn put_back(&self) {
        self.copy("aside", "data");
    }

    fn copy(&self, from: &str, to: &str) {
        let script = r#"rm -rf "$2" && cp -a "$1" "$2""#;
        run(Command::new("sh").args(["-c", script, "sh", from, to]), &self.folder);
    }

    /// Kills the server (SIGKILL) at whatever it does. Its other processes end as they notice.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Sends the server's first process a signal, by its name without `SIG`.
    ///
    /// # Panics
    /// If the server is not running.
    pub fn signal(&self, name: &str) {
        self.process.as_ref().expect("a running server").signal(name);
    }

    /// Exchanges the rules of who may connect (`pg_hba.conf`). The server reads them a moment later.
    ///
    /// # Panics
    /// If the server is not running, or the file cannot be written.
    pub fn allow(&self, rules: &str) {
        std::fs::write(data(self.folder.path()).join("pg_hba.conf"), rules).expect("a file of rules");
        self.signal("HUP");
    }

    /// Where and as whom to connect, as `tokio-postgres` and `psql` take it.
    #[must_use]
    pub fn connection_string(&self) -> String {
        format!("host=127.0.0.1 port={} user={} dbname=postgres", self.port, Self::USER)
    }

    /// The port on loopback, which stays the same for as long as the value lives.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// Runs a command in a server's folder, as the user that the server runs as.
fn run(command: &mut Command, folder: &Folder) {
    let command = command.current_dir(folder.path()).stdin(Stdio::null());
    let output = as_nobody(command, folder.path()).output().expect("a program that is installed");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}

/// The folder with the server's programs: one of `PATH`, links followed, or the newest of Debian's.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path).find_map(|folder| {
        let server = folder.join("postgres").canonicalize().ok()?;
        server.parent().filter(|folder| is_there(folder)).map(Path::to_owned)
    });
    in_path.or_else(|| {
        let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(Result::ok);
        let mut versions: Vec<(u32, PathBuf)> = versions
            .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
            .filter(|(_, folder)| is_there(folder))
            .collect();
        versions.sort();
        versions.pop().map(|(_, folder)| folder)
    })
}

fn is_there(folder: &Path) -> bool {
    ["postgres", "initdb", "pg_basebackup", "pg_ctl"].iter().all(|program| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn a_server_comes_back_on_the_same_port_after_a_stop_and_after_a_kill() {
        let Some(mut server) = Postgres::start(&[]) else {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "PostgreSQL is missing");
            let line = "\nskipped: a_server_comes_back_on_the_same_port: no PostgreSQL\n";
            std::io::stdout().write_all(line.as_bytes()).unwrap();
            return;
        };
        let port = server.port();
        let is_up = || TcpStream::connect(("127.0.0.1", port)).is_ok();
        assert!(is_up());
        server.stop();
        assert!(!is_up());
        server.restart();
        assert!(is_up());
        server.kill();
        server.restart();
        assert!(is_up());
        assert_eq!(server.port(), port);
    }
}
