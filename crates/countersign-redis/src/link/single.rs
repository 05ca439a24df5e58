//! One server: a connection that is shared, and made anew when it has failed.
//!
//! The driver's own manager waits with its retries while callers wait for it, keeps a connection whose other end has
//! silently gone, and notices a lost one on the next command at the earliest. Here whoever finds the connection dead
//! begins a new one, all who come meanwhile share that one attempt, and its failure is everybody's: so the time
//! that a call can take is bounded by one connection and one answer, whatever the number of callers.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, PushKind, RedisError, ServerErrorKind, Value};
use tokio::sync::Notify;

use super::Listen;

/// The one server, with the connection to it.
pub(crate) struct Single {
    client: Client,
    connection_timeout: Duration,
    response_timeout: Duration,
    listen: Option<Listen>,
    current: Mutex<Option<Attempt>>,
}

/// A connection under way, made or lost.
#[derive(Clone)]
struct Attempt {
    connection: Shared<BoxFuture<'static, Result<MultiplexedConnection, RedisError>>>,
    is_dead: Arc<AtomicBool>,
}

impl Single {
    pub(crate) fn new(client: Client, timeouts: (Duration, Duration), listen: Option<Listen>) -> Self {
        let (connection_timeout, response_timeout) = timeouts;
        Self { client, connection_timeout, response_timeout, listen, current: Mutex::new(None) }
    }

    /// Sends all commands at once, and returns what came for each.
    pub(crate) async fn send(
        &self,
        commands: impl IntoIterator<Item = &Cmd>,
    ) -> Result<Vec<Value>, RedisError> {
        let pipeline = super::pipeline(commands);
        let attempt = self.attempt();
        let result = match attempt.connection.await {
            Ok(mut connection) => connection.send_packed_commands(&pipeline, 0, pipeline.len()).await,
            Err(error) => Err(error),
        };
        if result.as_ref().map_or_else(is_fatal, |values| values.iter().any(is_demotion)) {
            attempt.is_dead.store(true, Ordering::Release);
        }
        result
    }

    /// The attempt that is current, or a new one if that has failed.
    fn attempt(&self) -> Attempt {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(attempt) = &*current
            && !attempt.is_dead.load(Ordering::Acquire)
        {
            return attempt.clone();
        }
        let attempt = self.begin();
        *current = Some(attempt.clone());
        attempt
    }

    fn begin(&self) -> Attempt {
        let is_dead = Arc::new(AtomicBool::new(false));
        let woken = self.listen.as_ref().map(|listen| Arc::clone(&listen.woken));
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.connection_timeout))
            .set_response_timeout(Some(self.response_timeout))
            .set_push_sender(on_push(Arc::clone(&is_dead), woken));
        let (client, channel) =
            (self.client.clone(), self.listen.as_ref().map(|listen| listen.channel.clone()));
        let connection = async move {
            let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
            if let Some(channel) = channel {
                connection.subscribe(channel).await?;
            }
            Ok(connection)
        };
        Attempt { connection: connection.boxed().shared(), is_dead }
    }
}

/// What the driver calls with what comes unasked: a message of the channel, or the end of the connection.
fn on_push(
    is_dead: Arc<AtomicBool>,
    woken: Option<Arc<Notify>>,
) -> impl Fn(redis::PushInfo) -> Result<(), redis::aio::SendError> + Send + Sync + 'static {
    move |push| {
        if push.kind == PushKind::Disconnection {
            is_dead.store(true, Ordering::Release);
        }
        if let Some(woken) = &woken {
            woken.notify_one();
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
