//! What the crates that are of use alone must not pull in.

use std::process::Command;

/// Async runtimes, HTTP libraries and databases.
const UNWANTED: &[&str] = &[
    "async-std",
    "axum",
    "futures-executor",
    "h2",
    "http",
    "httparse",
    "hyper",
    "mio",
    "redb",
    "reqwest",
    "smol",
    "tokio",
    "tower",
    "tracing",
];

/// The names of the crates that `package` depends on when it is built, itself first, by `cargo tree`.
fn tree(package: &str) -> Vec<String> {
    cargo_tree(package, &[])
}

/// Those that it depends on directly, in the order of their names.
fn direct(package: &str) -> Vec<String> {
    let mut names = cargo_tree(package, &["--depth", "1"]).split_off(1);
    names.sort();
    names
}

fn cargo_tree(package: &str, more: &[&str]) -> Vec<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = ["tree", "--package", package, "--edges", "normal,build", "--prefix", "none"];
    let output =
        Command::new(cargo).args(arguments).args(more).args(["--all-features", "--locked"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn the_small_crates_pull_in_no_runtime_and_no_http() {
    for package in [
        "countersign-random",
        "countersign-signed",
        "countersign-aws-lc",
        "countersign-header",
        "countersign-revocation",
        "countersign-token-store",
    ] {
        let tree = tree(package);
        assert!(tree.iter().any(|name| name == package), "the tree of {package} is not its own");
        // The types of `http`, behind the feature of that name, are no library that speaks it.
        let is_wanted = |name: &str| package == "countersign-header" && name == "http";
        let unwanted = |name: &&String| UNWANTED.contains(&name.as_str()) && !is_wanted(name);
        let found: Vec<_> = tree.iter().filter(unwanted).collect();
        assert!(found.is_empty(), "{package} pulls in {found:?}");
    }
}

#[test]
fn the_check_itself_can_fail() {
    assert!(tree("countersign-examples").iter().any(|name| UNWANTED.contains(&name.as_str())));
}

/// What each crate depends on of ours, and nothing else of ours: downwards only.
const OURS: &[(&str, &[&str])] = &[
    ("countersign-random", &[]),
    ("countersign-signed", &["random"]),
    ("countersign-aws-lc", &["signed"]),
    ("countersign-header", &[]),
    ("countersign-revocation", &[]),
    ("countersign-token-store", &["random"]),
    ("countersign-session", &["header", "random", "revocation", "signed", "token-store"]),
    ("countersign-axum", &["header", "session", "token-store"]),
    ("countersign-password", &["random", "session"]),
    ("countersign-postgres", &["random", "revocation", "token-store"]),
    ("countersign-sqlx", &["random", "revocation", "token-store"]),
    ("countersign-redb", &["random", "revocation", "token-store"]),
    ("countersign-redis", &["random", "revocation", "token-store"]),
    ("countersign-cli", &["postgres", "random", "redb", "redis", "revocation", "signed", "token-store"]),
    (
        "countersign",
        &[
            "aws-lc",
            "axum",
            "header",
            "password",
            "postgres",
            "random",
            "redb",
            "redis",
            "revocation",
            "session",
            "signed",
            "token-store",
        ],
    ),
];

#[test]
fn each_crate_depends_on_what_the_table_says_and_nothing_else_of_ours() {
    let crates = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../crates")).unwrap();
    assert_eq!(crates.count(), OURS.len(), "a crate is missing from the table");
    for (package, expected) in OURS {
        let direct = direct(package);
        let ours: Vec<_> = direct.iter().filter_map(|name| name.strip_prefix("countersign-")).collect();
        assert_eq!(ours, *expected, "{package}");
    }
}
