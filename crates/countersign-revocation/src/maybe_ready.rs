//! An answer that is there at once, or one that must be waited for.
//!
//! Every request asks the revocation store one question. A store that answers from memory has no reason
//! to suspend, and boxing a future for it would be the largest cost of the whole check; so the check
//! returns this instead of a future, and only a store that must wait pays for one.

use std::fmt;

/// What a check returns: [`Ready`](MaybeReady::Ready) with the outcome, or [`Wait`](MaybeReady::Wait) with a
/// future of it.
pub enum MaybeReady<F: Future> {
    /// The outcome, at once.
    Ready(F::Output),
    /// The outcome comes from elsewhere; await the future.
    Wait(F),
}

impl<F: Future> MaybeReady<F> {
    /// The outcome, waited for if it must be.
    pub async fn wait(self) -> F::Output {
        match self {
            Self::Ready(output) => output,
            Self::Wait(future) => future.await,
        }
    }

    /// The same answer with its future, if it has one, put into another shape (a box, say).
    pub fn map_future<G>(self, shape: impl FnOnce(F) -> G) -> MaybeReady<G>
    where
        G: Future<Output = F::Output>,
    {
        match self {
            Self::Ready(output) => MaybeReady::Ready(output),
            Self::Wait(future) => MaybeReady::Wait(shape(future)),
        }
    }
}

impl<F: Future> fmt::Debug for MaybeReady<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ready(_) => "MaybeReady::Ready",
            Self::Wait(_) => "MaybeReady::Wait",
        })
    }
}
