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
//! A server that lacks what was seen here gives the numbers of it out again: a standby that took over, or one that was
//! restored. So each new connection first looks for the highest row that was seen. Where it is there, with its name and
//! its number, every lower number has been given out too; where it is not, be it only because it was purged,
//! everything is read anew.
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
use crate::parameter::Hidden;
use crate::revocations::{unsigned, until};
use crate::store::Shared;
use crate::tokens::column;

/// The pause before a lost connection is opened again. It doubles up to the interval.
const FIRST_PAUSE: Duration = Duration::from_millis(20);

/// The oldest transaction under way; all below it have ended, and are seen by every later statement. And whether the
/// server is a standby, which lacks what its primary has acknowledged meanwhile.
const HORIZON: &str = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text, pg_is_in_recovery()";

/// The row with the highest number of those that were seen: the number, and the name.
type Highest = (u64, Vec<u8>);

pub(crate) struct Driver {
    feed: Feed<u64>,
    connector: Connector,
    shared: Arc<Shared>,
    interval: Duration,
    on_error: OnError,
    highest: Option<Highest>,
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
        Self { feed, connector, shared, interval, on_error, highest: None, pause: FIRST_PAUSE }
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
        if !self.is_continued_by(client).await? {
            self.feed.lose_cursor();
        }
        loop {
            let began = Instant::now();
            self.round(client, &horizon, &changes).await?;
            self.pause = FIRST_PAUSE;
            // At most half of the time is spent reading, however much is pushed: what comes meanwhile is read together.
            tokio::time::sleep(began.elapsed().min(self.interval)).await;
            let _ = tokio::time::timeout(self.interval, listener.pushed.notified()).await;
        }
    }

    /// Whether the server has what was seen.
    async fn is_continued_by(&self, client: &Client) -> Result<bool, Failure> {
        let Some((number, name)) = &self.highest else { return Ok(false) };
        let is_there = self.in_time(client.prepare(&self.shared.sql.is_there)).await?;
        let (number, name) = (number.to_string(), Hidden(name.as_slice()));
        column(&self.in_time(client.query_one(&is_there, &[&number, &name])).await?, 0)
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
        if column(&row, 1)? {
            return Err(Failure::Standby(None));
        }
        let horizon = number(&row, 0)?;
        if matches!(self.feed.step(), Step::Changes(&cursor) if horizon < cursor) {
            self.feed.lose_cursor();
        }
        let from = match self.feed.step() {
            Step::Snapshot => 0,
            Step::Changes(&cursor) => cursor,
        };
        let mut highest: Option<Highest> = None;
        // Row by row, for there may be millions.
        let rows = self.in_time(client.query_raw(changes, [from.to_string()])).await?;
        let mut rows = pin!(rows);
        while let Some(row) = self.in_time_or_end(poll_fn(|context| rows.as_mut().poll_next(context))).await?
        {
            self.feed.apply(&change(&row)?).map_err(Failure::Copy)?;
            let changed_by = number(&row, 4)?;
            if highest.as_ref().is_none_or(|(highest, _)| *highest < changed_by) {
                highest = Some((changed_by, column(&row, 0)?));
            }
        }
        if from == 0 || highest.is_some() {
            self.highest = highest;
        }
        let next = self.highest.as_ref().map_or(0, |(highest, _)| highest.saturating_add(1));
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

/// A row as a change. One that names nothing that this version knows is an error, and the round is not finished: then
/// the replica grows stale, and the server is asked.
fn change(row: &Row) -> Result<Change, Failure> {
    let subject_version = unsigned(column(row, 2)?)?;
    Change::from_entry(column(row, 0)?, until(column(row, 1)?)?, subject_version, column(row, 3)?)
        .ok_or(Failure::Corrupt("an entry names nothing that this version knows"))
}

/// The number of a transaction. `xid8` has no type of the driver's, so it comes as text.
fn number(row: &Row, index: usize) -> Result<u64, Failure> {
    column::<&str>(row, index)?.parse().map_err(|_| Failure::Corrupt("the number of a transaction is none"))
}
