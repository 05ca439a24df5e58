//! What stands in front of a look-up: whether it may find something.
//!
//! Nearly everything that is asked about was never revoked. A Bloom filter with one bit for a name says so of most,
//! and it is only read: no request writes to what others read, and none waits.

use std::sync::atomic::{AtomicU64, Ordering};

use super::fingerprint::Fingerprint;

/// The binary logarithm of the number of bits.
const BITS: u32 = 8;

const WORDS: usize = 1 << (BITS - 6);

/// A superset of what is revoked.
///
/// A check that starts after `revoke` returned sees its bit: what happens before, as the one does before the
/// other, is seen whatever the ordering named here. The look-up itself sees to the rest.
#[derive(Default)]
pub(super) struct Filter([AtomicU64; WORDS]);

impl Filter {
    /// Whether it holds nothing, so that a fingerprint need not even be computed.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| word.load(Ordering::Relaxed) == 0)
    }

    #[inline]
    pub(super) fn may_hold(&self, fingerprint: Fingerprint) -> bool {
        let (word, bit) = position(fingerprint);
        self.0.get(word).is_none_or(|word| word.load(Ordering::Relaxed) & bit != 0)
    }

    /// Notes a name. To be called before its revocation is acknowledged.
    pub(super) fn note(&self, fingerprint: Fingerprint) {
        let (word, bit) = position(fingerprint);
        if let Some(word) = self.0.get(word) {
            word.fetch_or(bit, Ordering::Relaxed);
        }
    }

    /// Forgets all names but these, of which none is hidden even for a moment. To be called while nobody notes another.
    pub(super) fn keep(&self, fingerprints: impl Iterator<Item = Fingerprint>) {
        let mut kept = [0_u64; WORDS];
        for fingerprint in fingerprints {
            let (word, bit) = position(fingerprint);
            if let Some(word) = kept.get_mut(word) {
                *word |= bit;
            }
        }
        for (word, kept) in self.0.iter().zip(kept) {
            word.store(kept, Ordering::Relaxed);
        }
    }
}

#[inline]
fn position(fingerprint: Fingerprint) -> (usize, u64) {
    let bit = fingerprint.place() & ((1 << BITS) - 1);
    ((bit >> 6) as usize, 1_u64.wrapping_shl(bit & 63))
}

#[cfg(test)]
mod tests {
    use super::super::fingerprint::Fingerprinter;
    use super::*;

    #[test]
    fn what_was_noted_may_be_held_and_little_else() {
        let (filter, fingerprinter) = (Filter::default(), Fingerprinter::new());
        let names: Vec<_> = (0..10_005_u32)
            .map(|number| fingerprinter.of("issuer", b'k', number.to_string().as_bytes()))
            .collect();
        let (noted, others) = names.split_at(5);
        let held = |names: &[Fingerprint]| names.iter().filter(|name| filter.may_hold(**name)).count();
        assert_eq!((held(&names), filter.is_empty()), (0, true));
        noted.iter().for_each(|name| filter.note(*name));
        assert_eq!((held(noted), filter.is_empty()), (5, false));
        // Two in a hundred by chance.
        assert!(held(others) < 400, "{} of 10,000", held(others));
        filter.keep(noted[1..].iter().copied());
        assert_eq!(held(&noted[1..]), 4);
        filter.keep(std::iter::empty());
        assert_eq!(held(&names), 0);
    }
}
