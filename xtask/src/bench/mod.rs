//! `cargo xtask bench`: countersign against its peers, measured, judged and written down.
//!
//! The measuring is done by `benches/compare`, a workspace of its own, area by area. What it says is kept as it came
//! (`signed.json`), and told as a page (`signed.md`) and as a chart (`signed.svg`); so for each area. A ratio that
//! misses what it should reach is told and is no error: a machine that is busy must not fail a build. What fails one is
//! `cargo xtask instructions`.

mod area;
mod areas;
mod chart;
mod judge;
mod machine;
mod samples;
mod statistics;
mod svg;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use area::{Area, Effort};
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
            _ => named.push(*areas::ALL.iter().find(|area| area.name == word).ok_or(crate::USAGE)?),
        }
    }
    let chosen = match named.as_slice() {
        [] if native => vec![areas::NATIVE],
        [] => areas::ALL.to_vec(),
        _ if native => return Err(crate::USAGE.to_owned()),
        _ => named,
    };
    println!("-- building the comparison");
    let comparison = Comparison::build(native)?;
    for area in chosen {
        let effort = if quick { area.quick } else { area.full };
        comparison.compare(area, effort)?;
    }
    Ok(())
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
        for _ in 0..processes {
            for back_end in area.back_ends {
                samples.read(&measure(&self.program, area.name, back_end, rounds)?)?;
            }
        }
        println!("   {:.0} s", started.elapsed().as_secs_f32());
        let setting = Setting::here(effort.total(), self.native)?;
        let setting = Setting { processes, ..setting }.with_crates(area.crates, &self.lock);
        let judged = judge::all(area, &samples);
        let name = if self.native { format!("{}-native", area.name) } else { area.name.to_owned() };
        let page = table::write(area, &name, &setting, &judged);
        self.write(&format!("{name}.json"), &samples.write(&setting))?;
        self.write(&format!("{name}.svg"), &chart::write(area.chart, &setting, &judged.parts))?;
        self.write(&format!("{name}.md"), &page)?;
        println!("\n{page}\nwritten: benches/results/{name}.md, {name}.svg, {name}.json");
        Ok(())
    }

    fn write(&self, name: &str, text: &str) -> Result<(), String> {
        let file = self.results.join(name);
        fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))
    }
}

fn measure(program: &Path, area: &str, back_end: &str, rounds: u32) -> Result<String, String> {
    let output = Command::new(program)
        .args([area, &rounds.to_string()])
        .args((!back_end.is_empty()).then_some(back_end))
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("the comparison could not be started: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("the comparison of {area} failed {back_end}"))
    }
}
