//! The timing: contenders take turns, in batches of a few milliseconds.
//!
//! A virtual machine's speed drifts by half within a minute, so contenders measured one after the other cannot
//! be compared. Here a round gives each contender one batch, and a ratio is taken between two batches of one
//! round, some 20 milliseconds apart; whatever makes the machine slow for longer than that slows both. The
//! median over many rounds then passes over what hits one batch alone, and the spread tells how far it can be
//! trusted.
//!
//! Each batch begins with an untimed eighth of itself, which brings caches and branch predictors from the
//! previous contender's state to its own. There is no outlier removal and no model of the noise.

use std::time::{Duration, Instant};

use crate::contender::Contender;

/// Long against the clock's resolution and short against the machine's drift.
const BATCH: Duration = Duration::from_millis(4);

struct Turn {
    contender: Contender,
    times: u64,
    batches: Vec<f64>,
}

/// The nanoseconds per operation of every batch, by contender; the nth batches of all belong to one round.
pub(crate) fn interleaved(contenders: Vec<Contender>, rounds: u32) -> Vec<(&'static str, Vec<f64>)> {
    let mut turns: Vec<Turn> = contenders
        .into_iter()
        .map(|contender| Turn { times: batch_size(&contender), contender, batches: Vec::new() })
        .collect();
    for _ in 0..rounds {
        for turn in &mut turns {
            turn.contender.repeat(turn.times / 8);
            let spent = time(&turn.contender, turn.times);
            turn.batches.push(rounded(spent.as_secs_f64() * 1e9 / turn.times as f64));
        }
        // Nobody is always first.
        turns.rotate_left(1);
    }
    turns.into_iter().map(|turn| (turn.contender.name(), turn.batches)).collect()
}

/// How many operations fill a batch.
fn batch_size(contender: &Contender) -> u64 {
    let mut times = 1;
    loop {
        let spent = time(contender, times);
        if spent >= BATCH / 4 {
            let wanted = BATCH.as_secs_f64() / spent.as_secs_f64() * times as f64;
            return (wanted.round() as u64).max(1);
        }
        times *= 2;
    }
}

fn time(contender: &Contender, times: u64) -> Duration {
    let start = Instant::now();
    contender.repeat(times);
    start.elapsed()
}

/// Four digits: more is noise, and would only swell the results that are kept.
fn rounded(nanoseconds: f64) -> f64 {
    let unit = 10_f64.powf(nanoseconds.max(1.0).log10().floor() - 3.0);
    // Through text, which drops the binary remainder of the multiplication.
    format!("{:.1}", (nanoseconds / unit).round() * unit).parse().unwrap_or(nanoseconds)
}
