//! Random tokens of 32 bytes, against the least that any program must do for the same text: a call of the operating
//! system's generator and an encoding. Python's `secrets` takes its own time, in a process of its own.

use std::error::Error;
use std::hint::black_box;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_random::{token_bytes, token_hex, token_urlsafe};
use rand::rngs::SysRng;
use rand::{Rng as _, TryRng as _};

use crate::contender::Contender;
use crate::report::Report;

const OURS: &str = "countersign";
const BARE: &str = "bare rand";
const THREAD: &str = "rand's thread generator";

const BYTES: usize = 32;

pub(crate) fn measure(report: &Report) -> Result<(), Box<dyn Error>> {
    let ours = Contender::new(
        OURS,
        || token_urlsafe(black_box(BYTES)),
        |token| token.as_ref().is_ok_and(|token| token.expose().len() == 43),
    )?;
    let bare = Contender::new(
        BARE,
        || from_system().map(|bytes| URL_SAFE_NO_PAD.encode(bytes)),
        |token| token.as_ref().is_ok_and(|token| token.len() == 43),
    )?;
    let thread = Contender::new(
        THREAD,
        || {
            let mut bytes = [0; BYTES];
            rand::rng().fill_bytes(black_box(&mut bytes));
            URL_SAFE_NO_PAD.encode(bytes)
        },
        |token| token.len() == 43,
    )?;
    report.group("token_urlsafe", vec![ours, bare, thread])?;

    let ours = Contender::new(
        OURS,
        || token_hex(black_box(BYTES)),
        |token| token.as_ref().is_ok_and(|token| token.expose().len() == 64),
    )?;
    report.group("token_hex", vec![ours])?;

    let ours = Contender::new(
        OURS,
        || token_bytes(black_box(BYTES)),
        |bytes| bytes.as_ref().is_ok_and(|bytes| bytes.expose().len() == BYTES),
    )?;
    let bare = Contender::new(BARE, from_system, Result::is_ok)?;
    report.group("token_bytes", vec![ours, bare])?;
    Ok(())
}

fn from_system() -> Result<[u8; BYTES], rand::rngs::SysError> {
    let mut bytes = [0; BYTES];
    SysRng.try_fill_bytes(black_box(&mut bytes))?;
    Ok(bytes)
}
