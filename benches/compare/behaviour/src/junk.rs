//! How long a contender takes to refuse ten megabytes of junk, in several shapes.

use std::time::Instant;

use serde::Serialize;

use crate::Judge;
use crate::case::{Ask, Case, Key, Verdict};
use crate::token::{SECRET, base64url, claims, header};

/// In characters.
const LENGTH: usize = 10_000_000;

/// The least of so many runs is told: what else the machine does can only add to it.
const RUNS: usize = 5;

/// A header around `0,0,0,` over and over. Three bytes are four letters, so that pieces of base64url can be joined.
const ARRAY_BEGUN: &[u8] = br#"{"alg":"HS256", "note":["#;
const ARRAY_ENDED: &[u8] = b"0]}";

/// A token of such a length, told in few characters, so that contenders outside of this process can make it too.
#[derive(Serialize)]
pub(crate) struct Shape {
    label: &'static str,
    prefix: String,
    unit: &'static str,
    times: usize,
    suffix: String,
}

impl Shape {
    fn token(&self) -> String {
        self.prefix.clone() + &self.unit.repeat(self.times) + &self.suffix
    }
}

/// The milliseconds for each shape. Fails if one is taken for a token.
pub(crate) fn measure(judge: Judge) -> Result<Vec<f64>, String> {
    let mut all = Vec::new();
    for shape in shapes() {
        let (token, key) = (shape.token(), Key::Secret(SECRET.to_vec()));
        let (group, label, ask) = ("Junk", shape.label, Ask::Verify);
        let case = Case { id: "junk", group, label, ask, control: false, token, key, kid: None };
        let mut least = f64::INFINITY;
        for _ in 0..RUNS {
            let started = Instant::now();
            let outcome = judge(&case, false);
            least = least.min(started.elapsed().as_secs_f64() * 1000.0);
            if outcome.verdict != Verdict::Out {
                return Err(format!("taken for a token: {label}"));
            }
        }
        all.push(least);
    }
    Ok(all)
}

pub(crate) fn shapes() -> Vec<Shape> {
    let (header, claims) = (base64url(header().text().as_bytes()), base64url(claims().text().as_bytes()));
    let shape = |label, prefix: String, unit: &'static str, suffix: String| Shape {
        label,
        prefix,
        unit,
        times: LENGTH / unit.len(),
        suffix,
    };
    let end = "A".repeat(43);
    vec![
        shape("no dot", String::new(), "A", String::new()),
        shape("dots alone", String::new(), ".", String::new()),
        shape("a long header that is no JSON", String::new(), "A", format!(".{claims}.{end}")),
        shape("a long header of nested arrays", String::new(), "W1tb", format!(".{claims}.{end}")),
        shape("a long header that is JSON", base64url(ARRAY_BEGUN), "MCwwLDAs", {
            format!("{}.{claims}.{end}", base64url(ARRAY_ENDED))
        }),
        shape("a long payload, wrongly signed", format!("{header}."), "A", format!(".{end}")),
        shape("a long signature", format!("{header}.{claims}."), "A", String::new()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_of_junk_has_ten_megabytes_and_little_more() {
        for shape in shapes() {
            let length = shape.token().len();
            assert!((LENGTH..LENGTH + 300).contains(&length), "{}: {length}", shape.label);
        }
    }

    #[test]
    fn the_pieces_of_a_long_header_are_what_they_are_said_to_be() {
        assert_eq!(base64url(b"[[["), "W1tb");
        assert_eq!(base64url(b"0,0,0,"), "MCwwLDAs");
        assert_eq!((ARRAY_BEGUN.len() % 3, ARRAY_ENDED.len() % 3), (0, 0));
    }
}
