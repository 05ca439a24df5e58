//! A key set that changes while verifiers read it.
//!
//! A handle, shared by whoever rotates keys and by the verifiers that follow it. Readers take no lock and
//! never see half a change: a verification runs with the set that was there when it began. The set is
//! replaced as a whole, so a key that is not in the new one is gone.
//!
//! It decides nothing about when keys change.

use std::fmt;
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use time::OffsetDateTime;

use super::{CachedKeys, KeySet};

/// A shared handle to a [`KeySet`] that can be replaced while requests run.
///
/// Cloning gives another handle to the same set.
///
/// ```
/// use countersign_signed::{KeySet, RotatingKeySet, SigningKey, VerifyingKey};
///
/// let old = VerifyingKey::hs256(&[1; 32])?.with_kid("2026-a")?;
/// let new = VerifyingKey::hs256(&[2; 32])?.with_kid("2026-b")?;
///
/// let keys = RotatingKeySet::new(KeySet::new([old.clone()])?);
/// keys.replace(KeySet::new([old, new.clone()])?); // for as long as tokens of the old key live
/// keys.replace(KeySet::new([new])?);
/// assert_eq!(keys.current().len(), 1);
/// # Ok::<(), countersign_signed::Error>(())
/// ```
#[derive(Clone)]
pub struct RotatingKeySet {
    current: Arc<ArcSwap<KeySet>>,
}

impl RotatingKeySet {
    /// A handle to this set, until it is replaced.
    #[must_use]
    pub fn new(keys: KeySet) -> Self {
        Self { current: Arc::new(ArcSwap::from_pointee(keys)) }
    }

    /// Replaces the whole set. Verifications that began before end with the set that they began with.
    pub fn replace(&self, keys: KeySet) {
        self.current.store(Arc::new(keys));
    }

    /// The set that is there now.
    #[must_use]
    pub fn current(&self) -> KeySet {
        KeySet::clone(&self.load())
    }

    /// The set that is there now, without touching a count that other threads touch too.
    pub(crate) fn load(&self) -> Guard<Arc<KeySet>> {
        self.current.load()
    }
}

impl fmt::Debug for RotatingKeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RotatingKeySet").field("current", &**self.load()).finish()
    }
}

/// Where a verifier finds its keys.
#[derive(Debug, Clone)]
pub(crate) enum KeySource {
    Fixed(KeySet),
    Rotating(RotatingKeySet),
    Cached(CachedKeys),
}

impl From<KeySet> for KeySource {
    fn from(keys: KeySet) -> Self {
        Self::Fixed(keys)
    }
}

impl From<RotatingKeySet> for KeySource {
    fn from(keys: RotatingKeySet) -> Self {
        Self::Rotating(keys)
    }
}

impl From<CachedKeys> for KeySource {
    fn from(keys: CachedKeys) -> Self {
        Self::Cached(keys)
    }
}

impl KeySource {
    /// Runs `work` with the keys that are there now.
    pub(crate) fn with<T>(&self, now: OffsetDateTime, work: impl FnOnce(&KeySet) -> T) -> T {
        match self {
            Self::Fixed(keys) => work(keys),
            Self::Rotating(keys) => work(&keys.load()),
            Self::Cached(keys) => keys.with(now, work),
        }
    }
}
