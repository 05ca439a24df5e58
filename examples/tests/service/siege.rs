//! Clients that mean harm, or are only slow: good requests are answered all the while, and the service's memory stays
//! within bounds.

#![allow(clippy::print_stdout, reason = "figures of a run")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::process::{Answer, Service, add_alice};

/// Connections on which nothing is sent.
const IDLE: usize = 10_000;
/// Connections on which requests arrive byte by byte.
const SLOW: usize = 500;
/// Requests with headers of a mebibyte.
const HUGE: usize = 64;
/// Requests with bad tokens.
const BAD: usize = 20_000;
/// Of memory, in bytes, with all of these open at once.
const MAX_RESIDENT: usize = 256 << 20;

/// base64url of the claims of somebody else's token, and of a signature that is none.
const CLAIMS: &str = "eyJpc3MiOiJodHRwczovL2V4YW1wbGUuY29tIiwic3ViIjoibWFsbG9yeSJ9";
const SIGNATURE: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Good requests, one after another on new connections, until the rest is over.
struct Guest<'a> {
    service: &'a Service,
    access: String,
    is_over: AtomicBool,
    served: AtomicUsize,
}

impl Guest<'_> {
    /// The longest that one of them took.
    fn come_and_go(&self) -> Duration {
        let mut longest = Duration::ZERO;
        while !self.is_over.load(Ordering::SeqCst) {
            let start = Instant::now();
            let Answer { status, .. } = self.service.with("GET /me", &format!("Bearer {}", self.access));
            assert_eq!(status, 200);
            longest = longest.max(start.elapsed());
            self.served.fetch_add(1, Ordering::SeqCst);
        }
        longest
    }

    /// Waits until a request has been answered that came after all that was sent so far.
    fn wait(&self, what: &str) {
        let (before, start) = (self.served.load(Ordering::SeqCst), Instant::now());
        while self.served.load(Ordering::SeqCst) < before + 2 {
            assert!(start.elapsed() < Duration::from_secs(60), "nobody is served any more: {what}");
            std::thread::yield_now();
        }
    }

    /// Opens connections, no faster than the service takes them.
    fn connect(&self) -> Vec<TcpStream> {
        let connect = |number| {
            if number % 500 == 0 {
                self.wait("a connection");
            }
            self.service.connect()
        };
        (0..IDLE).map(connect).collect()
    }

    /// Does something, and looks how the service bears it.
    fn beside<T>(&self, what: &str, act: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let output = act();
        self.wait(what);
        println!("{what}: {:.1} s, {} MiB", start.elapsed().as_secs_f32(), self.service.resident() >> 20);
        assert!(self.service.resident() < MAX_RESIDENT, "{} bytes: {what}", self.service.resident());
        output
    }
}

#[test]
fn good_requests_are_answered_throughout_a_siege() {
    let folder = tempfile::tempdir().unwrap();
    add_alice(folder.path());
    let service = Service::start(folder.path());
    let (access, _) = service.log_in();
    let (is_over, served) = (AtomicBool::new(false), AtomicUsize::new(0));
    let guest = Guest { service: &service, access, is_over, served };
    std::thread::scope(|scope| {
        let served = scope.spawn(|| guest.come_and_go());
        let over = OnDrop(&guest.is_over);
        let idle = guest.beside("idle connections", || guest.connect());
        let slow = guest.beside("slow clients", || slow_clients(&service));
        guest.beside("headers of a mebibyte", || huge_headers(&service));
        guest.beside("bad tokens", || bad_tokens(&service));
        drop((idle, slow, over));
        println!("the longest good request: {:?}", served.join().unwrap());
    });
}

/// Ends the guest's visits, also where a check fails.
struct OnDrop<'a>(&'a AtomicBool);

impl Drop for OnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Half of them never finish their head, and half of them their body.
fn slow_clients(service: &Service) -> Vec<TcpStream> {
    let mut clients: Vec<_> = (0..SLOW).map(|_| service.connect()).collect();
    let head = "GET /me HTTP/1.1\r\nhost: service\r\nauthorization: Bearer aaaaaaaaaaaaaaaaaaaa";
    let body = "POST /tokens/refresh HTTP/1.1\r\nhost: service\r\ncontent-length: 1000\r\n\r\nrefresh_token=";
    for (client, text) in clients.iter_mut().zip([head, body].into_iter().cycle()) {
        client.write_all(&text.as_bytes()[..40]).unwrap();
    }
    for at in 40..head.len() {
        for (client, text) in clients.iter_mut().zip([head, body].into_iter().cycle()) {
            client.write_all(&text.as_bytes()[at..=at]).unwrap();
        }
    }
    clients
}

/// One header line of a mebibyte each, and as many as make one.
fn huge_headers(service: &Service) {
    let line = format!("authorization: Bearer {}\r\n", "a".repeat(1 << 20));
    let lines = "x-filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat((1 << 20) / 64);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let lines = if thread % 2 == 0 { &line } else { &lines };
            scope.spawn(move || {
                for _ in 0..HUGE / 8 {
                    let mut stream = service.connect();
                    // It is cut off before it is through.
                    let _ = stream.write_all(b"GET /me HTTP/1.1\r\nhost: service\r\n");
                    let _ = stream.write_all(lines.as_bytes());
                    let mut answer = Vec::new();
                    let _ = stream.read_to_end(&mut answer);
                    let head = String::from_utf8_lossy(&answer);
                    assert!(head.is_empty() || head.starts_with("HTTP/1.1 431 "), "{head}");
                }
            });
        }
    });
}

/// Signed tokens of keys that nobody has, a new `kid` each.
fn bad_tokens(service: &Service) {
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                let mut stream = service.connect();
                for number in 0..BAD / 4 {
                    let kid = format!("{:012x}", thread * BAD + number);
                    let header = format!(r#"{{"alg":"EdDSA","typ":"at+jwt","kid":"{kid}"}}"#);
                    let token = format!("{}.{CLAIMS}.{SIGNATURE}", URL_SAFE_NO_PAD.encode(header));
                    let request =
                        format!("GET /me HTTP/1.1\r\nhost: service\r\nauthorization: Bearer {token}\r\n\r\n");
                    stream.write_all(request.as_bytes()).unwrap();
                    let answer = one_answer(&mut stream);
                    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
                }
            });
        }
    });
}

/// A head, and a body of the length that the head names.
fn one_answer(stream: &mut TcpStream) -> String {
    let (mut answer, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "the connection was closed");
        answer.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&answer);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        if body.len() >= length.parse().unwrap() {
            return text.into_owned();
        }
    }
}
