//! How long a contender takes to refuse ten megabytes of junk, in six shapes.

use std::time::Instant;

use serde::Serialize;

use crate::Judge;
use crate::case::{Ask, Case, Key, Verdict};
use crate::token::{SECRET, base64url, claims, header};

/// In characters.
pub(crate) const LENGTH: usize = 10_000_000;

/// The least of so many runs is told: what else the machine does can only add to it.
const RUNS: usize = 5;

#[derive(Serialize)]
pub(crate) struct Measured {
    shape: &'static str,
    milliseconds: f64,
}

/// Fails if a shape is taken for a token.
pub(crate) fn measure(contender: &str, judge: Judge) -> Result<Vec<Measured>, String> {
    let mut all = Vec::new();
    for (shape, token) in shapes() {
        let case = Case {
            id: "junk",
            group: "Junk",
            label: shape,
            ask: Ask::Verify,
            control: false,
            token,
            key: Key::Secret(SECRET.to_vec()),
            kid: None,
        };
        let mut least = f64::INFINITY;
        for _ in 0..RUNS {
            let started = Instant::now();
            let outcome = judge(&case, false);
            least = least.min(started.elapsed().as_secs_f64() * 1000.0);
            if outcome.verdict != Verdict::Out {
                return Err(format!("{contender} takes junk for a token: {shape}"));
            }
        }
        all.push(Measured { shape, milliseconds: least });
    }
    Ok(all)
}

fn shapes() -> Vec<(&'static str, String)> {
    let (header, claims) = (base64url(header().text().as_bytes()), base64url(claims().text().as_bytes()));
    let letters = |count: usize| "A".repeat(count);
    // Three characters of JSON are four of base64url.
    let nested = base64url("[".repeat(LENGTH / 4 * 3).as_bytes());
    vec![
        ("no dot", letters(LENGTH)),
        ("dots alone", ".".repeat(LENGTH)),
        ("a long header that is no JSON", format!("{}.{claims}.{}", letters(LENGTH), letters(43))),
        ("a long header of nested arrays", format!("{nested}.{claims}.{}", letters(43))),
        ("a long payload, wrongly signed", format!("{header}.{}.{}", letters(LENGTH), letters(43))),
        ("a long signature", format!("{header}.{claims}.{}", letters(LENGTH))),
    ]
}
