//! The example with the KMS, its two processes started; and issued to by a KMS that is wrong.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by panicking"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};

use countersign::signed::{Algorithm, KeySet, Verifier, VerifyingKey};
use serde_json::Value;
use time::OffsetDateTime;

const PROGRAM: &str = env!("CARGO_BIN_EXE_external-signer");
const URL: &str = "https://service.example";

/// A running KMS; killed when it is dropped.
struct Kms {
    child: Child,
    address: SocketAddr,
}

impl Kms {
    fn start() -> Self {
        let mut child = Command::new(PROGRAM).args(["kms", "0"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ").expect(&line).parse().unwrap();
        Self { child, address }
    }

    fn verifier(&self) -> Verifier {
        let public = VerifyingKey::from_der(Algorithm::ES256, &ask(self.address, b"P")).unwrap();
        let builder = Verifier::builder(KeySet::new([public]).unwrap());
        builder.issuer(URL).audience(URL).token_type("at+jwt").build().unwrap()
    }
}

impl Drop for Kms {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ask(address: SocketAddr, question: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(question).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}

fn issue(address: SocketAddr) -> Output {
    Command::new(PROGRAM).args(["issue", &address.to_string(), "alice"]).output().unwrap()
}

/// No token comes out, and the reason does.
fn refused(output: &Output, why: &str) {
    assert!(!output.status.success());
    assert!(output.stdout.is_empty());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains(why), "{error}");
}

/// A KMS of the test's own, which answers two questions and ends.
fn posing(answer: impl Fn(&[u8]) -> Vec<u8> + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().take(2) {
            let mut stream = stream.unwrap();
            let mut question = Vec::new();
            stream.read_to_end(&mut question).unwrap();
            stream.write_all(&answer(&question)).unwrap();
        }
    });
    address
}

#[test]
fn the_token_that_it_prints_is_verified_by_the_public_key() {
    let kms = Kms::start();
    let output = issue(kms.address);
    assert!(output.status.success(), "{output:?}");
    let token = String::from_utf8(output.stdout).unwrap();
    let verified = kms.verifier().verify::<Value>(token.trim(), OffsetDateTime::now_utc()).unwrap();
    assert_eq!(verified.registered().sub(), Some("alice"));
    assert_eq!(verified.claims()["role"], "operator");
    assert_eq!(verified.claims()["scope"], "orders:read orders:write");

    // The private key stays where it is: another KMS has another one.
    let other = Kms::start();
    assert!(other.verifier().verify::<Value>(token.trim(), OffsetDateTime::now_utc()).is_err());
}

#[test]
fn a_kms_that_signs_with_another_key_issues_nothing() {
    let (shown, used) = (Kms::start(), Kms::start());
    let (first, second) = (shown.address, used.address);
    let address = posing(move |question| ask(if question == b"P" { first } else { second }, question));
    refused(&issue(address), "not one of this key");
}

#[test]
fn a_kms_that_answers_with_something_else_issues_nothing() {
    let kms = Kms::start();
    let real = kms.address;
    for (answer, why) in [(Vec::new(), "0 bytes that are no DER"), (vec![1; 64], "64 bytes that are no DER")]
    {
        let address =
            posing(move |question| if question == b"P" { ask(real, question) } else { answer.clone() });
        refused(&issue(address), why);
    }
    refused(&issue(posing(|_| b"no key".to_vec())), "the key is not valid");
}

#[test]
fn a_kms_that_is_not_there_issues_nothing() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    refused(&issue(address), "refused");
    let output = Command::new(PROGRAM).output().unwrap();
    refused(&output, "usage");
}

#[test]
fn a_question_that_is_none_is_answered_with_nothing() {
    let kms = Kms::start();
    for question in [&b""[..], b"X", b"Pmore", &[0xFF; 1000]] {
        assert_eq!(ask(kms.address, question), b"");
    }
    assert!(issue(kms.address).status.success());
}
