//! wrk, which sends the requests: <https://github.com/wg/wrk>.

use std::fs;
use std::process::{Command, Stdio};

/// Connections that are busy at once.
const CONNECTIONS: u32 = 32;

/// Each request has the next client's token. wrk runs it in its own Lua.
const SCRIPT: &str = r#"
local requests, turn = {}, 0

function init()
  for token in io.lines(os.getenv("TOKENS")) do
    requests[#requests + 1] = wrk.format("GET", "/", { Authorization = "Bearer " .. token })
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end
"#;

/// What came of it.
#[derive(Debug, PartialEq)]
pub(super) struct Answers {
    pub(super) count: u64,
    pub(super) per_second: f64,
    /// The latency below which half of the requests were answered, in microseconds.
    pub(super) p50: f64,
    pub(super) p99: f64,
}

pub(super) fn look_for() -> Result<(), String> {
    let status = Command::new("wrk").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    // It ends with 1 after its version.
    status.map(drop).map_err(|_| "wrk is needed (on Debian: apt-get install wrk)".to_owned())
}

/// Sends requests with these tokens, a line each, for so many seconds.
pub(super) fn run(port: u16, tokens: &str, seconds: u32) -> Result<Answers, String> {
    let folder = crate::cargo::root().join("target/load");
    let (script, file) = (folder.join("requests.lua"), folder.join("tokens"));
    let written = fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&script, SCRIPT))
        .and_then(|()| fs::write(&file, tokens));
    written.map_err(|error| format!("{}: {error}", folder.display()))?;
    let output = Command::new("wrk")
        .args(["--threads", "1", "--latency", "--connections", &CONNECTIONS.to_string()])
        .args(["--duration", &format!("{seconds}s"), "--script"])
        .arg(script)
        .arg(format!("http://127.0.0.1:{port}/"))
        .env("TOKENS", file)
        .output()
        .map_err(|error| format!("wrk could not be started: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    answers(&text).ok_or_else(|| format!("wrk says\n{text}"))
}

/// Out of what wrk prints; `None` if a request was refused, or was not answered.
fn answers(text: &str) -> Option<Answers> {
    if text.contains("Non-2xx") || text.contains("Socket errors") {
        return None;
    }
    let after = |label: &str| {
        let mut lines = text.lines().map(str::trim_start);
        lines.find_map(|line| line.strip_prefix(label)?.split_whitespace().next())
    };
    let count = text.lines().find_map(|line| line.trim().split_once(" requests in "))?.0;
    Some(Answers {
        count: count.parse().ok()?,
        per_second: after("Requests/sec:")?.parse().ok()?,
        p50: microseconds(after("50%")?)?,
        p99: microseconds(after("99%")?)?,
    })
}

/// Of `1.25ms`.
fn microseconds(text: &str) -> Option<f64> {
    let (digits, factor) = [("us", 1.0), ("ms", 1e3), ("s", 1e6)]
        .into_iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)))?;
    Some(digits.parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "Running 4s test @ http://127.0.0.1:4000/
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   612.09us  210.33us   7.91ms   88.41%
    Req/Sec    50.31k     2.10k   53.11k    90.00%
  Latency Distribution
     50%  580.00us
     75%  655.00us
     90%  799.00us
     99%    1.25ms
  201234 requests in 4.00s, 24.18MB read
Requests/sec:  50301.77
Transfer/sec:      6.04MB
";

    #[test]
    fn the_numbers_are_read() {
        let expected = Answers { count: 201_234, per_second: 50_301.77, p50: 580.0, p99: 1250.0 };
        assert_eq!(answers(OUTPUT), Some(expected));
    }

    #[test]
    fn refused_and_lost_requests_spoil_a_run() {
        assert_eq!(answers(&format!("{OUTPUT}  Non-2xx or 3xx responses: 1\n")), None);
        assert_eq!(
            answers(&format!("{OUTPUT}  Socket errors: connect 0, read 1, write 0, timeout 0\n")),
            None
        );
        assert_eq!(answers(""), None);
    }
}
