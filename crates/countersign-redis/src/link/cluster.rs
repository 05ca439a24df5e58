//! The nodes of a cluster.
//!
//! The driver finds the nodes, follows slots that move and connects again by itself. What it does not do is give up:
//! with version 1.8.1 a call after a failover was seen to wait for ever. So every call has a time by which it is an
//! error, and the whole connection is replaced when one was not answered by then.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::FutureExt;
use futures_util::future::try_join_all;
use redis::aio::SendError;
use redis::cluster::{ClusterClient, ClusterConfig};
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{Route, RoutingInfo, SingleNodeRoutingInfo, SlotAddr};
use redis::{Arg, Cmd, ErrorKind, RedisError, ServerError, ServerErrorKind, Value};
use tokio::time::{Instant, timeout};

use super::keeper::Keeper;
use super::{Ask, Listen, Timeouts};

/// An answer is late after the time for an answer divided by this.
const LATE: f32 = 4.0;

/// How often a command is sent on to another node.
const REDIRECTIONS: usize = 4;

/// The connections to the nodes.
pub(crate) struct Cluster {
    keeper: Keeper<ClusterConnection>,
    timeouts: Timeouts,
}

impl Cluster {
    pub(super) fn new(client: ClusterClient, timeouts: Timeouts, listen: Option<Listen>) -> Self {
        let connect = move |_| {
            let (client, listen) = (client.clone(), listen.clone());
            let connection = async move {
                let mut config = ClusterConfig::new()
                    .set_connection_timeout(timeouts.connection)
                    .set_response_timeout(timeouts.response);
                if let Some(listen) = &listen {
                    let woken = Arc::clone(&listen.woken);
                    config = config.set_push_sender(move |_| {
                        woken.notify_one();
                        Ok::<_, SendError>(())
                    });
                }
                let mut connection = client.get_async_connection_with_config(config).await?;
                if let Some(listen) = listen {
                    // The driver subscribes again by itself when it has to connect to a node again.
                    connection.subscribe(listen.channel).await?;
                }
                Ok(connection)
            };
            // Several nodes may have to be tried.
            let patience = timeouts.connection.saturating_add(timeouts.response);
            async move { timeout(patience, connection).await.unwrap_or_else(|_| Err(late())) }.boxed()
        };
        Self { keeper: Keeper::new(connect).serving_while_dead(), timeouts }
    }

    /// Sends each ask to the primary that has its slot, all at the same time.
    pub(super) async fn send(&self, asks: &[Ask]) -> Result<Vec<Vec<Value>>, RedisError> {
        self.within_time(async |connection: ClusterConnection| {
            try_join_all(asks.iter().map(|ask| send_one(connection.clone(), ask))).await
        })
        .await
    }

    /// The same for commands that change nothing. An answer that came late is asked for again.
    ///
    /// A primary that was stopped, and replaced meanwhile, answers from the past when it continues: what had waited in
    /// its socket comes first, before it hears of the failover. Those answers are late.
    pub(super) async fn read(&self, asks: &[Ask]) -> Result<Vec<Vec<Value>>, RedisError> {
        let late = self.timeouts.response.div_f32(LATE);
        self.within_time(async |connection: ClusterConnection| {
            let one = async |ask: &Ask| loop {
                let asked = Instant::now();
                let answers = send_one(connection.clone(), ask).await?;
                if asked.elapsed() < late {
                    return Ok(answers);
                }
            };
            try_join_all(asks.iter().map(one)).await
        })
        .await
    }

    /// Sends one command to a node.
    pub(super) async fn ask(&self, node: SingleNodeRoutingInfo, command: Cmd) -> Result<Value, RedisError> {
        self.within_time(async |mut connection: ClusterConnection| {
            connection.route_command(command, RoutingInfo::SingleNode(node)).await
        })
        .await
    }

