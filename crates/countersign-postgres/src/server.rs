//! Checks the server of each new connection, and sets its timeouts.

use std::time::Duration;

use tokio_postgres::{Client, SimpleQueryMessage};

use crate::error::Failure;

/// The oldest server: `xid8` and `pg_snapshot` came with it.
const OLDEST: u32 = 130_000;

/// Refuses a server on which the promises cannot be kept: a standby, an old version, or `synchronous_commit` off, with
/// which the server acknowledges before the disk has it. After a failover a connection may lead to another server, so each new connection is asked.
pub(crate) async fn demand(client: &Client) -> Result<(), Failure> {
    // By the simple protocol, which takes one round trip and answers in text.
    let asked = "SELECT current_setting('server_version_num'), pg_is_in_recovery(), \
                 current_setting('synchronous_commit')";
    let answer = client.simple_query(asked).await?;
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

/// Sets the timeouts of a connection of the store's own pool. Settings in the `options` of the caller's configuration
/// stay.
///
/// Start-up `options` would do this without a round trip, but PgBouncer refuses them. So it is a statement.
pub(crate) async fn bound(client: &Client, timeout: Duration) -> Result<(), tokio_postgres::Error> {
    let timeout = timeout.as_millis().max(1);
    let statement = format!(
        "SELECT set_config(s.name, bounds.value, false) FROM (VALUES \
             ('statement_timeout', '{timeout}'), ('idle_in_transaction_session_timeout', '{timeout}'), \
             ('default_transaction_isolation', 'read committed')) AS bounds (name, value) \
         JOIN pg_settings AS s USING (name) WHERE s.source <> 'client'"
    );
    client.batch_execute(&statement).await
}
