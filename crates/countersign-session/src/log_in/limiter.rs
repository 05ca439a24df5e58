//! What bounds how often passwords can be guessed: asked before each check of one, and told afterwards.
//!
//! The question is put, and the attempt counted, before the password is checked, so that a thousand attempts
//! at the same moment do not all pass before the first of them has failed. What turned out to be no guess (the
//! password was right, or nobody could tell) is taken back afterwards. An attempt whose client hangs up stays
//! counted.

use std::error::Error as StdError;
use std::fmt;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;

use crate::error::Error;
use crate::error::kind::ErrorKind;

/// A log-in about to be tried. Debug shows nothing of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Attempt<'a> {
    /// The user name as the client sent it: of any length that the server lets through, and nobody's as yet.
    pub user_id: &'a str,
    /// The client's address: the peer of the connection, or what a trusted proxy reports.
    pub address: IpAddr,
    /// When, by the authenticator's clock.
    pub now: OffsetDateTime,
}

impl fmt::Debug for Attempt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Attempt(..)")
    }
}

/// A limiter's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// The password may be checked.
    Granted,
    /// It is not to be checked: the client gets 429, and is asked to wait so long.
    Refused {
        /// When it may be worth trying again. Rounded up to whole seconds for the client.
        retry_after: Duration,
    },
}

/// What came of an attempt that was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AttemptOutcome {
    /// The password was right.
    Right,
    /// User name or password were wrong.
    Wrong,
    /// It could not be told: too many are waiting, or the accounts are out of reach.
    Undecided,
}

/// Why a limiter cannot tell.
pub type LimiterError = Box<dyn StdError + Send + Sync>;

/// Bounds attempts to log in. [`MemoryLimiter`](crate::MemoryLimiter) is one.
///
/// Security: an unknown user name must be limited like a known one, or the difference tells them apart. A limit
/// by user name must not let a stranger keep the user out by guessing in their name. Count IPv6 addresses by
/// their [`ClientNetwork`](crate::ClientNetwork).
pub trait LogInLimiter: Send + Sync {
    /// Whether the password may be checked. Counts the attempt if so.
    ///
    /// # Errors
    /// It cannot tell: nobody is let in, and the client gets 503.
    fn admit(&self, attempt: &Attempt<'_>) -> impl Future<Output = Result<Admission, LimiterError>> + Send;

    /// What came of an attempt that was granted; `now` is still the moment of the question. Not called if the
    /// client has hung up. It must not fail the log-in, so it has no error.
    fn settle(&self, attempt: &Attempt<'_>, outcome: AttemptOutcome) -> impl Future<Output = ()> + Send;
}

/// A limiter that is shared with the rest of the application.
impl<L: LogInLimiter> LogInLimiter for Arc<L> {
    fn admit(&self, attempt: &Attempt<'_>) -> impl Future<Output = Result<Admission, LimiterError>> + Send {
        (**self).admit(attempt)
    }

    fn settle(&self, attempt: &Attempt<'_>, outcome: AttemptOutcome) -> impl Future<Output = ()> + Send {
        (**self).settle(attempt, outcome)
    }
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Any [`LogInLimiter`], shared.
#[derive(Clone)]
pub(crate) struct AnyLimiter(Arc<dyn Erased>);

trait Erased: Send + Sync {
    fn admit<'a>(&'a self, attempt: &'a Attempt<'a>) -> Boxed<'a, Result<Admission, LimiterError>>;
    fn settle<'a>(&'a self, attempt: &'a Attempt<'a>, outcome: AttemptOutcome) -> Boxed<'a, ()>;
}

impl<L: LogInLimiter> Erased for L {
    fn admit<'a>(&'a self, attempt: &'a Attempt<'a>) -> Boxed<'a, Result<Admission, LimiterError>> {
        Box::pin(LogInLimiter::admit(self, attempt))
    }

    fn settle<'a>(&'a self, attempt: &'a Attempt<'a>, outcome: AttemptOutcome) -> Boxed<'a, ()> {
        Box::pin(LogInLimiter::settle(self, attempt, outcome))
    }
}

impl AnyLimiter {
    pub(crate) fn new(limiter: impl LogInLimiter + 'static) -> Self {
        Self(Arc::new(limiter))
    }

    /// Refuses the attempt, or lets it be tried.
    pub(crate) async fn admit(&self, attempt: &Attempt<'_>) -> Result<(), Error> {
        match self.0.admit(attempt).await {
            Ok(Admission::Granted) => Ok(()),
            Ok(Admission::Refused { retry_after }) => Err(Error::too_many_attempts(retry_after)),
            Err(error) => Err(Error::caused(ErrorKind::Unavailable, error)),
        }
    }

    pub(crate) async fn settle(&self, attempt: &Attempt<'_>, outcome: AttemptOutcome) {
        self.0.settle(attempt, outcome).await;
    }
}
