//! One server.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::FutureExt;
use redis::aio::{MultiplexedConnection, SendError};
use redis::{AsyncConnectionConfig, Client, Cmd, PushInfo, PushKind, RedisError, ServerErrorKind, Value};

use super::keeper::{IsDead, Keeper};
use super::{Listen, Timeouts};

/// The connection to the server.
pub(crate) struct Single(Keeper<MultiplexedConnection>);

impl Single {
    pub(super) fn new(client: Client, timeouts: Timeouts, listen: Option<Listen>) -> Self {
        Self(Keeper::new(move |is_dead| {
            let (client, listen) = (client.clone(), listen.clone());
            async move {
                let config = AsyncConnectionConfig::new()
                    .set_connection_timeout(Some(timeouts.connection))
                    .set_response_timeout(Some(timeouts.response))
                    .set_push_sender(on_push(is_dead, listen.clone()));
                let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
                if let Some(listen) = listen {
                    connection.subscribe(listen.channel).await?;
                }
                Ok(connection)
            }
            .boxed()
        }))
    }

    /// Sends all commands at once, and returns what came for each.
    pub(super) async fn send(
        &self,
        commands: impl IntoIterator<Item = &Cmd>,
    ) -> Result<Vec<Value>, RedisError> {
        let pipeline = super::pipeline(commands);
        let (mut connection, is_dead) = self.0.get().await?;
        let result = connection.send_packed_commands(&pipeline, 0, pipeline.len()).await;
        if result.as_ref().map_or_else(is_fatal, |values| values.iter().any(is_demotion)) {
            is_dead.store(true, Ordering::Release);
        }
        result
    }
}

/// What the driver calls with what comes unasked: a message of the channel, or the end of the connection.
fn on_push(
    is_dead: IsDead,
    listen: Option<Listen>,
) -> impl Fn(PushInfo) -> Result<(), SendError> + Send + Sync + 'static {
    move |push| {
        if push.kind == PushKind::Disconnection {
            is_dead.store(true, Ordering::Release);
        }
        if let Some(listen) = &listen {
            Arc::clone(&listen.woken).notify_one();
        }
        Ok(())
    }
}

/// Whether the connection is of no more use. One that did not answer in time is replaced too: its other end may have
/// gone without a word.
fn is_fatal(error: &RedisError) -> bool {
    error.is_io_error() || error.is_unrecoverable_error()
}

/// Whether the server says that it is a replica: what it was asked as a primary is asked elsewhere from now on.
pub(super) fn is_demotion(value: &Value) -> bool {
    matches!(value, Value::ServerError(error) if error.kind() == Some(ServerErrorKind::ReadOnly))
}
