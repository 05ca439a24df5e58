//! A name's 128-bit fingerprint: what the store in memory keeps instead of the text.
//!
//! Two SipHash values under two keys that are drawn when the store is made. The keys are secret, so
//! nobody can choose names that collide; two names that did would make one of them look revoked, never
//! the reverse. Nothing is allocated: the bytes go straight into the hashers.

use std::hash::{BuildHasher, Hasher, RandomState};

use crate::{Target, encode};

/// The fingerprint of a name under its issuer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Fingerprint(u64, u64);

impl Fingerprint {
    /// The shard that it falls into, of `count`.
    pub(super) fn shard(self, count: usize) -> usize {
        let position = self.1.checked_rem(count as u64).unwrap_or(0);
        usize::try_from(position).unwrap_or(0)
    }
}

/// The secret keys of one store's fingerprints.
#[derive(Default)]
pub(super) struct Fingerprinter(RandomState, RandomState);

impl Fingerprinter {
    pub(super) fn of_target(&self, issuer: &str, target: Target<'_>) -> Fingerprint {
        let (tag, name) = target.name();
        self.of(issuer, tag, name)
    }

    pub(super) fn of(&self, issuer: &str, tag: u8, name: &[u8]) -> Fingerprint {
        let (mut first, mut second) = (self.0.build_hasher(), self.1.build_hasher());
        encode(issuer, tag, name, |part| {
            first.write(part);
            second.write(part);
        });
        Fingerprint(first.finish(), second.finish())
    }
}
