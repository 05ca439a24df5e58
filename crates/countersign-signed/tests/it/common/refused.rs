//! One line of a table of keys that are refused.

use countersign_signed::{Error, ErrorKind};

pub(crate) fn check(case: &str, refused: Option<Error>, kind: ErrorKind, text: &str) {
    let error = refused.unwrap_or_else(|| panic!("{case} was taken"));
    assert_eq!(error.kind(), kind, "{case}: {error}");
    assert!(error.to_string().contains(text), "{case}: {error}");
}
