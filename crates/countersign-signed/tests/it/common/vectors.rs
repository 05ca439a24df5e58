//! Published test data that is not in this repository: `COUNTERSIGN_VECTORS`, or `../shared/vectors` beside
//! the workspace.

use std::io::Write as _;
use std::path::PathBuf;

use serde_json::Value;

/// A file of the vectors; nothing, with a line that says so, where there are none. On CI that is a failure.
pub(crate) fn read(path: &str) -> Option<Value> {
    let folder = std::env::var_os("COUNTERSIGN_VECTORS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors"),
        PathBuf::from,
    );
    if !folder.is_dir() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "the vectors are missing");
        // Past the test runner, which would keep it to itself; `cargo xtask test` counts these lines.
        let name = std::thread::current().name().unwrap_or_default().to_owned();
        std::io::stdout().write_all(format!("\nskipped: {name}: no vectors\n").as_bytes()).unwrap();
        return None;
    }
    let text = std::fs::read_to_string(folder.join(path)).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}
