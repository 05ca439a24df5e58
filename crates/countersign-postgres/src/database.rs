//! Connections, and what each operation owes to them: an end in time, a second try where that does no harm, and a
//! connection that is clean for whoever has it next.

use std::time::Duration;

use deadpool_postgres::{Object, Pool};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::error::Failure;
use crate::pipeline::{both, leaving_behind, send};

/// How often a step is tried again that the server has undone because of others.
const MAX_CONFLICTS: u32 = 5;

pub(crate) type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

/// Whether doing a step twice is like doing it once, so that it may be repeated where the connection was cut and
/// nobody knows whether it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Twice {
    Harmless,
    Harmful,
}

/// What an operation does on one connection. A trait and no closure, so that the future can be said to be `Send`.
pub(crate) trait Step: Sync {
    type Output: Send;

    fn run(&self, client: &Object) -> impl Future<Output = Result<Self::Output, Failure>> + Send;
}

struct Rows<'a> {
    statement: &'a str,
    parameters: Parameters<'a>,
}

impl Step for Rows<'_> {
    type Output = Vec<Row>;

    async fn run(&self, client: &Object) -> Result<Vec<Row>, Failure> {
        let prepared = client.prepare_cached(self.statement).await?;
        Ok(client.query(&prepared, self.parameters).await?)
    }
}

struct Count<'a> {
    statement: &'a str,
    parameters: Parameters<'a>,
}

impl Step for Count<'_> {
    type Output = u64;

    async fn run(&self, client: &Object) -> Result<u64, Failure> {
        let prepared = client.prepare_cached(self.statement).await?;
        Ok(client.execute(&prepared, self.parameters).await?)
    }
}

struct Told<'a> {
    statement: &'a str,
    parameters: Parameters<'a>,
    tell: &'a str,
}

impl Step for Told<'_> {
    type Output = Vec<Row>;

    async fn run(&self, client: &Object) -> Result<Vec<Row>, Failure> {
        let prepared = client.prepare_cached(self.statement).await?;
        let change = client.query(&prepared, self.parameters);
        Ok(leaving_behind(change, client.batch_execute(self.tell)).await?)
    }
}

#[derive(Debug)]
pub(crate) struct Database {
    pool: Pool,
    timeout: Duration,
}

impl Database {
    pub(crate) fn new(pool: Pool, timeout: Duration) -> Self {
        Self { pool, timeout }
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// A connection.
    pub(crate) async fn connection(&self) -> Result<Object, Failure> {
        match tokio::time::timeout(self.timeout, self.pool.get()).await {
            Ok(connection) => Ok(connection?),
            Err(_) => Err(Failure::Timeout),
        }
    }

    /// The rows of one statement.
    pub(crate) async fn query(
        &self,
        statement: &str,
        parameters: Parameters<'_>,
        twice: Twice,
    ) -> Result<Vec<Row>, Failure> {
        self.run(twice, &Rows { statement, parameters }).await
    }

    /// How many rows one statement has changed.
    pub(crate) async fn execute(
        &self,
        statement: &str,
        parameters: Parameters<'_>,
        twice: Twice,
    ) -> Result<u64, Failure> {
        self.run(twice, &Count { statement, parameters }).await
    }

    /// The rows of one statement that changes something, and behind it one that tells others, which nobody waits for.
    pub(crate) async fn change_and_tell(
        &self,
        statement: &str,
        parameters: Parameters<'_>,
        tell: &str,
    ) -> Result<Vec<Row>, Failure> {
        self.run(Twice::Harmless, &Told { statement, parameters, tell }).await
    }

    /// Runs a step on a connection, within the time of an operation.
    ///
    /// A pooled connection may have been cut since it was last used, by a server that was started again, say. So where
    /// that does no harm the step is repeated, on the next connection and the next, until one that was made for it
    /// is cut too.
    pub(crate) async fn run<S: Step>(&self, twice: Twice, step: &S) -> Result<S::Output, Failure> {
        let mut held: Option<Object> = None;
        let attempts = async {
            let mut conflicts = 0_u32;
            loop {
                let client = held.insert(self.pool.get().await?);
                let is_new = Object::metrics(client).recycle_count == 0;
                let failure = match step.run(client).await {
                    Ok(value) => return Ok(value),
                    Err(failure) => failure,
                };
                if failure.is_conflict() && conflicts < MAX_CONFLICTS {
                    conflicts = conflicts.saturating_add(1);
                    // Given back before another is asked for, since it may be the only one.
                    held = None;
                } else if failure.is_cut() {
                    discard(&mut held);
                    if is_new || twice == Twice::Harmful {
                        return Err(failure);
                    }
                } else {
                    return Err(failure);
                }
            }
        };
        let result = tokio::time::timeout(self.timeout, attempts).await;
        result.unwrap_or_else(|_| {
            // Whoever had it next would wait for the same answer.
            discard(&mut held);
            Err(Failure::Timeout)
        })
    }
}

/// Takes a connection out of the pool and closes it, which ends what the server does for it.
fn discard(held: &mut Option<Object>) {
    if let Some(object) = held.take() {
        drop(Object::take(object));
    }
}

/// A transaction on a connection. If it is dropped before it has been committed it is rolled back, also where the
/// future that it is in is dropped half-way: the statement is sent there and then, ahead of what the connection is used
/// for next.
///
/// It is the driver's own, but for this: `BEGIN` goes out together with the first statement, and the last one together
/// with `COMMIT`, so that a lock is held for one round trip and not for three.
pub(crate) struct Transaction<'a> {
    client: &'a Object,
    is_open: bool,
}

impl<'a> Transaction<'a> {
    /// Begins with a statement of at most one row.
    pub(crate) async fn begin(
        client: &'a Object,
        statement: &str,
        parameters: Parameters<'_>,
    ) -> Result<(Self, Option<Row>), Failure> {
        let prepared = client.prepare_cached(statement).await?;
        let transaction = Self { client, is_open: true };
        let begin = client.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED");
        let (begun, row) = both(begin, client.query_opt(&prepared, parameters)).await;
        begun?;
        Ok((transaction, row?))
    }

    /// Changes one row and commits.
    pub(crate) async fn commit_with(
        mut self,
        statement: &str,
        parameters: Parameters<'_>,
    ) -> Result<(), Failure> {
        let prepared = self.client.prepare_cached(statement).await?;
        let change = self.client.execute(&prepared, parameters);
        // After a statement that failed, `COMMIT` rolls back.
        let (changed, committed) = both(change, self.client.batch_execute("COMMIT")).await;
        let changed = changed?;
        committed?;
        self.is_open = false;
        if changed == 1 { Ok(()) } else { Err(Failure::Unwritten) }
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if self.is_open {
            send(self.client.batch_execute("ROLLBACK"));
        }
    }
}
