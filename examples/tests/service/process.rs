//! The service as a process, and raw HTTP.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_service");

/// `alice:wonderland`, as RFC 7617 section 2 has it.
pub(crate) const ALICE: &str = "Basic YWxpY2U6d29uZGVybGFuZA==";

/// A running service; killed when it is dropped.
pub(crate) struct Service {
    child: Child,
    address: SocketAddr,
}

/// An answer, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) challenges: Vec<String>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect(&self.body)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.json()[name].as_str().expect(name).to_owned()
    }
}

pub(crate) fn add_alice(data: &Path) {
    add_user(data, "alice", "wonderland", Some("operator"));
}

pub(crate) fn add_user(data: &Path, name: &str, password: &str, role: Option<&str>) {
    let mut command = Command::new(PROGRAM);
    command.args(["add-user", name, "--data"]).arg(data);
    command.args(role.iter().flat_map(|role| ["--role", role]));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

/// Adds a user without a role; whether that could be done.
pub(crate) fn try_add_user(data: &Path, name: &str) -> bool {
    let mut command = Command::new(PROGRAM);
    command.args(["add-user", name, "--data"]).arg(data).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"secret").unwrap();
    child.wait().unwrap().success()
}

/// What a service that does not start says.
pub(crate) fn refusal(data: &Path) -> String {
    let mut command = Command::new(PROGRAM);
    let output = command.args(["serve", "--port", "0", "--data"]).arg(data).output().unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

impl Service {
    pub(crate) fn start(data: &Path) -> Self {
        let mut command = Command::new(PROGRAM);
        command.args(["serve", "--port", "0", "--data"]).arg(data);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").expect(&line).parse().unwrap();
        Self { child, address }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }

    /// Sends bytes as they are, and reads the answer.
    pub(crate) fn send(&self, request: &[u8]) -> Answer {
        let mut stream = self.connect();
        // A server may answer and close before it has read all of an oversized request.
        let _ = stream.write_all(request);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let challenge = |line: &str| {
            line.split_once(": ").filter(|(name, _)| *name == "www-authenticate").map(|it| it.1.to_owned())
        };
        Answer { status, challenges: head.lines().filter_map(challenge).collect(), body: body.to_owned() }
    }

    /// Sends bytes as they are, and reads the answer's status line and header lines.
    pub(crate) fn head(&self, request: &[u8]) -> String {
        let mut stream = self.connect();
        stream.write_all(request).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split_once("\r\n\r\n").expect("a head").0.to_owned() + "\r\n"
    }

    /// Sends a request with these header lines and this body.
    pub(crate) fn request(&self, line: &str, headers: &[&str], body: &str) -> Answer {
        let mut request = format!("{line} HTTP/1.1\r\nhost: service\r\nconnection: close\r\n");
        for header in headers {
            request += &format!("{header}\r\n");
        }
        request += &format!("content-length: {}\r\n\r\n{body}", body.len());
        self.send(request.as_bytes())
    }

    /// A request that shows credentials and has no body.
    pub(crate) fn with(&self, line: &str, authorization: &str) -> Answer {
        self.request(line, &[&format!("authorization: {authorization}")], "")
    }

    /// The access and the refresh token of a log-in.
    pub(crate) fn log_in(&self) -> (String, String) {
        let answer = self.with("POST /tokens", ALICE);
        assert_eq!(answer.status, 200, "{answer:?}");
        (answer.text("access_token"), answer.text("refresh_token"))
    }

    pub(crate) fn refresh(&self, token: &str) -> Answer {
        let form = "content-type: application/x-www-form-urlencoded";
        self.request("POST /tokens/refresh", &[form], &format!("refresh_token={token}"))
    }

    /// The memory that it has in use, in bytes.
    #[cfg(target_os = "linux")]
    pub(crate) fn resident(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().strip_suffix(" kB").unwrap().parse::<usize>().unwrap() * 1024
    }

    /// Asks it to end, as a supervisor would, and waits until it has.
    #[cfg(unix)]
    pub(crate) fn terminate(mut self) -> ExitStatus {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.child.wait().unwrap()
    }

    /// Kills it, as a crash would, and returns what it wrote to standard error.
    pub(crate) fn kill(mut self) -> String {
        self.child.kill().unwrap();
        let mut errors = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        self.child.wait().unwrap();
        errors
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
