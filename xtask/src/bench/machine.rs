//! The machine and the versions of a measurement. It names the processor and never the host.

use std::fs;
use std::process::Command;

/// Instructions that the libraries look for when they run.
const FEATURES: [&str; 4] = ["sha_ni", "avx2", "avx512f", "avx512ifma"];

/// The end of a page: date, processor, compiler, versions.
pub(super) struct Setting(pub(super) String);

impl Setting {
    /// This machine, with the versions of these crates in a lock file.
    pub(super) fn here(crates: &[&str], lock: &str) -> Result<Self, String> {
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let processor = processor(&cpuinfo).unwrap_or_else(|| std::env::consts::ARCH.to_owned());
        let rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        let rustc = super::output({ rustc }.arg("--version"))?;
        let date = time::OffsetDateTime::now_utc().date();
        let versions: Vec<String> = crates.iter().filter_map(|name| version(lock, name)).collect();
        let versions = versions.join(", ");
        Ok(Self(format!("- {date}\n- processor: {processor}\n- {}, release\n- {versions}\n", rustc.trim())))
    }
}

/// Model, family and features in `/proc/cpuinfo`. Clouds mask the model's name; family and model say more.
fn processor(cpuinfo: &str) -> Option<String> {
    let value = |name: &str| {
        let mut fields = cpuinfo.lines().filter_map(|line| line.split_once(':'));
        fields.find(|(field, _)| field.trim() == name).map(|(_, value)| value.trim())
    };
    let flags: Vec<&str> = value("flags")?.split_whitespace().collect();
    let told = |feature: &str| format!("{}{feature}", if flags.contains(&feature) { "" } else { "no " });
    let (name, family, model) = (value("model name")?, value("cpu family")?, value("model")?);
    Some(format!("{name}, family {family} model {model} ({})", FEATURES.map(told).join(", ")))
}

/// Name and version of a crate. The comparison's peers are direct dependencies, and so in their newest version there.
fn version(lock: &str, name: &str) -> Option<String> {
    let start = format!("name = \"{name}\"\nversion = \"");
    let version = lock.rsplit_once(&start)?.1.split('"').next()?;
    Some(format!("{name} {version}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_has_the_features_that_it_has_and_lacks() {
        let cpuinfo = "processor\t: 0\ncpu family\t: 25\nmodel\t\t: 17\nmodel name\t: A Processor\n\
                       flags\t\t: fpu avx2 sha_ni\n\nprocessor\t: 1\nmodel name\t: Another\n";
        let expected = "A Processor, family 25 model 17 (sha_ni, avx2, no avx512f, no avx512ifma)";
        assert_eq!(processor(cpuinfo).as_deref(), Some(expected));
        assert_eq!(processor("processor\t: 0\n"), None);
    }

    #[test]
    fn version_is_the_newest_in_the_lock_file() {
        let lock = "name = \"rsa\"\nversion = \"0.9.10\"\n\nname = \"rsa\"\nversion = \"0.10.0\"\n";
        assert_eq!(version(lock, "rsa").as_deref(), Some("rsa 0.10.0"));
        assert_eq!(version(lock, "ring"), None);
    }
}
