//! What a cache of an issuer's keys has for verifiers: a set, and the span of time in which it may be used.
//!
//! Verifiers read it without a lock, and each verification compares its own `now` with the span. So the
//! set ends though nobody calls the cache any more, whose task may have died with all else going on.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use time::OffsetDateTime;

use super::KeySet;

/// A handle to the set of a cache, for the cache and for its verifiers.
#[derive(Clone)]
pub(crate) struct CachedKeys(Arc<Shared>);

struct Shared {
    current: ArcSwap<Span>,
    none: KeySet,
}

/// A set, and when it may be used: `from <= now < until`.
pub(crate) struct Span {
    pub(crate) keys: KeySet,
    pub(crate) from: OffsetDateTime,
    pub(crate) until: OffsetDateTime,
}

impl CachedKeys {
    /// A handle to no keys.
    pub(crate) fn none() -> Self {
        let none = KeySet::empty();
        let (from, until) = (OffsetDateTime::UNIX_EPOCH, OffsetDateTime::UNIX_EPOCH);
        let current = ArcSwap::from_pointee(Span { keys: none.clone(), from, until });
        Self(Arc::new(Shared { current, none }))
    }

    /// Replaces the whole set; without one there are no keys.
    pub(crate) fn publish(&self, span: Option<Span>) {
        let (from, until) = (OffsetDateTime::UNIX_EPOCH, OffsetDateTime::UNIX_EPOCH);
        let span = span.unwrap_or_else(|| Span { keys: self.0.none.clone(), from, until });
        self.0.current.store(Arc::new(span));
    }

    /// Runs `work` with the keys that may be used now, or with none.
    pub(crate) fn with<T>(&self, now: OffsetDateTime, work: impl FnOnce(&KeySet) -> T) -> T {
        let span = self.0.current.load();
        if span.from <= now && now < span.until { work(&span.keys) } else { work(&self.0.none) }
    }
}

impl fmt::Debug for CachedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let span = self.0.current.load();
        f.debug_struct("CachedKeys")
            .field("keys", &span.keys)
            .field("from", &span.from)
            .field("until", &span.until)
            .finish()
    }
}
