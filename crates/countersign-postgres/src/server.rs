//! Checks the server of each new connection, and sets its timeouts.

use std::time::Duration;

use tokio_postgres::{Client, SimpleQueryMessage};

use crate::error::Failure;

/// The oldest server: `xid8` and `pg_snapshot` came with it.
const OLDEST: u32 = 130_000;

/// By the simple protocol, which takes one round trip and answers in text.
const ASKED: &str = "SELECT current_setting('server_version_num'), pg_is_in_recovery(), \
                     current_setting('synchronous_commit')";

/// Refuses a server on which the promises cannot be kept: a standby, an old version, or `synchronous_commit` off, with
/// which the server acknowledges before the disk has it. After a failover a connection may lead to another server, so
/// each new connection is asked.
pub(crate) async fn demand(client: &Client) -> Result<(), Failure> {
    judge(&client.simple_query(ASKED).await?)
}

/// The same, and sets the timeouts of a connection of the store's own pool, in one round trip. Settings in the `options`
/// of the caller's configuration stay.
///
/// Start-up `options` would set them too, but PgBouncer refuses those. So it is a statement.
pub(crate) async fn demand_and_bound(client: &Client, timeout: Duration) -> Result<(), Failure> {
    let timeout = timeout.as_millis().max(1);
    let statements = format!(
        "{ASKED}; SELECT set_config(s.name, bounds.value, false) FROM (VALUES \
             ('statement_timeout', '{timeout}'), ('idle_in_transaction_session_timeout', '{timeout}'), \
             ('default_transaction_isolation', 'read committed')) AS bounds (name, value) \
         JOIN pg_settings AS s USING (name) WHERE s.source <> 'client'"
    );
    judge(&client.simple_query(&statements).await?)
}

fn judge(answer: &[SimpleQueryMessage]) -> Result<(), Failure> {
    let row = answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some((row.get(0)?.parse::<u32>().ok()?, row.get(1)?, row.get(2)?)),
        _ => None,
    });
    match row {
        Some((version, ..)) if version < OLDEST => Err(Failure::TooOld),
        Some((_, "f", "off")) => Err(Failure::Careless),
        Some((_, "f", _)) => Ok(()),
        Some(_) => Err(Failure::Standby(None)),
        None => Err(Failure::Corrupt("the server does not say what it is")),
    }
}
