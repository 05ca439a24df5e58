//! Connections, and what each operation owes to them: an end in time, a second try where that does no harm, and a
//! connection that is clean for whoever has it next.

use std::time::Duration;

use deadpool_postgres::{Object, Pool, PoolError};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::error::Failure;
use crate::pipeline::{both, leaving_behind, send};
use crate::server;
use crate::tokens::column;

/// How often a step is tried again that the server has undone because of others.
const MAX_CONFLICTS: u32 = 5;
/// On how many connections that were made for it a step is tried.
const MAX_NEW: u32 = 8;
/// The pause after the first new connection that is cut, which grows by as much with each further one. A server that
/// restarts, or a PgBouncer that tidies up after its former client, needs some time.
const PAUSE: Duration = Duration::from_millis(10);

pub(crate) type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

/// Whether doing a step twice is like doing it once, so that it may be repeated where the connection was cut and
/// nobody knows whether it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    Safe,
    Never,
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
        of_primary(client.query(&prepared, self.parameters).await?)
    }
}

/// The rows that a [reading](crate::sql) statement found, which has two columns more than it was asked for: `true` in a
/// row that was found, and whether the server is a standby.
fn of_primary(rows: Vec<Row>) -> Result<Vec<Row>, Failure> {
    let added = |row: &Row, from_end: usize| -> Result<Option<bool>, Failure> {
        column(row, row.len().saturating_sub(from_end))
    };
    for row in &rows {
        if added(row, 1)? != Some(false) {
            return Err(Failure::Standby(None));
        }
    }
    // It has at least one row, so that an answer without a hit says of which server it is.
    let first = rows.first().ok_or(Failure::Corrupt("an answer does not say of which server it is"))?;
    Ok(if added(first, 2)?.is_some() { rows } else { Vec::new() })
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

struct Reported<'a> {
    statement: &'a str,
    parameters: Parameters<'a>,
    tell: &'a str,
}

impl Step for Reported<'_> {
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
    /// Whether the pool has a look at each new connection's server itself.
    is_own: bool,
}

impl Database {
    pub(crate) fn new(pool: Pool, timeout: Duration, is_own: bool) -> Self {
        Self { pool, timeout, is_own }
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// A connection.
    pub(crate) async fn connection(&self) -> Result<Object, Failure> {
        let mut new = 0;
        tokio::time::timeout(self.timeout, self.next(&mut new)).await.unwrap_or(Err(Failure::Timeout))
    }

    /// The pool's next connection, whose server has been looked at; `new` counts those that were made for the caller, cut
    /// ones too.
    async fn next(&self, new: &mut u32) -> Result<Object, Failure> {
        loop {
            let connection = match self.pool.get().await {
                Ok(client) if !is_new(&client) => return Ok(client),
                Ok(client) if self.is_own => Ok(client),
                Ok(client) => proven(client).await,
                Err(error) => Err(error.into()),
            };
            *new = new.saturating_add(1);
            let Err(failure) = connection else { return connection };
            if !failure.is_cut() || *new >= MAX_NEW {
                return Err(failure);
            }
            tokio::time::sleep(PAUSE.saturating_mul(*new)).await;
        }
    }

    /// The rows that one reading statement found on a server that is no standby.
    pub(crate) async fn query(
        &self,
        statement: &str,
        parameters: Parameters<'_>,
        retry: Retry,
    ) -> Result<Vec<Row>, Failure> {
        self.run(retry, &Rows { statement, parameters }).await
    }

    /// How many rows one statement has changed.
    pub(crate) async fn execute(
        &self,
        statement: &str,
        parameters: Parameters<'_>,
        retry: Retry,
    ) -> Result<u64, Failure> {
        self.run(retry, &Count { statement, parameters }).await
    }

    /// The rows of one statement that changes something, and behind it one that tells others, which nobody waits for.
    pub(crate) async fn change_and_tell(
        &self,
        statement: &str,
        parameters: Parameters<'_>,
        tell: &str,
    ) -> Result<Vec<Row>, Failure> {
        self.run(Retry::Safe, &Reported { statement, parameters, tell }).await
    }

    /// Runs a step on a connection, within the time of an operation.
    ///
    /// A pooled connection may have been cut since it was last used, for example by a restart of the server. So where
    /// that does no harm the step is repeated, on the next connection and the next, until [`MAX_NEW`] that were made for
    /// it are cut too.
    ///
    /// It is the same with a connection that leads to a standby by now, where a step is repeated in any case: a standby
    /// has done nothing. The connection is closed, since the next user would get the same answer.
    pub(crate) async fn run<S: Step>(&self, retry: Retry, step: &S) -> Result<S::Output, Failure> {
        let mut held: Option<Object> = None;
        let attempts = async {
            let (mut conflicts, mut new) = (0_u32, 0_u32);
            loop {
                let client = held.insert(self.next(&mut new).await?);
                let failure = match step.run(client).await {
                    Ok(value) => return Ok(value),
                    Err(failure) => failure,
                };
                if failure.is_conflict() && conflicts < MAX_CONFLICTS {
                    conflicts = conflicts.saturating_add(1);
                    // Given back before another is asked for, since it may be the only one.
                    held = None;
                } else if failure.is_cut() || failure.is_standby() {
                    discard(&mut held);
                    if new >= MAX_NEW || (retry == Retry::Never && !failure.is_standby()) {
                        return Err(failure);
                    }
                } else {
                    return Err(failure);
                }
            }
        };
        let result = tokio::time::timeout(self.timeout, attempts).await;
        result.unwrap_or_else(|_| {
            // The next user would wait for the same answer.
            discard(&mut held);
            Err(Failure::Timeout)
        })
    }
}

/// Whether the pool has made the connection just now.
fn is_new(client: &Object) -> bool {
    Object::metrics(client).recycle_count == 0
}

/// A new connection, after a look at its server. One that does not pass is closed, and so is one whose look was broken
/// off, since the pool would hand it out as one that has passed.
async fn proven(client: Object) -> Result<Object, Failure> {
    let mut unproven = Unproven(Some(client));
    if let Some(client) = &unproven.0 {
        server::demand(client).await?;
    }
    unproven.0.take().ok_or(Failure::Pool(PoolError::Closed))
}

/// A connection that is closed on drop, and not given back.
struct Unproven(Option<Object>);

impl Drop for Unproven {
    fn drop(&mut self) {
        discard(&mut self.0);
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

    /// Runs the last statement, commits, and returns how many rows the statement has changed.
    pub(crate) async fn commit_with(
        mut self,
        statement: &str,
        parameters: Parameters<'_>,
    ) -> Result<u64, Failure> {
        let prepared = self.client.prepare_cached(statement).await?;
        let change = self.client.execute(&prepared, parameters);
        // After a statement that failed, `COMMIT` rolls back.
        let (changed, committed) = both(change, self.client.batch_execute("COMMIT")).await;
        let changed = changed?;
        committed?;
        self.is_open = false;
        Ok(changed)
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if self.is_open {
            send(self.client.batch_execute("ROLLBACK"));
        }
    }
}
