//! Which nodes there are, and going through all keys of each.
//!
//! `SCAN` goes through one node's table by a cursor that is good for that table alone. What it returns is everything
//! that was there from beginning to end, unless the table was exchanged under it (a restart, another server behind
//! the same address) or keys moved to a node that had been gone through already. So the nodes are looked at before
//! and after: those that have something to do with it must be the same, and nothing may be on the move.

use redis::cluster_routing::SingleNodeRoutingInfo;
use redis::{Cmd, Value, from_redis_value};

use super::{Ask, Link, answer};
use crate::error::Failure;

/// How many keys the server looks at in one step.
const STEP: u32 = 1000;

/// A server that has keys of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    /// The one server.
    Alone,
    /// A primary of a cluster.
    At { host: String, port: u16 },
}

/// The primaries at some moment, each with what would tell that it is another one or has other slots.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Topology(Vec<(Node, String)>);

impl Link {
    /// Asks one node.
    pub(crate) async fn ask(&self, node: &Node, command: Cmd) -> Result<Value, Failure> {
        match (self, node) {
            (Self::Single(_), _) => {
                let mut answers = self.send(&[Ask { key: Vec::new(), commands: vec![command] }]).await?;
                answer(&mut answers.pop().unwrap_or_default().into_iter())
            }
            (Self::Cluster(cluster), node) => {
                let node = match node {
                    Node::Alone => SingleNodeRoutingInfo::RandomPrimary,
                    Node::At { host, port } => {
                        SingleNodeRoutingInfo::ByAddress { host: host.clone(), port: *port }
                    }
                };
                Ok(cluster.ask(node, command).await?.extract_error()?)
            }
        }
    }

    /// The primaries.
    pub(crate) async fn primaries(&self) -> Result<Vec<Node>, Failure> {
        if matches!(self, Self::Single(_)) {
            return Ok(vec![Node::Alone]);
        }
        let slots = self.ask(&Node::Alone, command(&["CLUSTER", "SLOTS"])).await?;
        let mut nodes = Vec::new();
        for range in slots.into_sequence().map_err(|_| Failure::Moved)? {
            // First and last slot, the primary, its replicas.
            let primary = range.into_sequence().ok().and_then(|range| range.into_iter().nth(2));
            let primary = primary.and_then(|primary| primary.into_sequence().ok()).ok_or(Failure::Moved)?;
            let mut primary = primary.into_iter();
            let (host, port) = (primary.next().unwrap_or_default(), primary.next().unwrap_or_default());
            let host: String = from_redis_value(host).map_err(|_| Failure::Moved)?;
            let port = from_redis_value(port).map_err(|_| Failure::Moved)?;
            let node = Node::At { host, port };
            if !nodes.contains(&node) {
                nodes.push(node);
            }
        }
        if nodes.is_empty() { Err(Failure::Moved) } else { Ok(nodes) }
    }

    /// The primaries with what identifies them. An error while slots are on the move.
    pub(crate) async fn topology(&self) -> Result<Topology, Failure> {
        let mut nodes = Vec::new();
        for node in self.primaries().await? {
            let info: String = text(self.ask(&node, command(&["INFO", "server"])).await?)?;
            let mut marks = line_of(&info, "run_id:").ok_or(Failure::Moved)?.to_owned();
            if let Self::Cluster(_) = self {
                let nodes: String = text(self.ask(&node, command(&["CLUSTER", "NODES"])).await?)?;
                let own = nodes.lines().find(|line| line.contains("myself")).ok_or(Failure::Moved)?;
                // The slots stand in the ninth column and after it, those on the move in brackets.
                let slots: Vec<_> = own.split(' ').skip(8).collect();
                if slots.iter().any(|slot| slot.starts_with('[')) {
                    return Err(Failure::Moved);
                }
                marks = format!("{marks} {}", slots.join(" "));
            }
            nodes.push((node, marks));
        }
        nodes.sort_by(|a, b| a.1.cmp(&b.1));
        Ok(Topology(nodes))
    }
}

/// All keys of a pattern, in batches.
pub(crate) struct Scan<'a> {
    link: &'a Link,
    pattern: Vec<u8>,
    topology: Topology,
    /// The nodes that have not been gone through.
    left: Vec<Node>,
    cursor: Vec<u8>,
}

impl<'a> Scan<'a> {
    pub(crate) async fn begin(link: &'a Link, pattern: Vec<u8>) -> Result<Self, Failure> {
        let topology = link.topology().await?;
        let left = topology.0.iter().map(|(node, _)| node.clone()).collect();
        Ok(Self { link, pattern, topology, left, cursor: b"0".to_vec() })
    }

    /// The next batch, which may be empty and may hold keys that were in an earlier one. `None` at the end: everything
    /// that was there all the time has been returned. A batch of an ended scan that failed is worth nothing.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Vec<u8>>>, Failure> {
        let Some(node) = self.left.last() else {
            let same = self.link.topology().await? == self.topology;
            return if same { Ok(None) } else { Err(Failure::Moved) };
        };
        let mut scan = command(&["SCAN"]);
        scan.arg(&self.cursor).arg("MATCH").arg(&self.pattern).arg("COUNT").arg(STEP);
        let answer = self.link.ask(node, scan).await?;
        let (cursor, keys): (Vec<u8>, Vec<Vec<u8>>) =
            from_redis_value(answer).map_err(|_| Failure::Corrupt)?;
        if cursor == b"0" {
            self.left.pop();
        }
        self.cursor = cursor;
        Ok(Some(keys))
    }
}

fn command(words: &[&str]) -> Cmd {
    let mut command = Cmd::new();
    for word in words {
        command.arg(word);
    }
    command
}

fn text(value: Value) -> Result<String, Failure> {
    from_redis_value(value).map_err(|_| Failure::Moved)
}

/// What stands after `start` in the line that begins with it.
pub(crate) fn line_of<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(start)).map(str::trim)
}
