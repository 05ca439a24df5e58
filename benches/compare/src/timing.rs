//! The timing: contenders take turns, in batches of a few milliseconds.
//!
//! A virtual machine's speed drifts by half within a minute, so contenders measured one after the other cannot
//! be compared. Here a round gives each contender one batch, and a ratio is taken between two batches of one
//! round, some 20 milliseconds apart; whatever makes the machine slow for longer than that slows both. The
//! median over many rounds then passes over what hits one batch alone, and the spread tells how far it can be
//! trusted.
//!
//! Each batch begins with an untimed part of itself, which brings caches and branch predictors from the previous
//! contender's state to its own. There is no outlier removal and no model of the noise.
//!
//! What some operations do besides, to be apart from one another, is timed in every round too. A quarter of these
//! times lie below what is taken off every batch: taken off round by round, what hits one of them alone would make an
//! operation look faster than it was, and it is always the same work, so that the lower ones are the truer.

use std::time::Duration;

use crate::contender::Contender;

struct Turn {
    contender: Contender,
    times: u64,
    batches: Vec<f64>,
    idle: Vec<f64>,
}

impl Turn {
    fn take(&mut self) {
        self.contender.repeat(self.times / self.contender.pace().warming);
        self.batches.push(each(self.contender.time(self.times), self.times));
        self.idle.extend(self.contender.time_idle(self.times).map(|spent| each(spent, self.times)));
    }

    fn result(mut self) -> (&'static str, Vec<f64>) {
        self.idle.sort_by(f64::total_cmp);
        let idle = self.idle.get(self.idle.len() / 4).copied().unwrap_or_default();
        let net = self.batches.into_iter().map(|batch| rounded((batch - idle).max(0.1)));
        (self.contender.name(), net.collect())
    }
}

/// The nanoseconds per operation of every batch, by contender; the nth batches of all belong to one round.
pub(crate) fn interleaved(contenders: Vec<Contender>, rounds: u32) -> Vec<(&'static str, Vec<f64>)> {
    let mut turns: Vec<Turn> = contenders
        .into_iter()
        .map(|contender| Turn {
            times: batch_size(&contender),
            contender,
            batches: Vec::new(),
            idle: Vec::new(),
        })
        .collect();
    for _ in 0..rounds {
        turns.iter_mut().for_each(Turn::take);
        // Nobody is always first.
        turns.rotate_left(1);
    }
    turns.into_iter().map(Turn::result).collect()
}

/// The nanoseconds of one operation.
fn each(spent: Duration, times: u64) -> f64 {
    spent.as_secs_f64() * 1e9 / times as f64
}

/// How many operations fill a batch.
fn batch_size(contender: &Contender) -> u64 {
    let (batch, mut times) = (contender.pace().batch, 1);
    loop {
        let spent = contender.time(times);
        if spent >= batch / 4 {
            let wanted = batch.as_secs_f64() / spent.as_secs_f64() * times as f64;
            return (wanted.round() as u64).max(1);
        }
        times *= 2;
    }
}

/// Four digits: more is noise, and would only swell the results that are kept.
fn rounded(nanoseconds: f64) -> f64 {
    let unit = 10_f64.powf(nanoseconds.max(1.0).log10().floor() - 3.0);
    // Through text, which drops the binary remainder of the multiplication.
    format!("{:.1}", (nanoseconds / unit).round() * unit).parse().unwrap_or(nanoseconds)
}
