//! Programs of others that the tests need. The tests start the servers and the browser themselves, and install the
//! peers (PyJWT, jose) into the target folder.

use std::path::Path;
use std::process::{Command, Stdio};

/// The oldest Node that jose 6 runs on: Web Cryptography is a global from this version on.
const NODE: u32 = 20;

/// Programs that are needed together.
struct Need {
    is_there: fn() -> bool,
    /// Debian's packages.
    packages: &'static str,
    name: &'static str,
    /// Whether the tests that use it skip themselves where it is missing. CI allows no skip.
    is_optional: bool,
}

const NEEDS: [Need; 5] = [
    Need {
        is_there: || succeeds("python3", &["-c", "import venv, ensurepip"]),
        packages: "python3 python3-venv",
        name: "python3 with the modules venv and ensurepip",
        is_optional: false,
    },
    Need {
        is_there: has_node,
        packages: "nodejs npm",
        name: "Node 20 or newer with npm",
        is_optional: false,
    },
    Need {
        is_there: has_postgres,
        packages: "postgresql",
        name: "PostgreSQL's initdb and postgres",
        is_optional: false,
    },
    Need {
        is_there: || answer("redis-server") && answer("redis-cli"),
        packages: "redis-server redis-tools",
        name: "redis-server and redis-cli",
        is_optional: false,
    },
    Need {
        is_there: || answer("chromium") && answer("chromedriver"),
        // Chromium brings no font.
        packages: "chromium chromium-driver fonts-dejavu-core",
        name: "chromium and chromedriver",
        is_optional: true,
    },
];

/// Checks all needs, and as root on Debian installs the missing packages.
pub(crate) fn prepare() -> Result<(), String> {
    let missing =
        |optional| NEEDS.iter().filter(move |need| need.is_optional == optional && !(need.is_there)());
    let is_root =
        || Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    if Path::new("/etc/debian_version").exists() && is_root() {
        for (at, need) in missing(false).chain(missing(true)).enumerate() {
            println!("-- installing {}", need.packages);
            let packages: Vec<&str> = need.packages.split(' ').collect();
            let install = [["install", "--yes", "--no-install-recommends"].as_slice(), &packages].concat();
            let update = at > 0 || apt_get(&["update"]);
            if !(need.is_optional || update && apt_get(&install)) {
                return Err(format!("apt-get could not install {}", need.packages));
            }
        }
    }
    for need in missing(true) {
        println!("-- there is no {}: its tests skip themselves", need.name);
    }
    let Some(Need { name, packages, .. }) = missing(false).next() else { return Ok(()) };
    Err(format!(
        "The tests with servers and other implementations need {name} (on Debian: apt-get install {packages}, if it \
         is new enough there). Without them: cargo xtask test --without-servers"
    ))
}

/// In the path or, since Debian keeps several versions side by side, in the folder of one of them.
fn has_postgres() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let folders: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
    ["initdb", "postgres"]
        .iter()
        .all(|program| answer(program) || folders.iter().any(|folder| folder.join(program).exists()))
}

fn has_node() -> bool {
    let output = Command::new("node").arg("--version").output();
    answer("npm") && output.is_ok_and(|output| is_new_enough(&String::from_utf8_lossy(&output.stdout)))
}

/// Of `v20.20.2`.
fn is_new_enough(version: &str) -> bool {
    let major = version.trim_start_matches('v').split('.').next();
    major.and_then(|major| major.parse::<u32>().ok()).is_some_and(|major| major >= NODE)
}

fn answer(program: &str) -> bool {
    succeeds(program, &["--version"])
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

fn apt_get(arguments: &[&str]) -> bool {
    let status = Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive").status();
    status.is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_is_new_enough_from_20_on() {
        for (version, expected) in [
            ("v20.20.2\n", true),
            ("v100.0.0\n", true),
            ("v18.20.4\n", false),
            ("v9.0.0", false),
            ("", false),
        ] {
            assert_eq!(is_new_enough(version), expected, "{version}");
        }
    }
}
