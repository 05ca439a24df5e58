//! What monitoring wants to know of a cache.

use std::time::Duration;

use time::OffsetDateTime;

/// How a [`JwksCache`](super::JwksCache) stands. No keys, or a growing number of failures, is what an alert
/// should look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// How many keys verifiers have: zero before the first success, and once the last good set has ended.
    pub keys: usize,
    /// How many keys of the issuer's set verifiers do not have, because they cannot be used.
    /// [`JwksCache::current`](super::JwksCache::current) has the reasons.
    pub skipped: usize,
    /// How long ago the set was asked for, while there is one.
    pub age: Option<Duration>,
    /// The set is past its freshness, and is kept because no fetch has brought another.
    pub is_stale: bool,
    /// The `now` with which the newest set was completed, though it may have ended since.
    pub last_success: Option<OffsetDateTime>,
    /// Fetches that have failed since then, one after the other. One that was lost counts when a later call
    /// finds it so.
    pub failures: u32,
    /// A [`Fetch`](super::Fetch) is out.
    pub is_fetching: bool,
}
