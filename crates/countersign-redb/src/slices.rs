//! Operations on many records, in slices.
//!
//! Removing a thousand tokens takes some hundred milliseconds, and a login must not wait for that long. So the writing
//! thread does such an operation in slices of about 10 ms: [`SLICE`], and the commit after it. Operations that arrive in
//! between share the next commit. The operation still happens whole if its caller goes away.
//!
//! All slices of one transaction share that time: if twenty users log out everywhere at once, a login waits for one
//! slice and not for twenty. The operations take turns.

use std::time::{Duration, Instant};

use futures_channel::oneshot;
use redb::WriteTransaction;

use crate::error::Failure;
use crate::operation::{Operation, Ran};

/// How long the slices of one transaction take before its commit. The commit writes all pages that they changed, which
/// takes up to twice as long.
pub(crate) const SLICE: Duration = Duration::from_millis(4);

/// The time that the slices of one transaction share.
pub(crate) struct Budget {
    began: Instant,
    length: Duration,
}

impl Budget {
    pub(crate) fn new(length: Duration) -> Self {
        Self { began: Instant::now(), length }
    }

    /// Whether the slice has to end. Ask after a record and not before it, so that each slice does at least one.
    pub(crate) fn is_spent(&self) -> bool {
        self.began.elapsed() >= self.length
    }
}

/// The outcome of a slice.
pub(crate) struct Slice<T> {
    /// Whether there is something to commit.
    pub(crate) changed: bool,
    /// The result of the whole operation, if this was the last slice.
    pub(crate) result: Option<T>,
}

/// An operation that is done in slices.
pub(crate) struct Sliced<F, T> {
    step: F,
    result: Option<T>,
    reply: oneshot::Sender<Result<T, Failure>>,
}

impl<F, T> Sliced<F, T> {
    pub(crate) fn new(step: F, reply: oneshot::Sender<Result<T, Failure>>) -> Self {
        Self { step, result: None, reply }
    }
}

impl<F, T> Operation for Sliced<F, T>
where
    F: FnMut(&WriteTransaction, &Budget) -> Result<Slice<T>, Failure> + Send,
    T: Send,
{
    fn can_wait(&self) -> bool {
        true
    }

    fn run(&mut self, transaction: &WriteTransaction, budget: &Budget) -> Result<Ran, Failure> {
        let Slice { changed, result } = (self.step)(transaction, budget)?;
        self.result = result;
        Ok(Ran { changed, is_finished: self.result.is_some() })
    }

    fn finish(self: Box<Self>, commit: Result<(), Failure>) {
        let Self { result, reply, .. } = *self;
        // The caller may have gone. The operation has happened all the same.
        let _ = reply.send(commit.and_then(|()| result.ok_or(Failure::Closed)));
    }
}
