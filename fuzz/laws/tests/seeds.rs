//! The seeds that fuzzing starts from, past findings among them, held to the laws without a fuzzer.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what it expects by panicking"
)]

use std::panic::catch_unwind;
use std::path::PathBuf;

use countersign_fuzz_laws::{header, jwk, pem, token, write};

/// Holds every file of the target's folder to its laws, and names all of those that break one.
fn hold(target: &str, law: fn(&[u8])) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../seeds").join(target);
    let mut broken = Vec::new();
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let seed = std::fs::read(&path).unwrap();
        count += 1;
        if catch_unwind(|| law(&seed)).is_err() {
            broken.push(path);
        }
    }
    assert!(count > 10, "the seeds are missing");
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn the_laws_of_tokens_hold_for_every_seed() {
    hold("token", token::hold);
}

#[test]
fn the_laws_of_headers_hold_for_every_seed() {
    hold("header", header::hold);
}

#[test]
fn the_laws_of_jwks_hold_for_every_seed() {
    hold("jwk", jwk::hold);
}

#[test]
fn the_laws_of_pem_and_der_hold_for_every_seed() {
    hold("pem", pem::hold);
}

#[test]
fn the_laws_of_writing_hold_for_every_seed() {
    hold("write", write::hold);
}
