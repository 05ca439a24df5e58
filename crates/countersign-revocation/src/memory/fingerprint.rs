//! A name's 64-bit fingerprint: what the store in memory keeps instead of the text, so that an entry's size does
//! not depend on the length of its name.
//!
//! SipHash-1-3 computes it under random keys that one store draws when it is made and never shows, so an attacker
//! cannot choose names that collide. Two names that do collide share one entry, which keeps the later end of the
//! two. So a collision can refuse a token that is not revoked; it never accepts one that is.

use std::hash::{BuildHasher, DefaultHasher, Hasher, RandomState};

/// The fingerprint of a name under its issuer. In two words, so that an entry is aligned to four bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fingerprint([u32; 2]);

impl Fingerprint {
    /// The hash under which the table finds the entry.
    #[inline]
    pub(super) fn hash(self) -> u64 {
        let Self([high, low]) = self;
        u64::from(high) << 32 | u64::from(low)
    }

    /// Which of `count` shards holds the entry. `count` is a power of two, at most 65,536.
    ///
    /// A table looks at the lowest bits of the hash and at its seven highest, so the shard is chosen by others.
    #[inline]
    pub(super) fn shard(self, count: usize) -> usize {
        let Self([high, _]) = self;
        (high as usize) & count.wrapping_sub(1)
    }
}

/// The secret keys of one store's fingerprints.
#[derive(Default)]
pub(super) struct Fingerprinter(RandomState);

/// A [`Fingerprinter`] that has hashed an issuer, which all names of one check share.
pub(super) struct UnderIssuer(DefaultHasher);

impl Fingerprinter {
    #[inline]
    pub(super) fn under(&self, issuer: &str) -> UnderIssuer {
        let mut hasher = self.0.build_hasher();
        hasher.write_usize(issuer.len());
        hasher.write(issuer.as_bytes());
        UnderIssuer(hasher)
    }

    /// The fingerprint of a name, given by the parts that [`encode`](crate::encode) takes.
    pub(super) fn of(&self, issuer: &str, tag: u8, name: &[u8]) -> Fingerprint {
        self.under(issuer).name(tag, name)
    }
}

impl UnderIssuer {
    #[inline]
    pub(super) fn name(&self, tag: u8, name: &[u8]) -> Fingerprint {
        let mut hasher = self.0.clone();
        hasher.write_u8(tag);
        hasher.write(name);
        let hash = hasher.finish();
        Fingerprint([(hash >> 32) as u32, hash as u32])
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn different_issuers_tags_and_names_have_different_fingerprints() {
        let fingerprinter = Fingerprinter::default();
        let texts =
            ["", "\0", "a", "a\0", "\0a", "ab", "abcdabcdabcdabcd", "abcdabcdabcdabcdabcdabcdabcdabcda"];
        let mut seen = HashSet::new();
        for issuer in texts {
            for name in texts {
                for tag in *b"jisku" {
                    let fingerprint = fingerprinter.of(issuer, tag, name.as_bytes());
                    assert!(seen.insert(fingerprint.hash()), "{issuer:?}, {tag}, {name:?}");
                }
            }
        }
    }

    /// The table takes its tags from the highest bits and its places from the lowest.
    #[test]
    fn hash_has_both_words() {
        assert_eq!(Fingerprint([0x0123_4567, 0x89ab_cdef]).hash(), 0x0123_4567_89ab_cdef);
    }

    #[test]
    fn two_stores_compute_different_fingerprints_of_one_name() {
        let [one, other] = [0; 2].map(|_| Fingerprinter::default().of("issuer", b'j', b"name"));
        assert!(one != other);
    }

    #[test]
    fn similar_names_spread_over_all_shards() {
        let fingerprinter = Fingerprinter::default();
        let mut shards = [0_i64; 64];
        for number in 0..64_000 {
            let name = format!("{number:08}");
            shards[fingerprinter.of("issuer", b'j', name.as_bytes()).shard(64)] += 1;
        }
        // 1,000 are expected in each, with a standard deviation of 32.
        assert!(shards.iter().all(|count| (count - 1000).abs() < 8 * 32), "{shards:?}");
    }
}
