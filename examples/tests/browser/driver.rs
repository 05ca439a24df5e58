//! WebDriver (W3C), as much of it as the tests need: JSON over HTTP to a `chromedriver` on loopback.
//!
//! The driver is killed with the test, however that ends ([`Process`]). Chromium takes its orders through a pipe
//! from the driver, and ends when that closes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign_test_servers::{Folder, Process, are_wanted, or_skip};
use serde_json::{Value, json};

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with a profile of its own, which goes with the value.
pub(crate) struct Browser {
    session: String,
    port: u16,
    driver: Option<Process>,
    _folder: Folder,
}

impl Browser {
    /// `None` where there is no browser, said in a line that is counted; a failure on CI.
    pub(crate) fn start() -> Option<Self> {
        let installed = are_wanted() && ["chromium", "chromedriver"].iter().all(|name| is_installed(name));
        or_skip("no Chromium with chromedriver", installed.then_some(()))?;
        let folder = Folder::new();
        let home = format!("HOME={}", folder.path().display());
        let arguments = [home.as_str(), "chromedriver", "--port=0"];
        let driver = Process::start(Path::new("env"), &arguments, folder.path());
        let port = until("chromedriver", || port_of(&folder.path().join("log")));
        let profile = format!("--user-data-dir={}", folder.path().join("profile").display());
        let mut browser = Self { session: String::new(), port, driver: Some(driver), _folder: folder };
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--remote-debugging-pipe",
            "--window-size=900,1000",
            &profile,
        ];
        let wanted = json!({
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let answer = browser.send("POST", "/session", &json!({ "capabilities": { "alwaysMatch": wanted } }));
        let id = answer["sessionId"].as_str().unwrap_or_else(|| panic!("no browser: {answer}"));
        browser.session = format!("/session/{id}");
        Some(browser)
    }

    /// A command of the session; what it answers.
    pub(crate) fn command(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.send(method, &format!("{}{path}", self.session), body);
        assert!(answer.get("error").is_none(), "{method} {path} {body}: {answer}");
        answer
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        self.command("GET", path, &Value::Null)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Value {
        self.command("POST", path, body)
    }

    /// Of Chromium's own protocol.
    pub(crate) fn devtools(&self, command: &str, parameters: &Value) {
        self.post("/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }));
    }

    /// Runs the body of a function in the page, waits for it, and returns what it returns.
    pub(crate) fn run(&self, script: &str, arguments: &[Value]) -> Value {
        self.post("/execute/sync", &json!({ "script": script, "args": arguments }))
    }

    /// What the tab shows, as a file of this name.
    pub(crate) fn screenshot(&self, name: &str) {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        let image = self.get("/screenshot");
        let file = folder.join(name).with_extension("png");
        std::fs::write(file, STANDARD.decode(image.as_str().unwrap()).unwrap()).unwrap();
    }

    fn send(&self, method: &str, path: &str, body: &Value) -> Value {
        self.try_send(method, path, body).expect("an answer from chromedriver")
    }

    /// The `value` of the answer.
    fn try_send(&self, method: &str, path: &str, body: &Value) -> std::io::Result<Value> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let head =
            format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all((head + &body).as_bytes())?;
        let mut answer = BufReader::new(stream);
        let (mut line, mut length) = (String::new(), 0);
        while answer.read_line(&mut line)? > 2 {
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().expect("a length");
            }
            line.clear();
        }
        let mut body = vec![0; length];
        answer.read_exact(&mut body)?;
        let mut answer: Value = serde_json::from_slice(&body)?;
        Ok(answer["value"].take())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // In peace, if possible; the driver's end is the browser's in any case.
        let _ = self.try_send("DELETE", &self.session, &Value::Null);
        self.driver.take();
    }
}

/// Asks again and again, until there is something.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn is_installed(program: &str) -> bool {
    let status = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// As the driver says once it listens.
fn port_of(log: &PathBuf) -> Option<u16> {
    let log = std::fs::read_to_string(log).ok()?;
    let (_, after) = log.split_once("was started successfully on port ")?;
    after.split_once('.')?.0.parse().ok()
}
