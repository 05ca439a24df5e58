//! A name's 128-bit fingerprint: what the store in memory keeps instead of the text.
//!
//! It is computed under secret keys that are drawn when the store is made, so nobody can choose names that
//! collide; two names that did would make one of them look revoked, never the reverse. Nothing is
//! allocated, and the issuer, which all names of a check share, is hashed once.

use super::universal::{FinishKeys, HeadKeys, KeySource, Sums, TextKeys};
use super::weights::shard_of;
use crate::target::{KEY_TAG, SESSION_TAG};
use crate::{SUBJECT_TAG, Scope};

/// The bits of the last word that hold the scope.
const SCOPE_MASK: u32 = 0b11;

/// The fingerprint of a name under its issuer: 126 bits of hash, and the scope. The first word chooses the
/// shard and the second the place in its table, so that the two do not depend on each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fingerprint([u32; 4]);

impl Fingerprint {
    /// The shard of entries that it falls into.
    #[inline]
    pub(super) fn shard(self) -> usize {
        let Self([bits, ..]) = self;
        shard_of(bits)
    }

    /// One of `2^bits` equal parts that it falls into.
    #[inline]
    pub(super) fn part(self, bits: u32) -> usize {
        let Self([word, ..]) = self;
        usize::try_from(word.checked_shr(32_u32.saturating_sub(bits)).unwrap_or(0)).unwrap_or(0)
    }

    /// The place in a table, in 32 bits.
    #[inline]
    pub(super) fn place(self) -> u32 {
        let Self([_, place, ..]) = self;
        place
    }

    #[inline]
    pub(super) const fn from_words(words: [u32; 4]) -> Self {
        Self(words)
    }

    #[inline]
    pub(super) const fn words(self) -> [u32; 4] {
        self.0
    }

    /// The same, but for its place.
    #[cfg(test)]
    pub(super) fn at_place(self, place: u32) -> Self {
        let Self([shard, _, third, last]) = self;
        Self([shard, place, third, last])
    }

    #[inline]
    pub(super) fn scope(self) -> Scope {
        let Self([.., last]) = self;
        match last & SCOPE_MASK {
            0 => Scope::Token,
            1 => Scope::Session,
            2 => Scope::Key,
            _ => Scope::Subject,
        }
    }
}

fn scope_bits(tag: u8) -> u32 {
    match tag {
        SESSION_TAG => 1,
        KEY_TAG => 2,
        SUBJECT_TAG => 3,
        _ => 0,
    }
}

/// The secret keys of one store's fingerprints.
pub(super) struct Fingerprinter {
    head: HeadKeys,
    issuer: TextKeys,
    name: TextKeys,
    finish: FinishKeys,
}

impl Fingerprinter {
    pub(super) fn new() -> Self {
        let mut source = KeySource::new();
        Self { head: source.head(), issuer: source.text(), name: source.text(), finish: source.finish() }
    }

    /// What is common to the names under `issuer`.
    #[inline]
    pub(super) fn under<'a>(&'a self, issuer: &str) -> Under<'a> {
        let sums = Sums::default().with_text(&self.issuer, issuer.as_bytes());
        Under { keys: self, issuer_length: issuer.len() as u64, sums }
    }

    /// The fingerprint of a name, given by the parts that [`encode`](crate::encode) takes.
    pub(super) fn of(&self, issuer: &str, tag: u8, name: &[u8]) -> Fingerprint {
        self.under(issuer).name(tag, name)
    }
}

/// A [`Fingerprinter`] that has hashed an issuer.
#[derive(Clone, Copy)]
pub(super) struct Under<'a> {
    keys: &'a Fingerprinter,
    issuer_length: u64,
    sums: Sums,
}

impl Under<'_> {
    #[inline]
    pub(super) fn name(&self, tag: u8, name: &[u8]) -> Fingerprint {
        // Tag and both lengths: with them, different (issuer, tag, name) differ in at least one word. No length
        // reaches the upper byte.
        let tagged = (name.len() as u64) << 8 | u64::from(tag);
        let sums = self.sums.with_head(&self.keys.head, tagged, self.issuer_length);
        let sums = sums.with_text(&self.keys.name, name);
        let [first, second] = sums.finish(&self.keys.finish);
        let last = (second as u32) & !SCOPE_MASK | scope_bits(tag);
        Fingerprint([(first >> 32) as u32, first as u32, (second >> 32) as u32, last])
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::{Target, TokenId};

    #[test]
    fn different_names_have_different_fingerprints() {
        let fingerprinter = Fingerprinter::new();
        let texts = ["", "\0", "a", "a\0", "\0a", "ab", "abc", "abcd", "abcdabcd", "abcdabcdabcdabcd"];
        let long: Vec<String> = [17, 127, 128, 129, 130, 300].map(|length| "a".repeat(length)).into();
        let texts: Vec<&str> = texts.into_iter().chain(long.iter().map(String::as_str)).collect();
        let mut seen = HashSet::new();
        for issuer in &texts {
            for name in &texts {
                for tag in *b"jisku" {
                    let Fingerprint(words) = fingerprinter.of(issuer, tag, name.as_bytes());
                    assert!(seen.insert(words), "{issuer:?}, {tag}, {name:?}");
                }
            }
        }
    }

    #[test]
    fn a_fingerprint_depends_on_the_stores_secret_keys() {
        let [one, other] = [0; 2].map(|_| Fingerprinter::new().of("issuer", b'j', b"name"));
        assert!(one != other);
    }

    #[test]
    fn the_scope_is_in_the_fingerprint() {
        let fingerprinter = Fingerprinter::new();
        for target in [
            Target::Token(TokenId::Jti("x")),
            Target::Token(TokenId::SigningInput([7; 32])),
            Target::Session("x"),
            Target::Key("x"),
        ] {
            let (tag, name) = target.name();
            assert_eq!(fingerprinter.of("issuer", tag, name).scope(), target.scope());
        }
        assert_eq!(fingerprinter.of("issuer", SUBJECT_TAG, b"x").scope(), Scope::Subject);
    }

    /// By chance alone 1000 of 2^20 names fall into a part, with a deviation of 32.
    #[test]
    fn names_that_differ_in_a_few_digits_are_spread_evenly() {
        let fingerprinter = Fingerprinter::new();
        let (mut parts, mut places) = (vec![0_i64; 1024], vec![0_i64; 1024]);
        for number in 0..1_024_000 {
            let fingerprint = fingerprinter.of("issuer", b'j', format!("{number:08}").as_bytes());
            parts[fingerprint.part(10)] += 1;
            places[fingerprint.place() as usize % 1024] += 1;
        }
        for count in parts.iter().chain(&places) {
            assert!((count - 1000).abs() < 8 * 32, "{count} where 1000 are expected");
        }
    }
}
