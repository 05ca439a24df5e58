//! Transactions that write, and the settings that they need.

use std::collections::BTreeMap;

use sqlx::{Sqlite, SqliteConnection, SqlitePool, Transaction};

use super::sql::Sql;
use crate::error::Failure;

/// Begins a transaction with the write lock, so that it waits for others now and never fails half-way.
pub(crate) async fn begin(pool: &SqlitePool) -> Result<Transaction<'static, Sqlite>, Failure> {
    Ok(pool.begin_with("BEGIN IMMEDIATE").await?)
}

/// Refuses a connection on which a commit is not durable, or which does not wait for others. The application opens the
/// connections, so each transaction asks its own: that costs microseconds and no round trip.
pub(crate) async fn settings(connection: &mut SqliteConnection) -> Result<(), Failure> {
    let asked = "SELECT journal_mode, synchronous, timeout \
                 FROM pragma_journal_mode, pragma_synchronous, pragma_busy_timeout";
    let (journal, synchronous, timeout): (String, i64, i64) =
        sqlx::query_as(asked).fetch_one(connection).await?;
    if journal != "wal" {
        return Err(Failure::Setting("the pool's connections need `PRAGMA journal_mode = WAL`"));
    }
    // 2 is FULL, 3 is EXTRA.
    if synchronous < 2 {
        return Err(Failure::Setting("the pool's connections need `PRAGMA synchronous = FULL`"));
    }
    if timeout == 0 {
        return Err(Failure::Setting("the pool's connections need a `PRAGMA busy_timeout` above 0"));
    }
    Ok(())
}

/// Takes removed records from the counts, or adds to them.
pub(crate) async fn recount(
    connection: &mut SqliteConnection,
    sql: &Sql,
    changes: &[(Option<i64>, i64)],
) -> Result<(), Failure> {
    let mut sums = BTreeMap::new();
    for (key, change) in changes {
        if let Some(key) = key {
            let sum: &mut i64 = sums.entry(*key).or_default();
            *sum = sum.saturating_add(*change);
        }
    }
    sums.retain(|_, change| *change != 0);
    let has_fallen = sums.values().any(|change| *change < 0);
    for (key, change) in sums {
        sqlx::query(sql.recount.clone()).bind(key).bind(change).execute(&mut *connection).await?;
    }
    if has_fallen {
        sqlx::query(sql.forget_key.clone()).execute(connection).await?;
    }
    Ok(())
}
