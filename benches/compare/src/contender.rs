//! One way of doing one thing, proved to do it before it is timed.
//!
//! The loop is compiled together with the operation, so that what is timed has no indirect call for each
//! operation; the box is opened once for each batch.

use std::hint::black_box;

/// A name, and the operation done `n` times.
pub(crate) struct Contender {
    name: &'static str,
    repeat: Box<dyn Fn(u64)>,
}

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
        let repeat = move |times| {
            for _ in 0..times {
                drop(black_box(operation()));
            }
        };
        Ok(Self { name, repeat: Box::new(repeat) })
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn repeat(&self, times: u64) {
        (self.repeat)(times);
    }
}
