//! A server, started and asked what it has used.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

pub(super) struct Server {
    pub(super) port: u16,
    /// A line each.
    pub(super) tokens: String,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    process: Child,
}

impl Server {
    pub(super) fn start(
        program: &Path,
        name: &str,
        algorithm: &str,
        remembered: Option<usize>,
    ) -> Result<Self, String> {
        let mut process = Command::new(program)
            .args([name, algorithm])
            .args(remembered.map(|entries| entries.to_string()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("a server could not be started: {error}"))?;
        let (Some(input), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            return Err("a server has no pipes".to_owned());
        };
        let mut server =
            Self { port: 0, tokens: String::new(), input, output: BufReader::new(output), process };
        server.port = server.number()?;
        loop {
            let line = server.line()?;
            if line.trim().is_empty() {
                return Ok(server);
            }
            server.tokens.push_str(&line);
        }
    }

    /// The processor time that it has used so far, in microseconds.
    pub(super) fn used(&mut self) -> Result<u64, String> {
        writeln!(self.input).and_then(|()| self.input.flush()).map_err(|error| error.to_string())?;
        self.number()
    }

    fn number<T: std::str::FromStr>(&mut self) -> Result<T, String> {
        let line = self.line()?;
        line.trim().parse().map_err(|_| format!("a server says {line:?} instead of a number"))
    }

    fn line(&mut self) -> Result<String, String> {
        let mut line = String::new();
        match self.output.read_line(&mut line) {
            Ok(1..) => Ok(line),
            _ => Err("a server has ended".to_owned()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended by itself is not there to be killed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
