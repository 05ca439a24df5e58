//! What stands in front of the look-up of a signing key.
//!
//! Every request asks about the same few keys, hardly any of which is ever revoked. Asked in its shard, each would
//! have all threads write to one lock. This is only read: a Bloom filter with one bit for a key.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::fingerprint::Fingerprint;

/// The binary logarithm of the number of bits.
const BITS: u32 = 9;

/// The keys that were ever revoked: a superset of those that are. Nothing is ever taken out, since a key is revoked once
/// in a long while and mostly for ever; a bit that is left over costs a look-up.
///
/// A check that starts after `revoke` returned sees its bit: what happens before, as the one does before the
/// other, is seen whatever the ordering named here. The entry itself is read under its lock.
#[derive(Default)]
pub(super) struct RevokedKeys {
    any: AtomicBool,
    words: [AtomicU64; 1 << (BITS - 6)],
}

impl RevokedKeys {
    /// Whether no key was ever revoked, so that a fingerprint need not even be computed.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        !self.any.load(Ordering::Relaxed)
    }

    /// Whether the key may be revoked; its shard knows.
    #[inline]
    pub(super) fn may_hold(&self, fingerprint: Fingerprint) -> bool {
        let (word, bit) = position(fingerprint);
        self.words.get(word).is_none_or(|word| word.load(Ordering::Relaxed) & bit != 0)
    }

    /// Notes a key. To be called before its entry is made, so that no entry is ever hidden.
    pub(super) fn note(&self, fingerprint: Fingerprint) {
        let (word, bit) = position(fingerprint);
        if let Some(word) = self.words.get(word) {
            word.fetch_or(bit, Ordering::Relaxed);
        }
        self.any.store(true, Ordering::Relaxed);
    }
}

#[inline]
fn position(fingerprint: Fingerprint) -> (usize, u64) {
    let part = fingerprint.part(BITS);
    (part >> 6, 1_u64.wrapping_shl((part & 63) as u32))
}

#[cfg(test)]
mod tests {
    use super::super::fingerprint::Fingerprinter;
    use super::*;

    #[test]
    fn a_key_that_was_noted_may_be_revoked_and_few_others_may() {
        let (keys, fingerprinter) = (RevokedKeys::default(), Fingerprinter::new());
        let fingerprint = |number: usize| fingerprinter.of("issuer", b'k', number.to_string().as_bytes());
        assert!(keys.is_empty());
        for number in 0..5 {
            keys.note(fingerprint(number));
        }
        assert!(!keys.is_empty());
        assert!((0..5).all(|number| keys.may_hold(fingerprint(number))));
        // One in a hundred by chance.
        let others = (5..10_005).filter(|&number| keys.may_hold(fingerprint(number))).count();
        assert!(others < 400, "{others} of 10,000");
    }
}
