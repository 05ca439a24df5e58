//! A replica on PostgreSQL: how it is made, and what a caller may choose.

mod driver;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use countersign_revocation::{Error, Replica};
use tokio::sync::oneshot;

use self::driver::Driver;
use crate::error::OpenError;
use crate::{PostgresRevocationStore, PostgresStore};

/// How a [replica](PostgresStore::replica) follows the server.
///
/// ```
/// use std::time::Duration;
/// use countersign_postgres::ReplicaOptions;
///
/// let options = ReplicaOptions::new()
///     .interval(Duration::from_millis(500))
///     .on_error(|error| eprintln!("{error}"))
///     .shutdown(async { /* a signal */ });
/// ```
pub struct ReplicaOptions {
    interval: Duration,
    shutdown: Pin<Box<dyn Future<Output = ()> + Send>>,
    on_error: OnError,
}

pub(crate) type OnError = Box<dyn Fn(&Error) + Send + Sync>;

impl ReplicaOptions {
    /// One second, and no end but the replica's own.
    #[must_use]
    pub fn new() -> Self {
        Self {
            interval: Duration::from_secs(1),
            shutdown: Box::pin(std::future::pending()),
            on_error: Box::new(|_| {}),
        }
    }

    /// How often the server is asked although it has pushed nothing, which is what keeps the replica fresh. At most half
    /// of the replica's bound.
    #[must_use]
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Ends the driver when it is done. The replica grows stale then, and asks the server.
    #[must_use]
    pub fn shutdown(mut self, signal: impl Future<Output = ()> + Send + 'static) -> Self {
        self.shutdown = Box::pin(signal);
        self
    }

    /// Is told why the replica has lost the server, each time that it tries. It tries again in any case.
    #[must_use]
    pub fn on_error(mut self, told: impl Fn(&Error) + Send + Sync + 'static) -> Self {
        self.on_error = Box::new(told);
        self
    }
}

impl Default for ReplicaOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ReplicaOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplicaOptions").field("interval", &self.interval).finish_non_exhaustive()
    }
}

impl PostgresStore {
    /// A copy of what is revoked in this process's memory, and the driver that keeps it up to date, which the caller
    /// spawns. Until the driver has caught up for the first time, and whenever the copy is older than `bound`, checks
    /// go to the server.
    ///
    /// The driver has a connection of its own, on which it listens. It ends when the replica is dropped, or with
    /// [`ReplicaOptions::shutdown`]; an error does not end it.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use countersign_postgres::{OpenError, PostgresStore, ReplicaOptions};
    /// # async fn example(store: PostgresStore) -> Result<(), OpenError> {
    /// let (replica, driver) = store.replica(Duration::from_secs(5), ReplicaOptions::new())?;
    /// tokio::spawn(driver);
    /// # drop(replica);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Options`](crate::OpenErrorKind::Options): the interval is zero or more than half of `bound`, or the store was made
    /// from the caller's pool and has no [connector](Self::with_connector).
    pub fn replica(
        &self,
        bound: Duration,
        options: ReplicaOptions,
    ) -> Result<(Replica<PostgresRevocationStore>, impl Future<Output = ()> + Send + use<>), OpenError> {
        let ReplicaOptions { interval, shutdown, on_error } = options;
        if interval.is_zero() || interval.saturating_mul(2) > bound {
            return Err(OpenError::options(
                "the replica's interval must be above zero and at most half of its bound",
            ));
        }
        let lacking = "the replica of a store made from a pool needs `PostgresStore::with_connector`";
        let connector = self.connector.clone().ok_or_else(|| OpenError::options(lacking))?;
        let (alive, gone) = oneshot::channel();
        let engine = PostgresRevocationStore::with_driver(Arc::clone(&self.shared), alive);
        let replica = Replica::new(engine, bound);
        let driver = Driver::new(replica.feed(), connector, Arc::clone(&self.shared), interval, on_error);
        let running = async move {
            tokio::select! {
                () = driver.run() => {}
                _ = gone => {}
                () = shutdown => {}
            }
        };
        Ok((replica, running))
    }
}
