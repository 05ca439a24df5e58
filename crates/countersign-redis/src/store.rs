//! Connecting, and what both stores share.

use std::fmt;
use std::sync::Arc;

use redis::cluster::{ClusterClient, ClusterClientBuilder};
use redis::{
    Client, Cmd, ErrorKind, IntoConnectionInfo, ProtocolVersion, RedisError, ServerErrorKind,
    from_redis_value,
};
use tokio::sync::Semaphore;

use crate::epoch::Epochs;
use crate::error::{ConnectError, ConnectErrorKind, Failure};
use crate::layout::Layout;
use crate::link::{Link, Node, Source, line_of};
use crate::options::RedisOptions;
use crate::shared::Shared;
use crate::{RedisRevocationStore, RedisTokenStore};

/// A server, or a cluster, that holds what is revoked, tokens and sessions. Cheap to clone.
///
/// Each process needs one; all who clone it share its connections. It lives on the tokio runtime that it was made
/// on.
#[derive(Clone)]
pub struct RedisStore {
    pub(crate) shared: Arc<Shared>,
}

impl RedisStore {
    /// Connects to one server, by its URL (`redis://user:password@host:port/database`; `rediss://` for TLS, see the
    /// crate's documentation).
    ///
    /// # Errors
    /// See [`ConnectErrorKind`]: the URL or an option is not valid, the server cannot be reached or denies access, it
    /// may evict entries, or a part of the store is gone.
    pub async fn connect(url: &str, options: RedisOptions) -> Result<Self, ConnectError> {
        Self::from_client(Client::open(url).map_err(ConnectError::invalid)?, options).await
    }

    /// Connects to the server of a client that the application has made, for example because it sets up TLS. It
    /// is spoken to in RESP3 whatever the client says.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn from_client(client: Client, options: RedisOptions) -> Result<Self, ConnectError> {
        let info = client.get_connection_info().clone();
        // In this protocol the end of a connection is told at once, and not by the next command's failure.
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let client = Client::open(info.set_redis_settings(settings)).map_err(ConnectError::invalid)?;
        Self::from_source(Source::Single(Box::new(client)), options).await
    }

    /// Connects to a cluster, by the URLs of some of its nodes.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn connect_cluster<N: IntoConnectionInfo>(
        nodes: impl IntoIterator<Item = N>,
        options: RedisOptions,
    ) -> Result<Self, ConnectError> {
        Self::from_cluster_builder(ClusterClient::builder(nodes), options).await
    }

    /// The same with what the application has set on the builder, but for the protocol (RESP3) and for how often a
    /// call is tried again. It must not have been told to read from replicas.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn from_cluster_builder(
        builder: ClusterClientBuilder,
        options: RedisOptions,
    ) -> Result<Self, ConnectError> {
        let builder = builder.use_protocol(ProtocolVersion::RESP3).retries(RETRIES);
        let client = builder.build().map_err(ConnectError::invalid)?;
        Self::from_source(Source::Cluster(Box::new(client)), options).await
    }

    async fn from_source(source: Source, options: RedisOptions) -> Result<Self, ConnectError> {
        options.validate()?;
        let timeouts = options.timeouts();
        let reads = Link::new(&source, timeouts, None);
        let writes =
            if options.replicas.is_some() { Link::new(&source, timeouts, None) } else { reads.clone() };
        let layout = Layout::new(options.prefix.clone());
        let shared = Shared {
            source,
            reads,
            writes,
            layout,
            options,
            epochs: Epochs::default(),
            search: Semaphore::new(1),
        };
        if !shared.options.accept_evicting_server
            && let Some(cause) = shared.may_evict().await?
        {
            return Err(ConnectError::new(ConnectErrorKind::Evicting, cause));
        }
        if !shared.options.may_create && !shared.exists().await? {
            let cause = "this database has no epoch of the prefix: check both names, or make the store first";
            return Err(ConnectError::new(ConnectErrorKind::NotFound, cause));
        }
        shared.prepare(shared.options.acknowledge_emptied_server).await?;
        Ok(Self { shared: Arc::new(shared) })
    }

    /// What is revoked.
    #[must_use]
    pub fn revocations(&self) -> RedisRevocationStore {
        RedisRevocationStore::new(Arc::clone(&self.shared))
    }

    /// Tokens and sessions.
    #[must_use]
    pub fn tokens(&self) -> RedisTokenStore {
        RedisTokenStore::new(Arc::clone(&self.shared))
    }

    /// Whether the server, or a part of it, was found emptied. Every check is an error from then on.
    #[must_use]
    pub fn is_emptied(&self) -> bool {
        self.shared.epochs.is_emptied()
    }

    /// Goes on with a server that was emptied, in whole or in part: **what had been revoked in it is not revoked any
    /// more**, and tokens that were killed by it work again until they expire.
    ///
    /// Before this is called, whatever must stay dead has to be seen to: the keys exchanged, or the subjects and
    /// sessions in question revoked again right after it. Each process that was connected has to call it, or be
    /// started again; what one has acknowledged does not speak for the others.
    ///
    /// # Errors
    /// The server cannot be reached; nothing has changed.
    pub async fn acknowledge_emptied_server(&self) -> Result<(), ConnectError> {
        Ok(self.shared.prepare(true).await?)
    }
}

/// How often the driver sends a command again to a cluster's nodes that are changing places, within the time for an
/// answer.
const RETRIES: u32 = 8;

impl Shared {
    /// Why one of the primaries may remove entries when its memory is full; `None` if none of them does.
    async fn may_evict(&self) -> Result<Option<&'static str>, Failure> {
        for node in self.reads.primaries().await? {
            match self.eviction_policy(&node).await?.as_deref() {
                Some("noeviction") => {}
                Some(_) => return Ok(Some("its maxmemory-policy is not noeviction")),
                None => {
                    return Ok(Some("this user may ask for maxmemory-policy by neither CONFIG GET nor INFO"));
                }
            }
        }
        Ok(None)
    }

    /// By `CONFIG GET` or, where that is forbidden, by `INFO`. `None` if neither tells.
    async fn eviction_policy(&self, node: &Node) -> Result<Option<String>, Failure> {
        let mut config = Cmd::new();
        config.arg("CONFIG").arg("GET").arg("maxmemory-policy");
        match self.reads.ask(node, config).await {
            Ok(answer) => {
                let policy =
                    answer.as_map_iter().and_then(|mut pairs| pairs.next()).map(|(_, policy)| policy.clone());
                if let Some(policy) = policy {
                    return Ok(from_redis_value(policy).ok());
                }
            }
            Err(Failure::Driver(error)) if is_refusal(&error) => {}
            Err(failure) => return Err(failure),
        }
        let mut info = Cmd::new();
        info.arg("INFO").arg("memory");
        match self.reads.ask(node, info).await {
            Ok(answer) => {
                let text: String =
                    from_redis_value::<Option<String>>(answer).ok().flatten().unwrap_or_default();
                Ok(line_of(&text, "maxmemory_policy:").map(str::to_owned))
            }
            Err(Failure::Driver(error)) if is_refusal(&error) => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

/// Whether the server does not have this command, or not for this user.
fn is_refusal(error: &RedisError) -> bool {
    matches!(error.kind(), ErrorKind::Server(ServerErrorKind::NoPerm | ServerErrorKind::ResponseError))
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedisStore")
    }
}
