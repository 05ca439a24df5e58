//! An example as a process, and requests to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// A running example; killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    /// As it says: `http://HOST:PORT`.
    pub(crate) url: String,
    port: u16,
    /// What it has written to standard output since.
    lines: Arc<Mutex<Vec<String>>>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect(&self.body)
    }

    /// `Bearer` and the access token of a log-in.
    pub(crate) fn bearer(&self) -> String {
        assert_eq!(self.status, 200, "{self:?}");
        let body = self.json();
        let token = body.get("access_token").or(body.get("token")).and_then(Value::as_str);
        format!("Bearer {}", token.unwrap())
    }
}

impl Process {
    pub(crate) fn start(program: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(program);
        let mut child = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = output.next().expect("an example that starts").unwrap();
        let url = first.strip_prefix("listening on ").expect(&first).to_owned();
        let port = url.rsplit(':').next().unwrap().parse().unwrap();
        let lines = Arc::<Mutex<Vec<String>>>::default();
        let written = Arc::clone(&lines);
        std::thread::spawn(move || {
            for line in output {
                written.lock().unwrap().push(line.unwrap());
            }
        });
        Self { child, url, port, lines }
    }

    /// A request that shows these credentials.
    pub(crate) fn send(&self, line: &str, authorization: &str) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let request = format!(
            "{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 0\r\n\
             authorization: {authorization}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        Answer { status: head.split(' ').nth(1).unwrap().parse().unwrap(), body: body.to_owned() }
    }

    pub(crate) fn status(&self, line: &str, authorization: &str) -> u16 {
        self.send(line, authorization).status
    }

    /// How often it has written this line.
    pub(crate) fn count(&self, line: &str) -> usize {
        self.lines.lock().unwrap().iter().filter(|written| *written == line).count()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// Asks again and again until it is so, and says how long that took.
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) -> Duration {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(60), "not within a minute: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
    began.elapsed()
}
