//! A canary in every place where a secret can stand, and a look at everything that can be printed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by panicking"
)]

use countersign_header::{Authorization, BasicCredentials, Bearer, Error};

const CANARY: &str = "c4nary";

fn assert_hidden(printed: &str) {
    let lower = printed.to_lowercase();
    // In plain, and in the base64 of `c4nary:c4nary`, made with Python.
    assert!(!lower.contains(CANARY) && !printed.contains("YzRuYXJ5"), "{printed}");
}

fn assert_error_hides(error: &Error) {
    assert_hidden(&format!("{error} {error:?} {error:#?}"));
    assert!(std::error::Error::source(error).is_none());
}

#[test]
fn debug_of_what_was_parsed_shows_no_part_of_it() {
    for (value, expected) in [
        ("Bearer c4nary", "Bearer(Bearer([redacted]))"),
        ("Basic YzRuYXJ5OmM0bmFyeQ==", "Basic(BasicCredentials([redacted]))"),
        ("Digest c4nary", "Other(OtherScheme([redacted]))"),
        // A token sent without its scheme stands in the scheme's place.
        ("c4nary", "Other(OtherScheme([redacted]))"),
        ("c4nary token", "Other(OtherScheme([redacted]))"),
    ] {
        let authorization = Authorization::parse(value.as_bytes()).unwrap();
        assert_eq!(format!("{authorization:?}"), expected);
        assert_hidden(&format!("{authorization:#?}"));
    }
}

#[test]
fn debug_of_what_was_built_shows_no_part_of_it() {
    let bearer = Bearer::new(CANARY).unwrap();
    let pair = BasicCredentials::new(CANARY, CANARY).unwrap();
    assert_eq!(format!("{bearer:?} {pair:?}"), "Bearer([redacted]) BasicCredentials([redacted])");
    for value in [bearer.to_header_value(), pair.to_header_value()] {
        assert_eq!(format!("{value:?}"), "HeaderValue([redacted])");
        assert_hidden(&format!("{value:#?}"));
    }
}

#[test]
fn errors_show_no_part_of_what_was_refused() {
    for value in [
        "c4nary\0",
        " c4nary",
        "c4nary, a",
        "Bearer c4nary c4nary",
        "Bearer c4nary\u{e9}",
        "Bearer c4nary ",
        "Basic c4nary",
        "Basic c4nary:c4nary",
        "Basic YzRuYXJ5",     // c4nary
        "Basic YzRuYXJ5OgA=", // c4nary: NUL
        "Basic YzRuYXJ5Ov8=", // c4nary: FF
        "Digest c4nary\t",
    ] {
        assert_error_hides(&Authorization::parse(value.as_bytes()).unwrap_err());
        let values = [value.as_bytes(), value.as_bytes()];
        assert_error_hides(&Authorization::from_values(values).unwrap_err());
    }
    assert_error_hides(&Bearer::new("c4nary c4nary").unwrap_err());
    assert_error_hides(&BasicCredentials::new("c4nary:", CANARY).unwrap_err());
    assert_error_hides(&BasicCredentials::new(CANARY, "c4nary\0").unwrap_err());
}
