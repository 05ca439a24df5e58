//! One way of doing one thing, proved to do it before it is timed.
//!
//! The loop is compiled together with the operation, so that what is timed has no indirect call for each
//! operation; the box is opened once for each batch.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// A name, and the operation done `n` times.
pub(crate) struct Contender {
    name: &'static str,
    repeat: Repeated,
    /// What is no part of the operation, and taken off its time.
    idle: Option<Repeated>,
    pace: Pace,
}

/// How a contender has its turn.
#[derive(Clone, Copy)]
pub(crate) struct Pace {
    /// What a batch takes, about.
    pub(crate) batch: Duration,
    /// The part of a batch that goes before it untimed: one in so many.
    pub(crate) warming: u64,
}

impl Pace {
    /// Long against the clock's resolution and short against the machine's drift.
    const SHORT: Self = Self { batch: Duration::from_millis(4), warming: 8 };

    /// For what is spread over more memory than the nearest caches hold: as much again goes before, so that everybody
    /// finds these as its own operations leave them.
    pub(crate) const LONG: Self = Self { batch: Duration::from_millis(16), warming: 1 };
}

type Repeated = Box<dyn Fn(u64)>;

impl Contender {
    /// An operation, run once to see that its outcome is right. What it returns is dropped within the time.
    ///
    /// # Errors
    ///
    /// `right` says no.
    pub(crate) fn new<T>(
        name: &'static str,
        operation: impl Fn() -> T + 'static,
        right: impl FnOnce(&T) -> bool,
    ) -> Result<Self, String> {
        if !right(&operation()) {
            return Err(format!("{name} does not do what is to be measured"));
        }
        Ok(Self { name, repeat: repeated(operation), idle: None, pace: Pace::SHORT })
    }

    /// The same, timed without something that every operation does besides.
    pub(crate) fn without<T>(self, idle: impl Fn() -> T + 'static) -> Self {
        Self { idle: Some(repeated(idle)), ..self }
    }

    /// The same at another pace.
    pub(crate) fn at(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    pub(crate) fn pace(&self) -> Pace {
        self.pace
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn repeat(&self, times: u64) {
        (self.repeat)(times);
    }

    pub(crate) fn time(&self, times: u64) -> Duration {
        time(&self.repeat, times)
    }

    /// What is no part of the operation, if there is something.
    pub(crate) fn time_idle(&self, times: u64) -> Option<Duration> {
        self.idle.as_ref().map(|idle| time(idle, times))
    }
}

fn repeated<T>(operation: impl Fn() -> T + 'static) -> Repeated {
    Box::new(move |times| {
        for _ in 0..times {
            drop(black_box(operation()));
        }
    })
}

fn time(repeat: &Repeated, times: u64) -> Duration {
    let start = Instant::now();
    repeat(times);
    start.elapsed()
}
