//! What can come out of a step, and how often each of it did.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! outcomes {
    ($($name:ident),+ $(,)?) => {
        /// The outcome of one step, as the model tells it and as the service gives it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Outcome { $($name),+ }

        impl Outcome {
            const ALL: &[Self] = &[$(Self::$name),+];
        }
    };
}

outcomes![
    Rotated,
    WithinGrace,
    Reused,
    GrantExpired,
    GrantRevoked,
    GrantUnknown,
    GrantMalformed,
    LetIn,
    TokenExpired,
    TokenFromTheFuture,
    SessionRevoked,
    SubjectRevoked,
    LoggedOut,
    KeyLetIn,
    KeyExpired,
    KeyUnknown,
    KeyRemoved,
    KeyNotThere,
];

#[derive(Default)]
pub(crate) struct Tally([AtomicU64; Outcome::ALL.len()]);

impl Tally {
    pub(crate) fn add(&self, outcome: Outcome) {
        self.0[outcome as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Every outcome was seen at least so often: a model test in which something never happens proves nothing
    /// about it.
    pub(crate) fn expect_each(&self, least: u64) {
        let rare: Vec<_> = Outcome::ALL
            .iter()
            .filter(|outcome| self.0[**outcome as usize].load(Ordering::Relaxed) < least)
            .collect();
        assert!(rare.is_empty(), "less than {least} times: {rare:?} of {self}");
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for outcome in Outcome::ALL {
            write!(f, "{outcome:?} {}, ", self.0[*outcome as usize].load(Ordering::Relaxed))?;
        }
        Ok(())
    }
}
