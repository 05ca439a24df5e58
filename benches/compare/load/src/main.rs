//! One route on axum, `GET /`: open to everybody, protected by countersign, or protected by `axum-extra` and
//! jsonwebtoken. `cargo xtask bench load` starts each and sends requests from another process.
//!
//! ```text
//! countersign-load none|ours|peer HS256|EdDSA [REMEMBERED]
//! ```
//!
//! It prints its port and good tokens, a line each, and then, for each line that it reads, the microseconds of processor
//! time that it has used. It ends with its standard input.

mod ours;
mod peer;
#[path = "../../src/revoked.rs"]
mod revoked;
mod setting;

use std::error::Error;
use std::io::{BufRead, Write};
use std::net::Ipv4Addr;

use axum::Router;
use axum::routing::get;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use tokio::net::TcpListener;

use crate::setting::Setting;

/// The body of every good answer.
const BODY: &str = "good morning";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ([who, algorithm], remembered) = match words.as_slice() {
        [who, algorithm] => ([*who, *algorithm], None),
        [who, algorithm, remembered] => ([*who, *algorithm], Some(remembered.parse()?)),
        _ => return Err("none|ours|peer HS256|EdDSA [REMEMBERED]".into()),
    };
    let setting = Setting::of(algorithm)?;
    let router = match who {
        "none" => Router::new().route("/", get(|| async { BODY })),
        "ours" => ours::router(&setting, remembered)?,
        "peer" => peer::router(&setting)?,
        _ => return Err("none, ours or peer".into()),
    };
    // Another core is the sender's.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_io().build()?;
    let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    let mut output = std::io::stdout().lock();
    writeln!(output, "{}", listener.local_addr()?.port())?;
    for token in ours::tokens(&setting)? {
        writeln!(output, "{token}")?;
    }
    writeln!(output)?;
    output.flush()?;
    runtime.spawn(async { axum::serve(listener, router).await });
    for line in std::io::stdin().lock().lines() {
        line?;
        let usage = getrusage(UsageWho::RUSAGE_SELF)?;
        let used =
            usage.user_time().num_microseconds().saturating_add(usage.system_time().num_microseconds());
        writeln!(output, "{used}")?;
        output.flush()?;
    }
    Ok(())
}
