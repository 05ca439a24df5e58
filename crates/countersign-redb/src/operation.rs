//! What the writing thread runs: an operation of one step here, one of many slices in `slices.rs`.

use futures_channel::oneshot;
use redb::WriteTransaction;

use crate::error::Failure;
use crate::slices::Budget;

/// The outcome of an operation in a transaction.
pub(crate) struct Ran {
    /// Whether there is something to commit.
    pub(crate) changed: bool,
    /// Whether it is done, or goes on in the next transaction.
    pub(crate) is_finished: bool,
}

/// An operation of any type, in its two moments: inside the transaction, and after the commit.
pub(crate) trait Operation: Send {
    /// Whether it is done in slices, and so can wait for a later transaction if this one has no time left.
    fn can_wait(&self) -> bool {
        false
    }
    /// Runs the step. An error means that the transaction must be dropped.
    fn run(&mut self, transaction: &WriteTransaction, budget: &Budget) -> Result<Ran, Failure>;
    /// Answers the caller: with the step's result if the commit succeeded.
    fn finish(self: Box<Self>, commit: Result<(), Failure>);
}

/// What a step did: whether there is something to commit, and the result.
pub(crate) enum Done<T> {
    Changed(T),
    Unchanged(T),
}

impl<T> Done<T> {
    /// `value`, with something to commit if `changed`.
    pub(crate) fn if_changed(changed: bool, value: T) -> Self {
        if changed { Self::Changed(value) } else { Self::Unchanged(value) }
    }
}

/// An operation of one step.
pub(crate) struct Single<F, T> {
    step: Option<F>,
    result: Option<Result<T, Failure>>,
    reply: oneshot::Sender<Result<T, Failure>>,
}

impl<F, T> Single<F, T> {
    pub(crate) fn new(step: F, reply: oneshot::Sender<Result<T, Failure>>) -> Self {
        Self { step: Some(step), result: None, reply }
    }
}

impl<F, T> Operation for Single<F, T>
where
    F: FnOnce(&WriteTransaction) -> Result<Done<T>, Failure> + Send,
    T: Send,
{
    fn run(&mut self, transaction: &WriteTransaction, _: &Budget) -> Result<Ran, Failure> {
        let Some(step) = self.step.take() else { return Ok(Ran { changed: false, is_finished: true }) };
        let (result, changed) = match step(transaction) {
            Ok(Done::Changed(value)) => (Ok(value), true),
            Ok(Done::Unchanged(value)) => (Ok(value), false),
            // Told before anything was written.
            Err(Failure::Duplicate) => (Err(Failure::Duplicate), false),
            Err(failure) => return Err(failure),
        };
        self.result = Some(result);
        Ok(Ran { changed, is_finished: true })
    }

    fn finish(self: Box<Self>, commit: Result<(), Failure>) {
        let result = match commit {
            Ok(()) => self.result.unwrap_or(Err(Failure::Closed)),
            Err(failure) => Err(failure),
        };
        // The caller may have gone; what it asked for has happened all the same.
        let _ = self.reply.send(result);
    }
}
