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

/// The names of the crates that `package` depends on when it is built, by `cargo tree`.
fn tree(package: &str) -> Vec<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = ["tree", "--package", package, "--edges", "normal,build", "--prefix", "none"];
    let output = Command::new(cargo).args(arguments).args(["--all-features", "--locked"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn the_small_crates_pull_in_no_runtime_and_no_http() {
    for package in [
        "countersign-random",
        "countersign-signed",
        "countersign-header",
        "countersign-revocation",
        "countersign-token-store",
    ] {
        let tree = tree(package);
        assert!(tree.iter().any(|name| name == package), "the tree of {package} is not its own");
        let found: Vec<_> = tree.iter().filter(|name| UNWANTED.contains(&name.as_str())).collect();
        assert!(found.is_empty(), "{package} pulls in {found:?}");
    }
}

#[test]
fn the_check_itself_can_fail() {
    assert!(tree("countersign-examples").iter().any(|name| UNWANTED.contains(&name.as_str())));
}

#[test]
fn dependencies_point_downwards() {
    // Each may depend on those before it, and on none after.
    let order = [
        "countersign-random",
        "countersign-signed",
        "countersign-header",
        "countersign-revocation",
        "countersign-token-store",
        "countersign-session",
        "countersign-password",
        "countersign-redb",
        "countersign",
    ];
    for (position, package) in order.iter().enumerate() {
        let tree = tree(package);
        let above = order[position + 1..].iter().filter(|above| tree.iter().any(|name| name == *above));
        assert_eq!(above.collect::<Vec<_>>(), Vec::<&&str>::new(), "{package}");
    }
}
