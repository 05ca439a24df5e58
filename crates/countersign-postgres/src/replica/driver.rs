//! The driver: what it reads of the server, and from where on.
//!
//! # The cursor
//!
//! Each row bears the number of the transaction that changed it last. Numbers are given out in another order than
//! transactions are committed, so a row may come to be seen long after rows of higher numbers. The server's oldest
//! transaction under way (`pg_snapshot_xmin`) is what all of them are below that are still to come to light. Each round
//! asks for it first, and then reads every row at or above the *last* round's answer, those above it too: what it reads
//! twice does no harm, and nothing that is committed late is passed over. A long transaction elsewhere only makes the
//! rounds overlap.
//!
//! The cursor never runs ahead of the highest row that was seen. Numbers that left no trace on the disk (those of
//! transactions that were rolled back, say) are given out again after a crash; a row that was seen was on it.
//!
//! # What makes a cursor worthless
//!
//! Another server, or a standby that took over: it may lack transactions that were seen here, and give their numbers
//! out again. So each new connection asks which cluster and which timeline it is on, and reads everything where that
//! is not the same as before, or where the server does not tell. Numbers below the cursor tell the same.
//! What no client can see is a table that is overwritten with older rows while replicas follow it: after a restore into
//! a running cluster, the services are to be started again.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use countersign_revocation::{Change, Error, Feed, Step};
use futures_core::Stream as _;
use tokio_postgres::{Client, Row, Statement};

use super::OnError;
use crate::connector::Connector;
use crate::error::Failure;
use crate::revocations::until;
use crate::store::Shared;
use crate::tokens::column;

/// The pause before a lost connection is opened again. It doubles up to the interval.
const FIRST_PAUSE: Duration = Duration::from_millis(20);

/// The oldest transaction under way; all below it have ended, and are seen by every later statement.
const HORIZON: &str = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text";

/// The cluster, and the timeline that it writes.
const ORIGIN: &str = "SELECT (SELECT system_identifier FROM pg_control_system())::text \
                      || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8)";

pub(crate) struct Driver {
    feed: Feed<u64>,
    connector: Connector,
    shared: Arc<Shared>,
    interval: Duration,
    on_error: OnError,
    /// Where the cursor is from; `None` where the server does not tell.
    origin: Option<String>,
    pause: Duration,
}

impl Driver {
    pub(crate) fn new(
        feed: Feed<u64>,
        connector: Connector,
        shared: Arc<Shared>,
        interval: Duration,
        on_error: OnError,
    ) -> Self {
        Self { feed, connector, shared, interval, on_error, origin: None, pause: FIRST_PAUSE }
    }

    /// Follows the server for as long as it is polled.
    pub(crate) async fn run(mut self) {
        loop {
            let Err(failure) = self.follow().await;
            (self.on_error)(&Error::from(failure));
            tokio::time::sleep(self.pause).await;
            self.pause = self.pause.saturating_mul(2).min(self.interval);
        }
    }

    /// Follows it on one connection, until that is lost.
    async fn follow(&mut self) -> Result<Infallible, Failure> {
        let listener = self.in_time(self.connector.connect()).await?;
        let client = &listener.client;
        // Before the first read, so that nothing can come between the two unheard.
        self.in_time(client.batch_execute(&self.shared.sql.listen)).await?;
        let horizon = self.in_time(client.prepare(HORIZON)).await?;
        let changes = self.in_time(client.prepare(&self.shared.sql.changes)).await?;
        let origin = origin(self.in_time(client.query_one(ORIGIN, &[])).await)?;
        if origin.is_none() || origin != self.origin {
            self.feed.lose_cursor();
        }
        self.origin = origin;
        loop {
            let began = Instant::now();
            self.round(client, &horizon, &changes).await?;
            self.pause = FIRST_PAUSE;
            // At most half of the time is spent reading, however much is pushed: what comes meanwhile is read together.
            tokio::time::sleep(began.elapsed().min(self.interval)).await;
            let _ = tokio::time::timeout(self.interval, listener.pushed.notified()).await;
        }
    }

    /// Reads what is new, and says that the replica is caught up.
    async fn round(
        &mut self,
        client: &Client,
        horizon: &Statement,
        changes: &Statement,
    ) -> Result<(), Failure> {
        let round = self.feed.begin();
        let row = self.in_time(client.query_one(horizon, &[])).await?;
        let horizon = number(&row, 0)?;
        if matches!(self.feed.step(), Step::Changes(&cursor) if horizon < cursor) {
            self.feed.lose_cursor();
        }
        let from = match self.feed.step() {
            Step::Snapshot => 0,
            Step::Changes(&cursor) => cursor,
        };
        let mut next = from;
        // Row by row, for there may be millions.
        let rows = self.in_time(client.query_raw(changes, [from.to_string()])).await?;
        let mut rows = pin!(rows);
        while let Some(row) = self.in_time_or_end(poll_fn(|context| rows.as_mut().poll_next(context))).await?
        {
            let changed_by = number(&row, 4)?;
            self.feed.apply(&change(&row)?).map_err(|_| Failure::Unwritten)?;
            next = next.max(changed_by.saturating_add(1));
        }
        self.feed.caught_up(round, horizon.min(next));
        Ok(())
    }

    /// Waits for the server, but no longer than an operation may take.
    async fn in_time<T>(
        &self,
        answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, Failure> {
        match tokio::time::timeout(self.shared.database.timeout(), answer).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(Failure::Timeout),
        }
    }

    async fn in_time_or_end<T>(
        &self,
        next: impl Future<Output = Option<Result<T, tokio_postgres::Error>>>,
    ) -> Result<Option<T>, Failure> {
        self.in_time(async { next.await.transpose() }).await
    }
}

/// A server that refuses to tell is one of which nothing is known; any other failure is one.
fn origin(answer: Result<Row, Failure>) -> Result<Option<String>, Failure> {
    match answer {
        Ok(row) => column(&row, 0),
        Err(Failure::Server(error)) if error.as_db_error().is_some() => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// A row as a change. One that names nothing that this version knows is an error, and the round is not finished: then
/// the replica grows stale, and the server is asked.
fn change(row: &Row) -> Result<Change, Failure> {
    let generation = u64::try_from(column::<i64>(row, 2)?).map_err(|_| Failure::Corrupt)?;
    Change::from_entry(column(row, 0)?, until(column(row, 1)?)?, generation, column(row, 3)?)
        .ok_or(Failure::Corrupt)
}

/// The number of a transaction. `xid8` has no type of the driver's, so it comes as text.
fn number(row: &Row, index: usize) -> Result<u64, Failure> {
    column::<&str>(row, index)?.parse().map_err(|_| Failure::Corrupt)
}
