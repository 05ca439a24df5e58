//! `cargo xtask bench`: countersign against its peers, measured, judged and written down.
//!
//! The measuring is done by `benches/compare`, a workspace of its own, area by area. What it says is kept as it came
//! (`signed.json`), and told as a page (`signed.md`) and as a chart (`signed.svg`); so for each area. A ratio that
//! misses what it should reach is told and is no error: a machine that is busy must not fail a build. What fails one is
//! `cargo xtask instructions`.

mod area;
mod areas;
mod chart;
mod context;
mod engines;
mod growth;
mod judge;
mod machine;
mod readme;
mod samples;
mod statistics;
mod svg;
mod table;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use area::{Area, Effort};
use context::Installed;
pub(crate) use machine::Setting;
use samples::Samples;
pub(crate) use statistics::median;

/// Builds the comparison, runs it, and writes `benches/results/`.
pub(crate) fn run<'a>(words: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let (mut quick, mut native, mut named) = (false, false, Vec::new());
    for word in words {
        match word {
            "--quick" => quick = true,
            "--native" => native = true,
            _ if names().any(|name| name == word) => named.push(word),
            _ => return Err(crate::USAGE.to_owned()),
        }
    }
    if native {
        return if named.is_empty() { measure_native(quick) } else { Err(crate::USAGE.to_owned()) };
    }
    let is_chosen = |name: &str| named.is_empty() || named.contains(&name);
    let comparison = Comparison::build(false)?;
    let started = Instant::now();
    for area in areas::ALL.iter().filter(|area| is_chosen(area.name)) {
        comparison.compare(area, if quick { area.quick } else { area.full })?;
    }
    if is_chosen(growth::NAME) {
        growth::run(&comparison, quick)?;
    }
    // They start servers, fill files, and take minutes, so that a quick run has them only if they are named.
    if named.contains(&engines::NAME) || (named.is_empty() && !quick) {
        engines::run(&comparison)?;
    }
    readme::refresh(&crate::cargo::root(), &comparison.results)?;
    println!("written: README.md, benches/results/summary.svg");
    println!("\nmeasured in {:.0} s, beside the building", started.elapsed().as_secs_f32());
    Ok(())
}

/// The words for all pages.
fn names() -> impl Iterator<Item = &'static str> {
    areas::ALL.iter().map(|area| area.name).chain([growth::NAME, engines::NAME])
}

/// Signed tokens, compiled for this processor alone.
fn measure_native(quick: bool) -> Result<(), String> {
    let area = areas::SIGNED;
    Comparison::build(true)?.compare(area, if quick { area.quick } else { area.full })
}

/// The program that measures.
struct Comparison {
    program: PathBuf,
    /// Compiled for this processor alone.
    native: bool,
    /// The text of its lock file.
    lock: String,
    results: PathBuf,
}

impl Comparison {
    fn build(native: bool) -> Result<Self, String> {
        println!("-- building the comparison, which takes some minutes where nothing is built yet");
        let root = crate::cargo::root();
        let arguments = ["--manifest-path", "benches/compare/Cargo.toml"];
        let program = crate::cargo::build_measured("countersign-compare", &arguments, native)?;
        let lock = fs::read_to_string(root.join("benches/compare/Cargo.lock"))
            .map_err(|error| format!("the comparison's lock file: {error}"))?;
        let results = root.join("benches/results");
        fs::create_dir_all(&results).map_err(|error| error.to_string())?;
        Ok(Self { program, native, lock, results })
    }

    /// Measures an area and writes its page, its chart and what they were made from.
    fn compare(&self, area: &'static Area, effort: Effort) -> Result<(), String> {
        let Effort { processes, rounds } = effort;
        println!(
            "-- {}: {processes} processes of {rounds} rounds, {} times",
            area.name,
            area.back_ends.len()
        );
        let (started, mut samples) = (Instant::now(), Samples::default());
        let others = installed(area);
        for _ in 0..processes {
            for back_end in area.back_ends {
                let rounds = rounds.to_string();
                let mut words = vec![area.name, &rounds];
                words.extend((!back_end.is_empty()).then_some(*back_end));
                samples.read(&self.measure(&words)?)?;
            }
            for other in &others {
                samples.read(&other.measure(rounds)?)?;
            }
        }
        println!("   {:.0} s", started.elapsed().as_secs_f32());
        let setting = Setting::here(effort.total(), self.native)?;
        let mut setting =
            Setting { processes, ..setting }.with_crates(area.crates, "countersign-compare", &self.lock);
        others.into_iter().for_each(|other| setting.add_versions(other.versions));
        let judged = judge::all(area, &samples);
        let name = if self.native { format!("{}-native", area.name) } else { area.name.to_owned() };
        let page = table::write(area, &name, &setting, &judged);
        self.write(&format!("{name}.json"), &samples.write(&setting))?;
        self.write(&format!("{name}.svg"), &chart::write(area.chart, &setting.about(), &judged.parts))?;
        self.write(&format!("{name}.md"), &page)?;
        println!("\n{page}\nwritten: benches/results/{name}.md, {name}.svg, {name}.json");
        Ok(())
    }

    /// What the program says to these words.
    fn measure(&self, words: &[&str]) -> Result<String, String> {
        let output = Command::new(&self.program)
            .args(words)
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| format!("the comparison could not be started: {error}"))?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(format!("the comparison failed: {}", words.join(" ")))
        }
    }

    fn write(&self, name: &str, text: &str) -> Result<(), String> {
        let file = self.results.join(name);
        fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))
    }
}

/// The programs in other languages that can be had; what stands in the way of the rest is printed.
fn installed(area: &Area) -> Vec<Installed> {
    let programs = area.context.iter().map(|program| (program, program.install()));
    let found = programs.filter_map(|(program, outcome)| {
        outcome.inspect_err(|error| println!("   without {program:?}: {error}")).ok()
    });
    found.collect()
}
