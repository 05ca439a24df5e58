//! What the tests with programs of others need: the servers of the engines, and, for the peers, a Python that can
//! make a virtual environment and a Node with npm; and a browser for the examples with pages. The tests start the
//! servers and the browser themselves, and install the peers themselves, into the target folder.

use std::path::Path;
use std::process::{Command, Stdio};

/// The oldest Node that jose 6 runs on: before it, Web Cryptography is no global.
const NODE: u32 = 20;

/// A program that is needed.
struct Need {
    is_there: fn() -> bool,
    /// Debian's packages with it.
    packages: &'static [&'static str],
    /// For the error if it is missing.
    name: &'static str,
    /// Whether its tests leave themselves out where it is missing. They are counted then, and CI allows none.
    is_optional: bool,
}

const NEEDS: [Need; 5] = [
    Need {
        is_there: has_venv,
        packages: &["python3", "python3-venv"],
        name: "python3 with the modules venv and ensurepip",
        is_optional: false,
    },
    Need {
        is_there: has_node,
        packages: &["nodejs", "npm"],
        name: "Node 20 or newer with npm",
        is_optional: false,
    },
    Need {
        is_there: has_postgres,
        packages: &["postgresql"],
        name: "PostgreSQL's initdb and postgres",
        is_optional: false,
    },
    Need {
        is_there: has_redis,
        packages: &["redis-server", "redis-tools"],
        name: "redis-server and redis-cli",
        is_optional: false,
    },
    Need {
        is_there: has_browser,
        // Chromium brings no font.
        packages: &["chromium", "chromium-driver", "fonts-dejavu-core"],
        name: "chromium and chromedriver",
        is_optional: true,
    },
];

/// Makes sure of all of it, installing what is missing where that can be done.
pub(crate) fn prepare() -> Result<(), String> {
    let missing = || NEEDS.iter().filter(|need| !(need.is_there)()).collect::<Vec<_>>();
    let found = missing();
    if !found.is_empty() && is_root() && Path::new("/etc/debian_version").exists() {
        let (optional, needed): (Vec<_>, Vec<_>) = found.into_iter().partition(|need| need.is_optional);
        run("apt-get", &["update"])?;
        install(&needed)?;
        if let Err(error) = install(&optional) {
            println!("-- {error}");
        }
    }
    let (optional, needed): (Vec<_>, Vec<_>) = missing().into_iter().partition(|need| need.is_optional);
    for need in optional {
        println!("-- there is no {}: its tests leave themselves out", need.name);
    }
    let Some(need) = needed.first() else { return Ok(()) };
    Err(format!(
        "The tests with servers and other implementations need {} (on Debian: apt-get install {}, if it is new enough \
         there). Without them: cargo xtask test --without-servers",
        need.name,
        need.packages.join(" ")
    ))
}

fn install(needs: &[&Need]) -> Result<(), String> {
    if needs.is_empty() {
        return Ok(());
    }
    let packages: Vec<_> = needs.iter().flat_map(|need| need.packages).copied().collect();
    println!("-- installing {}", packages.join(" "));
    run("apt-get", &[&["install", "--yes", "--no-install-recommends"], packages.as_slice()].concat())
}

/// In the path, or where Debian has them, which keeps several versions side by side.
fn has_postgres() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let folders: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
    ["initdb", "postgres"].iter().all(|program| {
        succeeds(Command::new(program).arg("--version"))
            || folders.iter().any(|folder| folder.join(program).exists())
    })
}

fn has_redis() -> bool {
    ["redis-server", "redis-cli"].iter().all(|program| succeeds(Command::new(program).arg("--version")))
}

fn has_browser() -> bool {
    ["chromium", "chromedriver"].iter().all(|program| succeeds(Command::new(program).arg("--version")))
}

fn has_venv() -> bool {
    succeeds(Command::new("python3").args(["-c", "import venv, ensurepip"]))
}

fn has_node() -> bool {
    let output = Command::new("node").arg("--version").output();
    let version = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    version.is_ok_and(|version| is_new_enough(&version)) && succeeds(Command::new("npm").arg("--version"))
}

/// Of `v20.20.2`.
fn is_new_enough(version: &str) -> bool {
    let major = version.trim_start_matches('v').split('.').next();
    major.and_then(|major| major.parse::<u32>().ok()).is_some_and(|major| major >= NODE)
}

fn succeeds(command: &mut Command) -> bool {
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    let status = Command::new(program).args(arguments).env("DEBIAN_FRONTEND", "noninteractive").status();
    match status {
        Ok(status) if status.success() => Ok(()),
        _ => Err(format!("{program} {} failed", arguments.join(" "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_new_enough_from_20_on() {
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
