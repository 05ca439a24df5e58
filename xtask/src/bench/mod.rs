//! `cargo xtask bench`: countersign against its peers.
//!
//! `benches/compare`, a workspace of its own, measures page by page and prints JSON. Here the ratios are taken, printed
//! and written to `benches/results` as one Markdown page each. A ratio above its limit is reported and is no error,
//! because a busy machine must not fail a build.

mod areas;
mod engines;
mod machine;
mod page;
mod samples;

use std::fs;
use std::process::{Command, Stdio};
use std::time::Instant;

use areas::{Area, Effort};
use machine::Setting;
use samples::Samples;

/// A page that is not an area: its name and how it is written.
type Other = (&'static str, fn() -> Result<(), String>);

/// They start servers and take minutes, so a quick run has them only by name.
const OTHERS: [Other; 2] = [("engines", engines::run), ("load", load)];

/// Measures, prints and writes all pages or those that are named.
pub(crate) fn run<'a>(words: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let (mut quick, mut named) = (false, Vec::new());
    let is_page = |word: &str| {
        areas::ALL.iter().any(|area| area.name == word) || OTHERS.iter().any(|(name, _)| *name == word)
    };
    for word in words {
        match word {
            "--quick" => quick = true,
            _ if is_page(word) => named.push(word),
            _ => return Err(crate::USAGE.to_owned()),
        }
    }
    let is_chosen = |name: &str| named.contains(&name) || named.is_empty();
    let started = Instant::now();
    let chosen: Vec<&Area> = areas::ALL.iter().copied().filter(|area| is_chosen(area.name)).collect();
    if !chosen.is_empty() {
        println!("-- building the comparison, which takes some minutes the first time");
        let arguments = ["--release", "--locked", "--manifest-path", "benches/compare/Cargo.toml"];
        let program = crate::cargo::build("countersign-compare", &arguments)?;
        for area in chosen {
            let effort = if quick { area.quick } else { area.full };
            let page = compare(area, effort, || Command::new(&program))?;
            write(area.name, &page)?;
        }
    }
    for (name, run) in OTHERS.iter().filter(|(name, _)| is_chosen(name) && !(quick && named.is_empty())) {
        println!("-- {name}");
        run()?;
    }
    println!("\nmeasured in {:.0} s", started.elapsed().as_secs_f32());
    Ok(())
}

/// Measures an area and returns its page.
fn compare(area: &Area, effort: Effort, program: impl Fn() -> Command) -> Result<String, String> {
    let Effort { processes, rounds } = effort;
    println!("-- {}: {processes} times {} processes of {rounds} rounds", area.name, area.runs.len());
    let (rounds, mut samples) = (rounds.to_string(), Samples::default());
    for _ in 0..processes {
        for words in area.runs {
            let mut command = program();
            samples.read(&output(command.args([area.name, &rounds]).args(*words))?)?;
        }
        for script in area.scripts {
            let folder = crate::cargo::root().join("benches/compare/context");
            // -B: Python leaves no compiled files beside the script.
            samples
                .read(&output(Command::new("python3").current_dir(folder).args(["-B", script, &rounds]))?)?;
        }
    }
    let lock = fs::read_to_string(crate::cargo::root().join("benches/compare/Cargo.lock"));
    let lock = lock.map_err(|error| format!("the comparison's lock file: {error}"))?;
    Ok(page::write(area, effort, &Setting::here(area.crates, &lock)?, &samples))
}

/// A protected route under load: a script of its own, which sends requests with wrk.
fn load() -> Result<(), String> {
    let script = crate::cargo::root().join("benches/compare/load/run.py");
    write("load", &output(Command::new("python3").arg("-B").arg(script))?)
}

fn write(name: &str, page: &str) -> Result<(), String> {
    let file = crate::cargo::root().join("benches/results").join(format!("{name}.md"));
    fs::write(&file, page).map_err(|error| format!("{}: {error}", file.display()))?;
    println!("\n{page}\nwritten: benches/results/{name}.md");
    Ok(())
}

/// The standard output of a command that succeeds.
fn output(command: &mut Command) -> Result<String, String> {
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("{command:?}: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() { Ok(text) } else { Err(format!("{command:?}: failed\n{text}")) }
}
