//! Every engine in one shape: its two stores, a crash, and whatever drives its futures.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use countersign::redb::{RedbStore, redb};
use countersign_postgres::PostgresStore;
use countersign_redis::{RedisOptions, RedisStore};
use countersign_revocation::{AnyRevocationStore, MemoryRevocationStore};
use countersign_test_servers::{Postgres, Redis, RedisCluster, or_skip, redis_is_installed};
use countersign_token_store::{AnyTokenStore, MemoryTokenStore};
use tokio::runtime::Runtime;

/// A pair of stores that many histories share.
pub(crate) trait Engine: Sync {
    fn stores(&self) -> (AnyRevocationStore, AnyTokenStore);

    /// What the process held of them is gone; what was acknowledged is not.
    fn crash<'a>(&'a self) -> Pin<Box<dyn Future<Output = ()> + 'a>> {
        Box::pin(async {})
    }

    fn block_on(&self, future: Pin<Box<dyn Future<Output = ()> + '_>>) {
        pollster::block_on(future);
    }
}

/// Nothing outlives a crash in memory, so there is none.
pub(crate) struct Memory(AnyRevocationStore, AnyTokenStore);

impl Default for Memory {
    fn default() -> Self {
        let (revocations, tokens) = (MemoryRevocationStore::new(), MemoryTokenStore::new());
        Self(AnyRevocationStore::new(revocations), AnyTokenStore::new(tokens))
    }
}

impl Engine for Memory {
    fn stores(&self) -> (AnyRevocationStore, AnyTokenStore) {
        (self.0.clone(), self.1.clone())
    }
}

/// redb over a disk in memory, which a crash leaves as it is at that moment.
pub(crate) struct Redb(Mutex<(Disk, RedbStore)>);

impl Default for Redb {
    fn default() -> Self {
        let disk = Disk::default();
        Self(Mutex::new((disk.clone(), open(disk))))
    }
}

fn open(disk: Disk) -> RedbStore {
    let database = redb::Builder::new().create_with_backend(disk).unwrap();
    RedbStore::from_database(database).unwrap()
}

impl Engine for Redb {
    fn stores(&self) -> (AnyRevocationStore, AnyTokenStore) {
        let store = &self.0.lock().unwrap().1;
        (AnyRevocationStore::new(store.revocations()), AnyTokenStore::new(store.tokens()))
    }

    fn crash<'a>(&'a self) -> Pin<Box<dyn Future<Output = ()> + 'a>> {
        let mut current = self.0.lock().unwrap();
        // The old database is closed over the old disk afterwards: nothing of that is seen here.
        let disk = current.0.copy();
        *current = (disk.clone(), open(disk));
        Box::pin(async {})
    }
}

/// What an engine with a server shares with all others: an executor of several threads.
fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap()
}

/// PostgreSQL; a crash of the service loses its connections.
pub(crate) struct PostgreSql {
    store: Mutex<PostgresStore>,
    server: Postgres,
    runtime: Runtime,
}

impl PostgreSql {
    /// `None` where no server is installed.
    pub(crate) fn start() -> Option<Self> {
        let server = or_skip("no PostgreSQL", Postgres::start(&[]))?;
        let runtime = runtime();
        let store = Mutex::new(runtime.block_on(Self::open(&server)));
        Some(Self { store, server, runtime })
    }

    async fn open(server: &Postgres) -> PostgresStore {
        let config = server.connection_string().parse().unwrap();
        let options = countersign_postgres::Options::new().pool_size(16);
        PostgresStore::connect_without_tls(config, &options).await.unwrap()
    }
}

impl Engine for PostgreSql {
    fn stores(&self) -> (AnyRevocationStore, AnyTokenStore) {
        let store = self.store.lock().unwrap();
        (AnyRevocationStore::new(store.revocations()), AnyTokenStore::new(store.tokens()))
    }

    fn crash<'a>(&'a self) -> Pin<Box<dyn Future<Output = ()> + 'a>> {
        Box::pin(async {
            let fresh = Self::open(&self.server).await;
            *self.store.lock().unwrap() = fresh;
        })
    }

    fn block_on(&self, future: Pin<Box<dyn Future<Output = ()> + '_>>) {
        self.runtime.block_on(future);
    }
}

/// Redis or a cluster of it; a crash of the service loses its connections.
pub(crate) struct RedisServer {
    store: Mutex<RedisStore>,
    server: Server,
    runtime: Runtime,
}

enum Server {
    Alone(Redis),
    Cluster(RedisCluster),
}

impl RedisServer {
    /// `None` where no server is installed.
    pub(crate) fn start() -> Option<Self> {
        or_skip("no redis-server", redis_is_installed().then(|| Self::over(Server::Alone(Redis::start(&[])))))
    }

    /// Three primaries with a replica each. `None` where no server is installed.
    pub(crate) fn start_cluster() -> Option<Self> {
        let start = || Self::over(Server::Cluster(RedisCluster::start()));
        or_skip("no redis-server", redis_is_installed().then(start))
    }

    fn over(server: Server) -> Self {
        let runtime = runtime();
        let store = Mutex::new(runtime.block_on(Self::open(&server)));
        Self { store, server, runtime }
    }

    async fn open(server: &Server) -> RedisStore {
        let options = RedisOptions::new();
        match server {
            Server::Alone(server) => RedisStore::connect(&server.url(), options).await,
            Server::Cluster(cluster) => RedisStore::connect_cluster(cluster.urls(), options).await,
        }
        .unwrap()
    }
}

impl Engine for RedisServer {
    fn stores(&self) -> (AnyRevocationStore, AnyTokenStore) {
        let store = self.store.lock().unwrap();
        (AnyRevocationStore::new(store.revocations()), AnyTokenStore::new(store.tokens()))
    }

    fn crash<'a>(&'a self) -> Pin<Box<dyn Future<Output = ()> + 'a>> {
        Box::pin(async {
            let fresh = Self::open(&self.server).await;
            *self.store.lock().unwrap() = fresh;
        })
    }

    fn block_on(&self, future: Pin<Box<dyn Future<Output = ()> + '_>>) {
        self.runtime.block_on(future);
    }
}

/// A disk in memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk(Arc<Mutex<Vec<u8>>>);

impl Disk {
    fn copy(&self) -> Self {
        Self(Arc::new(Mutex::new(self.0.lock().unwrap().clone())))
    }
}

impl redb::StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().unwrap().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let offset = usize::try_from(offset).unwrap();
        out.copy_from_slice(&self.0.lock().unwrap()[offset..offset + out.len()]);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.lock().unwrap().resize(usize::try_from(len).unwrap(), 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let offset = usize::try_from(offset).unwrap();
        self.0.lock().unwrap()[offset..offset + data.len()].copy_from_slice(data);
        Ok(())
    }
}
