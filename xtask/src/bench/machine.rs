//! What the numbers were taken on and with. It names the processor and never the host.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

/// Instructions that the libraries look for when they run.
const FEATURES: [&str; 4] = ["sha_ni", "avx2", "avx512f", "avx512ifma"];

/// Processor, compiler, versions and date of a run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Setting {
    pub(crate) date: String,
    pub(crate) rounds: u32,
    /// That took them.
    pub(super) processes: u32,
    /// Compiled for this processor alone.
    pub(super) native: bool,
    pub(crate) processor: String,
    pub(crate) rustc: String,
    /// Name and version of what took part.
    pub(super) versions: Vec<(String, String)>,
}

impl Setting {
    /// This machine's.
    pub(crate) fn here(rounds: u32, native: bool) -> Result<Self, String> {
        // Where the system does not tell, the architecture must do.
        let processor = fs::read_to_string("/proc/cpuinfo")
            .ok()
            .and_then(|text| processor(&text))
            .unwrap_or_else(|| std::env::consts::ARCH.to_owned());
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let rustc = Command::new(rustc).arg("--version").output().map_err(|error| error.to_string())?;
        Ok(Self {
            date: time::OffsetDateTime::now_utc().date().to_string(),
            rounds,
            processes: 1,
            native,
            processor,
            rustc: String::from_utf8_lossy(&rustc.stdout).trim().to_owned(),
            versions: Vec::new(),
        })
    }

    /// With the versions of these crates that a package has by its lock file.
    pub(super) fn with_crates(mut self, names: &[&str], package: &str, lock: &str) -> Self {
        let found = names.iter().filter_map(|name| Some(((*name).to_owned(), version(lock, package, name)?)));
        self.versions.extend(found);
        self
    }

    /// With further versions, each once.
    pub(super) fn add_versions(&mut self, versions: Vec<(String, String)>) {
        let new: Vec<_> = versions.into_iter().filter(|version| !self.versions.contains(version)).collect();
        self.versions.extend(new);
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "date": self.date,
            "rounds": self.rounds,
            "processes": self.processes,
            "native": self.native,
            "processor": self.processor,
            "rustc": self.rustc,
            "versions": self.versions,
        })
    }

    /// What was kept of it.
    pub(super) fn of_json(value: &Value) -> Option<Self> {
        let (number, text) =
            (|name: &str| u32::try_from(value[name].as_u64()?).ok(), |name: &str| value[name].as_str());
        let version = |pair: &Value| Some((pair[0].as_str()?.to_owned(), pair[1].as_str()?.to_owned()));
        Some(Self {
            date: text("date")?.to_owned(),
            rounds: number("rounds")?,
            processes: number("processes")?,
            native: value["native"].as_bool()?,
            processor: text("processor")?.to_owned(),
            rustc: text("rustc")?.to_owned(),
            versions: value["versions"].as_array()?.iter().map(version).collect::<Option<_>>()?,
        })
    }

    /// What the compiler was told of the processor.
    pub(super) fn target(&self) -> &'static str {
        if self.native { "target-cpu=native, for this processor alone" } else { "no target-cpu" }
    }

    /// The version of what took part by this name, or nothing.
    pub(super) fn version(&self, name: &str) -> &str {
        self.versions.iter().find(|(known, _)| known == name).map_or("", |(_, version)| version)
    }

    /// The compiler, without where it comes from.
    pub(super) fn compiler(&self) -> &str {
        self.rustc.split(" (").next().unwrap_or_default()
    }

    /// Two lines for a chart.
    pub(super) fn about(&self) -> [String; 2] {
        [format!("{}. {}, {}.", self.date, self.versions(), self.compiler()), self.processor.clone()]
    }

    /// All versions, for a sentence.
    pub(super) fn versions(&self) -> String {
        let each: Vec<String> =
            self.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
        each.join(", ")
    }
}

