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
        Ok(Self { name, repeat: repeated(operation), idle: None })
    }

    /// The same, timed without something that every operation does besides.
    pub(crate) fn without<T>(self, idle: impl Fn() -> T + 'static) -> Self {
        Self { idle: Some(repeated(idle)), ..self }
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
