//! `cargo xtask load`: one route on axum under load from another process, open to everybody, protected by countersign,
//! and protected by axum-extra with jsonwebtoken.
//!
//! The servers (`benches/compare/load`) have one thread each and take turns; those whose turn it is not wait for requests
//! and use nothing. What is compared is the processor time of the server for a request, by `getrusage`, over what the
//! open route takes: on a machine that others use too, it moves far less than requests a second do.

mod server;
mod table;
mod wrk;

use std::fs;
use std::time::Instant;

use server::Server;
use table::Row;

use crate::bench::Setting;

/// Whose turn it is, and the word for it on the server's command line.
const SERVERS: [&str; 3] = ["none", "ours", "peer"];

/// Algorithm, and how many verified tokens countersign remembers.
const SCENARIOS: [(&str, Option<usize>); 3] = [("HS256", None), ("EdDSA", None), ("EdDSA", Some(10_000))];

const ROUNDS: u32 = 7;
const SECONDS: u32 = 4;

/// Builds the servers, sends requests, and writes `benches/results/load.md`.
pub(crate) fn run<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let (rounds, seconds) = match (words.next(), words.next()) {
        (None, _) => (ROUNDS, SECONDS),
        (Some("--quick"), None) => (1, 1),
        _ => return Err(crate::USAGE.to_owned()),
    };
    wrk::look_for()?;
    println!("-- building the servers");
    let manifest = "benches/compare/Cargo.toml";
    let arguments = ["--manifest-path", manifest, "--package", "countersign-load"];
    let program = crate::cargo::build_measured("countersign-load", &arguments, false)?;
    println!("-- sending requests: {rounds} rounds of {seconds} s for each of three servers, three times");
    let (started, mut rows) = (Instant::now(), Vec::new());
    for (algorithm, remembered) in SCENARIOS {
        let mut servers = Vec::new();
        for name in SERVERS {
            servers.push(Server::start(&program, name, algorithm, remembered)?);
        }
        let mut row = Row::new(algorithm, remembered.is_some());
        for _ in 0..rounds {
            for (server, loads) in servers.iter_mut().zip(&mut row.loads) {
                let before = server.used()?;
                let answers = wrk::run(server.port, &server.tokens, seconds)?;
                loads.push(answers, server.used()?.saturating_sub(before));
            }
        }
        rows.push(row);
    }
    println!("   {:.0} s", started.elapsed().as_secs_f32());
    let root = crate::cargo::root();
    let table = table::write(&Setting::here(rounds, false)?, seconds, &rows);
    let file = root.join("benches/results/load.md");
    fs::write(&file, &table).map_err(|error| format!("{}: {error}", file.display()))?;
    println!("\n{table}\nwritten: benches/results/load.md");
    Ok(())
}
