//! What both stores share.

use tokio::sync::Semaphore;

use crate::epoch::Epochs;
use crate::layout::Layout;
use crate::link::{Link, Source};
use crate::options::RedisOptions;

/// What both stores work with.
pub(crate) struct Shared {
    pub(crate) source: Source,
    /// For questions.
    pub(crate) reads: Link,
    /// For what writes: the same, unless writes wait for replicas, which would make questions wait behind them.
    pub(crate) writes: Link,
    pub(crate) layout: Layout,
    pub(crate) options: RedisOptions,
    pub(crate) epochs: Epochs,
    /// At most one search through all records runs at a time.
    pub(crate) search: Semaphore,
}
