//! A driver's side of a replica: which step comes next, and when the replica is known to be caught up.
//!
//! There is no I/O here. A driver (in an engine's crate) asks for the [`Step`], does it, hands over what it read,
//! and says so at the end. What it reads may overlap with what it had read before, and may come in any order.
//!
//! # What a driver promises
//!
//! [`Feed::caught_up`] is called only after everything that the engine had recorded when the [`Round`] began has been
//! applied, be it in this round or in earlier ones; and the cursor is one from which nothing of what the
//! engine records later can be missed. Sequence numbers are not commit order, so a cursor of theirs
//! is safe only if they are handed out under a lock that is held to the commit, or if it stays below every
//! transaction that was under way.

use std::sync::Arc;
use std::time::Duration;

use super::Shared;
use crate::{Change, Error};

/// What a driver does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a, C> {
    /// Read everything, and a cursor that was taken no later than what was read.
    Snapshot,
    /// Read what has changed since this cursor.
    Changes(&'a C),
}

/// The moment at which a round trip to the engine began, on the replica's monotonic clock: what it brings is at
/// least as new.
#[derive(Clone, Copy, Debug)]
pub struct Round(Duration);

/// The feed of one [`Replica`](super::Replica), with the engine's kind of cursor. One driver at a time has it.
#[derive(Debug)]
pub struct Feed<C> {
    shared: Arc<Shared>,
    cursor: Option<C>,
}

impl<C> Feed<C> {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, cursor: None }
    }

    /// What to do next: a snapshot first, and changes from then on.
    pub fn step(&self) -> Step<'_, C> {
        self.cursor.as_ref().map_or(Step::Snapshot, Step::Changes)
    }

    /// Notes that a round trip begins now.
    #[must_use]
    pub fn begin(&self) -> Round {
        Round(self.shared.now())
    }

    /// Takes in one change. It counts at once, whether or not the round will be finished.
    ///
    /// # Errors
    /// The replica cannot take it in; the round must not be finished.
    pub fn apply(&self, change: &Change) -> Result<(), Error> {
        self.shared.local.apply(change)
    }

    /// Everything that the engine had recorded when `round` began has been applied. The replica's age runs
    /// from that moment, and the next step begins at `cursor`.
    pub fn caught_up(&mut self, round: Round, cursor: C) {
        self.cursor = Some(cursor);
        self.shared.proved(round.0);
    }

    /// The changes since the cursor can no longer be read in full (the feed was trimmed, the engine was
    /// emptied or exchanged): the next step is a snapshot. The age runs on from where it was.
    pub fn lose_cursor(&mut self) {
        self.cursor = None;
    }
}