    async fn within_time<T>(
        &self,
        call: impl AsyncFnOnce(ClusterConnection) -> Result<T, RedisError>,
    ) -> Result<T, RedisError> {
        let (connection, is_dead) = self.keeper.get().await?;
        timeout(self.timeouts.response, call(connection)).await.unwrap_or_else(|_| {
            is_dead.store(true, Ordering::Release);
            Err(late())
        })
    }
}

/// Sends an ask as one pipeline. While its slot moves to another node, the commands that were not carried out are sent
/// again one by one, in their order.
///
/// Not those that end in a `WAIT`, which would be carried out by another node than the write.
async fn send_one(mut connection: ClusterConnection, ask: &Ask) -> Result<Vec<Value>, RedisError> {
    let route = SingleNodeRoutingInfo::SpecificNode(Route::with_key(&ask.key, SlotAddr::Master));
    let mut values = send_to(&mut connection, &ask.commands, 0, route.clone()).await?;
    values.truncate(values.iter().position(|value| moved(value).is_some()).unwrap_or(values.len()));
    let left = ask.commands.get(values.len()..).unwrap_or_default();
    if left.iter().any(|command| matches!(command.args_iter().next(), Some(Arg::Simple(b"WAIT")))) {
        return Err((ErrorKind::Server(ServerErrorKind::TryAgain), "the slot is on the move").into());
    }
    for command in left {
        values.push(send_alone(&mut connection, command, &route).await?);
    }
    Ok(values)
}

/// Sends one command, and follows its slot.
///
/// The driver follows an `ASK` too, but sends `ASKING` and the command one after the other. Another call's command may
/// come between them on the shared connection, and takes the `ASKING`. So both go in one pipeline here.
async fn send_alone(
    connection: &mut ClusterConnection,
    command: &Cmd,
    route: &SingleNodeRoutingInfo,
) -> Result<Value, RedisError> {
    let mut value = first(send_to(connection, [command], 0, route.clone()).await?);
    for _ in 0..REDIRECTIONS {
        value = match moved(&value) {
            None => break,
            Some(Some((host, port))) => {
                let mut asking = Cmd::new();
                asking.arg("ASKING");
                let node = SingleNodeRoutingInfo::ByAddress { host, port };
                first(send_to(connection, [&asking, command], 1, node).await?)
            }
            // The driver looks up the slot's new node, or tries again after a while.
            Some(None) => {
                connection.route_command(command.clone(), RoutingInfo::SingleNode(route.clone())).await?
            }
        };
    }
    Ok(value)
}

/// Sends commands as one pipeline, and returns the answers but for those of the first `skipped`. If the driver reports a
/// redirection of one of them as an error, that is the only answer.
async fn send_to<'a>(
    connection: &mut ClusterConnection,
    commands: impl IntoIterator<Item = &'a Cmd>,
    skipped: usize,
    node: SingleNodeRoutingInfo,
) -> Result<Vec<Value>, RedisError> {
    let pipeline = super::pipeline(commands);
    let count = pipeline.len().saturating_sub(skipped);
    match connection.route_pipeline(pipeline, skipped, count, node).await {
        Err(error) => match ServerError::try_from(error.clone()) {
            Ok(refusal) => Ok(vec![Value::ServerError(refusal)]),
            Err(_) => Err(error),
        },
        values => values,
    }
}

fn first(values: Vec<Value>) -> Value {
    values.into_iter().next().unwrap_or_default()
}

/// Whether a command was refused because its slot moves or has moved to another node. With the address of the node that
/// has the key, if the slot is still on the move (`ASK`).
fn moved(value: &Value) -> Option<Option<(String, u16)>> {
    let Value::ServerError(error) = value else { return None };
    match error.kind()? {
        ServerErrorKind::Ask => {
            let (_, address) = error.details()?.split_once(' ')?;
            let (host, port) = address.rsplit_once(':')?;
            Some(Some((host.to_owned(), port.parse().ok()?)))
        }
        ServerErrorKind::Moved | ServerErrorKind::TryAgain => Some(None),
        _ => None,
    }
}

fn late() -> RedisError {
    std::io::Error::from(std::io::ErrorKind::TimedOut).into()
}
