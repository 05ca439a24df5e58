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
use redis::{Cmd, RedisError, Value};
use tokio::time::timeout;

use super::keeper::Keeper;
use super::{Ask, Listen, Timeouts};

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
        Self { keeper: Keeper::new(connect), timeouts }
    }

    /// Sends each ask to the primary that has its slot, all at the same time.
    pub(super) async fn send(&self, asks: &[Ask]) -> Result<Vec<Vec<Value>>, RedisError> {
        self.within_time(async |connection: ClusterConnection| {
            let one = |ask: &Ask| {
                let route = SingleNodeRoutingInfo::SpecificNode(Route::with_key(&ask.key, SlotAddr::Master));
                let (pipeline, count) = (super::pipeline(&ask.commands), ask.commands.len());
                let mut connection = connection.clone();
                async move { connection.route_pipeline(pipeline, 0, count, route).await }
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

fn late() -> RedisError {
    std::io::Error::from(std::io::ErrorKind::TimedOut).into()
}
