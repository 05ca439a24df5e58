//! Files made by each version of this crate that wrote a form of its own. All later versions open and use them.
//!
//! The example `golden_file` made `version-3.redb`. When the form changes, keep the old file and its test, and make the
//! next one:
//!
//! ```text
//! cargo run -p countersign-redb --example golden_file FILE
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by panicking"
)]

mod contents;
mod version_3;

use std::path::{Path, PathBuf};

/// Where the files are.
fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}
