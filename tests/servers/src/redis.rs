//! A Redis or Valkey server, and six Redis servers as a cluster.
//!
//! Nothing is kept on disk unless a test asks for it, so a restarted server is an empty one.

use std::fmt;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::{Process, free_port};

/// How long a server may take to start or a cluster to form; the machines of a CI are slow at times.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a node of a cluster may be silent until it counts as failed, in milliseconds.
const NODE_TIMEOUT: &str = "2000";

/// Whether `redis-server` and `redis-cli` are installed, and servers wanted.
#[must_use]
pub fn redis_is_installed() -> bool {
    are_installed(["redis-server", "redis-cli"])
}

/// Whether `valkey-server` and `redis-cli`, which speaks to both, are installed, and servers wanted.
#[must_use]
pub fn valkey_is_installed() -> bool {
    are_installed(["valkey-server", "redis-cli"])
}

fn are_installed(programs: [&str; 2]) -> bool {
    crate::are_wanted()
        && programs.iter().all(|program| {
            Command::new(program).arg("--version").output().is_ok_and(|out| out.status.success())
        })
}

/// A running server on a port of its own, in a folder of its own.
pub struct Redis {
    program: &'static str,
    process: Option<Process>,
    folder: TempDir,
    port: u16,
    arguments: Vec<String>,
}

