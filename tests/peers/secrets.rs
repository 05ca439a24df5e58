//! Python's `secrets`: the namesakes give texts of the same shape for every length.

use countersign::random::{token_bytes, token_hex, token_urlsafe};
use serde_json::{Value, json};

use crate::python::ask;

/// The lengths of the three for the default and for 0 to 100 bytes, and the characters that occur.
const SHAPES: &str = r#"
import json, secrets
lengths = [[len(f(n)) for f in (secrets.token_bytes, secrets.token_hex, secrets.token_urlsafe)]
           for n in [None, *range(101)]]
def characters(f):
    return "".join(sorted(set("".join(f(100) for _ in range(100)))))
print(json.dumps([lengths, characters(secrets.token_hex), characters(secrets.token_urlsafe)]))
"#;

#[test]
fn lengths_and_characters_are_those_of_pythons_secrets() {
    let asked = std::iter::once(None).chain((0..=100).map(Some));
    let lengths = asked.map(|length: Option<usize>| {
        json!([
            token_bytes(length).unwrap().len(),
            token_hex(length).unwrap().len(),
            token_urlsafe(length).unwrap().len(),
        ])
    });
    let lengths = Value::Array(lengths.collect());
    let characters = |token: &dyn Fn() -> String| {
        let mut characters: Vec<char> = (0..100).flat_map(|_| token().chars().collect::<Vec<_>>()).collect();
        characters.sort_unstable();
        characters.dedup();
        characters.into_iter().collect::<String>()
    };
    let hex = characters(&|| token_hex(100).unwrap().into_exposed());
    let urlsafe = characters(&|| token_urlsafe(100).unwrap().into_exposed());
    assert_eq!(json!([lengths, hex, urlsafe]), ask(SHAPES, &Value::Null));
}
