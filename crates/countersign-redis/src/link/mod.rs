//! The way to the server, or to the nodes of a cluster.
//!
//! Everything above speaks in [`Ask`]s: some commands about keys of one slot, answered in order by the primary that has
//! them. Several asks go out together, on one server as one pipeline, on a cluster each to its node at the same
//! time: one round trip's latency either way.
//!
//! A replica is never read. A cluster's nodes see to that themselves (one that was demoted sends the client on). A
//! server alone does not: one that was demoted behind its clients' back answers reads with what it last had. So what
//! reads takes a command along that would write, if it did anything, and that a replica therefore refuses.

mod cluster;
mod keeper;
mod single;
mod topology;

use std::sync::Arc;
use std::time::Duration;

use redis::cluster::ClusterClient;
use redis::{Client, Cmd, Pipeline, RedisError, Value};
use tokio::sync::Notify;

use self::cluster::Cluster;
use self::single::Single;
pub(crate) use self::topology::{Node, Scan, line_of};
use crate::error::Failure;

/// A client of the driver, from which connections are made.
#[derive(Clone)]
pub(crate) enum Source {
    Single(Box<Client>),
    Cluster(Box<ClusterClient>),
}

/// Connections to the server or to the cluster's nodes, shared by all who clone it.
#[derive(Clone)]
pub(crate) enum Link {
    Single(Arc<Single>),
    Cluster(Arc<Cluster>),
}

/// How long making a connection and an answer may take.
#[derive(Clone, Copy)]
pub(crate) struct Timeouts {
    pub(crate) connection: Duration,
    pub(crate) response: Duration,
}

/// A channel to listen on, and whom to wake when something comes.
#[derive(Clone)]
pub(crate) struct Listen {
    pub(crate) channel: Vec<u8>,
    pub(crate) woken: Arc<Notify>,
}

/// Commands about keys of one slot.
pub(crate) struct Ask {
    /// One of the keys.
    pub(crate) key: Vec<u8>,
    pub(crate) commands: Vec<Cmd>,
}

impl Link {
    /// The way there. The first command connects, and any other that finds the connection lost.
    pub(crate) fn new(source: &Source, timeouts: Timeouts, listen: Option<Listen>) -> Self {
        match source {
            Source::Single(client) => {
                Self::Single(Arc::new(Single::new((**client).clone(), timeouts, listen)))
            }
            Source::Cluster(client) => {
                Self::Cluster(Arc::new(Cluster::new((**client).clone(), timeouts, listen)))
            }
        }
    }

    /// Sends everything at once; the answers to each ask's commands, in order. An answer may be an error of the
    /// server ([`answer`]).
    pub(crate) async fn send(&self, asks: &[Ask]) -> Result<Vec<Vec<Value>>, RedisError> {
        match self {
            Self::Single(single) => {
                let mut values = single.send(asks.iter().flat_map(|ask| &ask.commands)).await?.into_iter();
                Ok(asks.iter().map(|ask| values.by_ref().take(ask.commands.len()).collect()).collect())
            }
            Self::Cluster(cluster) => cluster.send(asks).await,
        }
    }

    /// The same for commands that change nothing: on a server alone, a replica's answer is an error, and a connection
    /// that turns out to be lost is replaced once. `guard` is a key that does not exist.
    pub(crate) async fn read(&self, mut asks: Vec<Ask>, guard: Vec<u8>) -> Result<Vec<Vec<Value>>, Failure> {
        if let Self::Cluster(cluster) = self {
            return Ok(cluster.read(&asks).await?);
        }
        let mut deletion = Cmd::new();
        deletion.arg("DEL").arg(&guard);
        asks.push(Ask { key: guard, commands: vec![deletion] });
        let mut answers = match self.send(&asks).await {
            Err(error) if error.is_connection_dropped() => self.send(&asks).await?,
            answers => answers?,
        };
        let guard = answers.pop().and_then(|mut values| values.pop()).ok_or(Failure::Corrupt)?;
        // Whatever else the server says to a write is no reason not to believe what it says to a read.
        if single::is_demotion(&guard) {
            return Err(guard.extract_error().err().map_or(Failure::Moved, Failure::from));
        }
        Ok(answers)
    }
}

fn pipeline<'a>(commands: impl IntoIterator<Item = &'a Cmd>) -> Pipeline {
    let mut pipeline = Pipeline::new();
    for command in commands {
        pipeline.add_command(command.clone());
    }
    pipeline
}

/// The next answer, or the error that it is.
pub(crate) fn answer(values: &mut impl Iterator<Item = Value>) -> Result<Value, Failure> {
    // The driver returns as many answers as there were commands.
    Ok(values.next().ok_or(Failure::Corrupt)?.extract_error()?)
}
