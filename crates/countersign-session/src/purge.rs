//! Removing what has expired, off the path of requests.

use std::fmt;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use countersign_revocation::RevocationStore;
use countersign_token_store::TokenStore;
use time::OffsetDateTime;

use crate::audit::{Action, AuditFields};
use crate::authenticator::Authenticator;
use crate::error::Error;

/// The most entries that one call of a store removes.
const BATCH: usize = 1000;

/// What a purge removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Entries of what is revoked.
    pub revocations: usize,
    /// Tokens and sessions.
    pub tokens: usize,
    /// Whether a limit was reached, so that there may be more.
    pub more: bool,
}

/// Cleaning up.
impl Authenticator {
    /// Removes what has expired, at most `limit` entries from each store, and previous signing keys whose tokens
    /// have all ended; a store that purges itself is left alone. Safe to call from several processes at once.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable): what was removed stays removed, and a later call
    /// goes on. One store that is out of reach does not keep the other from being purged.
    pub async fn purge_expired(&self, limit: usize) -> Result<Purged, Error> {
        self.observe(AuditFields::of(Action::Purge), async |fields| {
            let purged = self.purge_both(limit).await?;
            fields.removed = Some(purged.revocations.saturating_add(purged.tokens) as u64);
            Ok(purged)
        })
        .await
    }

    async fn purge_both(&self, limit: usize) -> Result<Purged, Error> {
        let inner = self.inner();
        let now = self.now();
        if let Some(signed) = &inner.signed {
            signed.keys.drop_former(now)?;
        }
        let revocations = async {
            match inner.revocations.as_ref().filter(|store| !store.purges_itself()) {
                Some(store) => {
                    store.purge_expired(now, limit).await.map(|purged| (purged.removed, purged.more))
                }
                None => Ok((0, false)),
            }
        };
        let tokens = async {
            match inner.tokens.as_ref().filter(|store| !store.purges_itself()) {
                Some(store) => {
                    store.purge_expired(now, limit).await.map(|purged| (purged.removed, purged.more))
                }
                None => Ok((0, false)),
            }
        };
        let (revocations, tokens) = (revocations.await, tokens.await);
        let ((revocations, more_revocations), (tokens, more_tokens)) = (revocations?, tokens?);
        Ok(Purged { revocations, tokens, more: more_revocations || more_tokens })
    }

    /// A task that purges every `interval`, give or take a tenth, so that several nodes do not all purge
    /// at once; at least a second. It does nothing until [`run`](PurgeTask::run) is spawned.
    pub fn purge_task(&self, interval: Duration) -> PurgeTask {
        let interval = interval.max(Duration::from_secs(1));
        PurgeTask { authenticator: self.clone(), interval, status: PurgeStatus::default() }
    }
}

/// Purges in the background. Made by [`Authenticator::purge_task`].
#[derive(Debug)]
#[must_use]
pub struct PurgeTask {
    authenticator: Authenticator,
    interval: Duration,
    status: PurgeStatus,
}

/// How the purge task is doing; cheap to clone, for monitoring.
#[derive(Clone, Debug, Default)]
pub struct PurgeStatus(Arc<Mutex<Status>>);

#[derive(Debug, Default)]
struct Status {
    last_run: Option<OffsetDateTime>,
    removed: u64,
    failures: u64,
}

impl PurgeStatus {
    /// When the last round ended without an error.
    #[must_use]
    pub fn last_run(&self) -> Option<OffsetDateTime> {
        self.read(|status| status.last_run)
    }

    /// How many entries have been removed since the start, from all stores.
    #[must_use]
    pub fn removed(&self) -> u64 {
        self.read(|status| status.removed)
    }

    /// How many rounds have ended with an error since the start.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.read(|status| status.failures)
    }

    fn read<T>(&self, step: impl FnOnce(&mut Status) -> T) -> T {
        step(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl PurgeTask {
    /// How it is doing.
    #[must_use]
    pub fn status(&self) -> PurgeStatus {
        self.status.clone()
    }

    /// Purges until `shutdown` is done. An error does not end it: the next round tries again.
    ///
    /// It knows no runtime: `sleep` is that of the caller's, such as `tokio::time::sleep`.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # fn spawn(authenticator: &countersign_session::Authenticator, shutdown: tokio::sync::oneshot::Receiver<()>) {
    /// let task = authenticator.purge_task(Duration::from_secs(60));
    /// tokio::spawn(task.run(tokio::time::sleep, async { let _ = shutdown.await; }));
    /// # }
    /// ```
    pub async fn run<S, F>(self, sleep: S, shutdown: impl Future<Output = ()>)
    where
        S: Fn(Duration) -> F,
        F: Future<Output = ()>,
    {
        let mut shutdown = pin!(shutdown);
        loop {
            if is_first(shutdown.as_mut(), sleep(self.jittered())).await {
                return;
            }
            if is_first(shutdown.as_mut(), self.round(&sleep)).await {
                return;
            }
        }
    }

    /// One round: batch after batch, with a breath between, until nothing is left.
    async fn round<S, F>(&self, sleep: &S)
    where
        S: Fn(Duration) -> F,
        F: Future<Output = ()>,
    {
        loop {
            match self.authenticator.purge_expired(BATCH).await {
                Ok(purged) => {
                    let removed = purged.revocations.saturating_add(purged.tokens) as u64;
                    let now = self.authenticator.now();
                    self.status.read(|status| {
                        status.removed = status.removed.saturating_add(removed);
                        status.last_run = Some(now);
                    });
                    if !purged.more {
                        return;
                    }
                }
                Err(_) => {
                    self.status.read(|status| status.failures = status.failures.saturating_add(1));
                    return;
                }
            }
            sleep(Duration::from_millis(1)).await;
        }
    }

    /// The interval, between nine and eleven tenths of it.
    fn jittered(&self) -> Duration {
        let mut byte = [128_u8];
        // Without randomness the interval is what it is.
        let _ = self.authenticator.inner().random.fill(&mut byte);
        let [byte] = byte;
        self.interval.mul_f64(0.9 + 0.2 * f64::from(byte) / 255.0)
    }
}

/// Runs both; whether `shutdown` was done first. What was begun by then is dropped.
async fn is_first(mut shutdown: Pin<&mut impl Future<Output = ()>>, other: impl Future<Output = ()>) -> bool {
    let mut other = pin!(other);
    std::future::poll_fn(|context| {
        if shutdown.as_mut().poll(context).is_ready() {
            return Poll::Ready(true);
        }
        other.as_mut().poll(context).map(|()| false)
    })
    .await
}

impl fmt::Display for Purged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} revocations, {} tokens and sessions", self.revocations, self.tokens)
    }
}