impl Redis {
    /// Starts `redis-server` with these arguments beside the usual ones.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start(more: &[&str]) -> Self {
        Self::start_at("redis-server", free_port(), more)
    }

    /// Starts `valkey-server` with these arguments beside the usual ones.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start_valkey(more: &[&str]) -> Self {
        Self::start_at("valkey-server", free_port(), more)
    }

    fn start_at(program: &'static str, port: u16, more: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let arguments = more.iter().map(|&argument| argument.to_owned()).collect();
        let mut server = Self { program, process: None, folder, port, arguments };
        server.restart();
        server
    }

    /// Starts the server again on the same port, after stopping it if it runs.
    ///
    /// # Panics
    /// If it does not start.
    pub fn restart(&mut self) {
        self.stop();
        let port = self.port.to_string();
        let folder = self.folder.path().to_str().expect("a folder with a plain name").to_owned();
        let mut arguments = vec![
            "--port",
            &port,
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            &folder,
        ];
        arguments.extend(self.arguments.iter().map(String::as_str));
        self.process = Some(Process::start(Path::new(self.program), &arguments, self.folder.path()));
        let patience = Instant::now();
        while self.try_command(&["ping"]).as_deref() != Some("PONG") {
            assert!(patience.elapsed() < PATIENCE, "{} did not start:\n{}", self.program, self.log());
            sleep(Duration::from_millis(10));
        }
    }

    /// Stops the server in order; it is gone when this returns.
    pub fn stop(&mut self) {
        if let Some(process) = self.process.take() {
            // The server ends without an answer.
            let _ = self.try_command(&["shutdown", "nosave"]);
            drop(process);
        }
    }

    /// Kills the server; it is gone when this returns.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Stops the server's process for as long as [`resume`](Self::resume) is not called: it takes connections and
    /// answers nothing.
    ///
    /// # Panics
    /// If it does not run.
    pub fn pause(&self) {
        self.process.as_ref().expect("a running server").signal("STOP");
    }

    /// Ends a [`pause`](Self::pause).
    ///
    /// # Panics
    /// If it does not run.
    pub fn resume(&self) {
        self.process.as_ref().expect("a running server").signal("CONT");
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where a client finds it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Sends a command by `redis-cli`, and returns what that prints, without white space at the end.
    ///
    /// # Panics
    /// If the server cannot be reached, or answers with an error.
    #[expect(clippy::must_use_candidate, reason = "most commands are sent for what they do")]
    pub fn command(&self, arguments: &[&str]) -> String {
        let answer = self.try_command(arguments);
        answer.unwrap_or_else(|| panic!("redis-cli {arguments:?} failed:\n{}", self.log()))
    }

    fn try_command(&self, arguments: &[&str]) -> Option<String> {
        let port = self.port.to_string();
        let output = Command::new("redis-cli").args(["-e", "-p", &port]).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis")
            .field("program", &self.program)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

/// Six servers that form a cluster: three primaries with a replica each.
#[derive(Debug)]
pub struct RedisCluster {
    servers: Vec<Redis>,
}

impl RedisCluster {
    /// Starts the servers and waits until the cluster answers on all of them.
    ///
    /// # Panics
    /// If it does not form.
    #[must_use]
    pub fn start() -> Self {
        let options = ["--cluster-enabled", "yes", "--cluster-node-timeout", NODE_TIMEOUT];
        let servers: Vec<_> =
            (0..6).map(|_| Redis::start_at("redis-server", free_cluster_port(), &options)).collect();
        let nodes: Vec<_> = servers.iter().map(|server| format!("127.0.0.1:{}", server.port)).collect();
        let output = Command::new("redis-cli")
            .args(["--cluster", "create"])
            .args(&nodes)
            .args(["--cluster-replicas", "1", "--cluster-yes"])
            .output()
            .expect("redis-cli");
        assert!(output.status.success(), "no cluster: {}", String::from_utf8_lossy(&output.stdout));
        let cluster = Self { servers };
        cluster.wait_until("six nodes that agree", || {
            cluster.servers.iter().all(|server| {
                let info = server.command(&["cluster", "info"]);
                info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:6")
            }) && cluster.primaries().len() == 3
                && cluster.servers.iter().all(|server| {
                    let info = server.command(&["info", "replication"]);
                    info.contains("master_link_status:up") || info.contains("connected_slaves:1")
                })
        });
        cluster
    }

    /// Where a client finds it.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        self.servers.iter().map(Redis::url).collect()
    }

    /// The positions of the primaries that run, as each says itself.
    #[must_use]
    pub fn primaries(&self) -> Vec<usize> {
        let is_primary =
            |server: &Redis| server.process.is_some() && server.command(&["role"]).starts_with("master");
        (0..self.servers.len()).filter(|&number| self.servers.get(number).is_some_and(is_primary)).collect()
    }

    /// One server.
    ///
    /// # Panics
    /// If there is none of that number.
    #[must_use]
    pub fn server(&self, number: usize) -> &Redis {
        self.servers.get(number).expect("a number below six")
    }

    /// Kills a primary, and waits until its replica has taken its place.
    ///
    /// # Panics
    /// If that does not happen.
    pub fn fail_over(&mut self, primary: usize) {
        let before = self.primaries().len();
        self.servers.get_mut(primary).expect("a number below six").kill();
        self.wait_until("a promoted replica", || {
            self.primaries().len() == before
                && self
                    .running()
                    .all(|server| server.command(&["cluster", "info"]).contains("cluster_state:ok"))
        });
    }

    fn running(&self) -> impl Iterator<Item = &Redis> {
        self.servers.iter().filter(|server| server.process.is_some())
    }

    fn wait_until(&self, what: &str, is_so: impl Fn() -> bool) {
        let patience = Instant::now();
        while !is_so() {
            let logs = || self.servers.iter().map(Redis::log).collect::<String>();
            assert!(patience.elapsed() < PATIENCE, "no {what} after {PATIENCE:?}:\n{}", logs());
            sleep(Duration::from_millis(50));
        }
    }
}

/// A free port whose cluster bus, 10000 above it, has a free one too.
fn free_cluster_port() -> u16 {
    let is_free = |port: u16| {
        port.checked_add(10_000).is_some_and(|bus| {
            TcpListener::bind(("127.0.0.1", bus)).is_ok() && TcpStream::connect(("127.0.0.1", bus)).is_err()
        })
    };
    (0..1000).map(|_| free_port()).find(|&port| is_free(port)).expect("two free ports")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restarted_server_is_empty() {
        if !redis_is_installed() {
            assert!(std::env::var_os("CI").is_none(), "no redis-server");
            println!("skipped: a_restarted_server_is_empty: no redis-server");
            return;
        }
        let mut server = Redis::start(&[]);
        assert_eq!(server.command(&["set", "a", "b"]), "OK");
        server.restart();
        assert_eq!(server.command(&["get", "a"]), "");
    }
}