/// Model, family and features out of `/proc/cpuinfo`. Clouds mask the model's name; family and model tell more.
fn processor(cpuinfo: &str) -> Option<String> {
    let value = |name: &str| {
        let fields = cpuinfo.lines().filter_map(|line| line.split_once(':'));
        fields.filter(|(field, _)| field.trim() == name).map(|(_, value)| value.trim()).next()
    };
    let flags: Vec<&str> = value("flags")?.split_whitespace().collect();
    let features = FEATURES.map(|feature| {
        let has = flags.contains(&feature);
        if has { feature.to_owned() } else { format!("no {feature}") }
    });
    Some(format!(
        "{}, family {} model {} ({})",
        value("model name")?,
        value("cpu family")?,
        value("model")?,
        features.join(", ")
    ))
}

/// The version of a crate in a lock file: the one that the package itself depends on, which the lock file
/// names where there are several, and else the only one.
fn version(lock: &str, package: &str, name: &str) -> Option<String> {
    let own = lock.split("[[package]]").find(|text| field(text, "name") == Some(package))?;
    let named = own.lines().filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix("\","));
    let named = named.filter_map(|dependency| dependency.split_once(' '));
    if let Some((_, version)) = named.into_iter().find(|(dependency, _)| *dependency == name) {
        return Some(version.to_owned());
    }
    let mut packages = lock.split("[[package]]").filter(|package| field(package, "name") == Some(name));
    let version = field(packages.next()?, "version")?;
    packages.next().is_none().then(|| version.to_owned())
}

fn field<'a>(package: &'a str, name: &str) -> Option<&'a str> {
    package.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = \"")?.strip_suffix('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Setting {
        pub(in crate::bench) fn example() -> Self {
            Self {
                date: "2027-01-15".into(),
                rounds: 50,
                processes: 10,
                native: false,
                processor: "Some <Processor> & more".into(),
                rustc: "rustc 1.95.0".into(),
                versions: vec![("jsonwebtoken".into(), "11.1.0".into()), ("rsa".into(), "0.10.0".into())],
            }
        }
    }

    const LOCK: &str = r#"
[[package]]
name = "countersign-compare"
version = "0.1.0"
dependencies = [
 "jsonwebtoken",
 "rsa 0.10.0",
]

[[package]]
name = "jsonwebtoken"
version = "11.1.0"
source = "registry"

[[package]]
name = "rsa"
version = "0.9.10"

[[package]]
name = "rsa"
version = "0.10.0"

[[package]]
name = "sha2"
version = "0.10.9"

[[package]]
name = "sha2"
version = "0.11.1"
"#;

    #[test]
    fn the_version_is_the_one_that_the_comparison_depends_on() {
        assert_eq!(version(LOCK, "countersign-compare", "jsonwebtoken").as_deref(), Some("11.1.0"));
        assert_eq!(version(LOCK, "countersign-compare", "rsa").as_deref(), Some("0.10.0"));
    }

    #[test]
    fn a_version_that_cannot_be_told_is_left_out() {
        assert_eq!(version(LOCK, "countersign-compare", "sha2"), None);
        assert_eq!(version(LOCK, "countersign-compare", "ring"), None);
        assert_eq!(version(LOCK, "another", "jsonwebtoken"), None);
    }

    #[test]
    fn what_is_kept_of_a_setting_is_read_again() {
        let setting = Setting::example();
        assert_eq!(Setting::of_json(&setting.to_json()), Some(setting));
        assert_eq!(Setting::of_json(&json!({})), None);
    }

    #[test]
    fn the_processor_is_named_with_the_features_that_it_has_and_lacks() {
        let cpuinfo = "processor\t: 0\ncpu family\t: 25\nmodel\t\t: 17\nmodel name\t: A Processor\n\
                       flags\t\t: fpu avx2 sha_ni\n\nprocessor\t: 1\nmodel name\t: Another\n";
        let expected = "A Processor, family 25 model 17 (sha_ni, avx2, no avx512f, no avx512ifma)";
        assert_eq!(processor(cpuinfo).as_deref(), Some(expected));
        assert_eq!(processor("processor\t: 0\n"), None);
    }
}
