//! Member names, in a form that is quick to compare.
//!
//! A [`Tag`] is a name's length and its first bytes in one word. Equal names have equal tags; names of up
//! to seven bytes, as all the registered ones are, have equal tags only if they are equal. So telling a
//! name from those before it, and finding `exp` among them, compares words and rarely text.

/// The length and the first seven bytes of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tag(u64);

/// The byte that holds the length.
const LENGTH: u32 = 56;

/// Set in the length's byte of every name that does not fit: from a tag alone these are not told apart.
const LONG: u64 = 0x80;

impl Tag {
    /// The tag of a name, its escapes decoded.
    #[inline]
    pub(crate) const fn of(name: &[u8]) -> Self {
        if let Some(bytes) = name.first_chunk() {
            return Self::from_word(u64::from_le_bytes(*bytes), name.len());
        }
        Self::new(short_word(name), name.len())
    }

    /// The tag of a name of this length whose first bytes are the low ones of `word`, from a text that may
    /// go on behind it.
    pub(super) const fn from_word(word: u64, length: usize) -> Self {
        let kept = if length < 7 { length as u32 } else { 7 };
        Self::new(word & ((1 << (8 * kept)) - 1), length)
    }

    const fn new(word: u64, length: usize) -> Self {
        let length = length as u64;
        let length = if length <= 7 { length } else { LONG | (length & 0x7F) };
        Self(word | length << LENGTH)
    }

    /// One bit of 64: names with different bits differ, and need no comparing.
    pub(super) const fn mark(self) -> u64 {
        1 << (self.0.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58)
    }

    /// Whether two names of this tag are the same whatever their text.
    pub(super) const fn is_whole(self) -> bool {
        self.0 >> LENGTH < LONG
    }
}

/// Up to seven bytes as a word, the first one lowest, and zeros behind them.
#[inline]
const fn short_word(bytes: &[u8]) -> u64 {
    let mut word = 0;
    let mut shift = 0;
    let mut rest = bytes;
    while let [byte, after @ ..] = rest {
        // `From` is not const.
        word |= (*byte as u64) << shift;
        shift += 8;
        rest = after;
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &[u8]) -> u64 {
        let mut bytes = [0xEE; 8];
        let length = text.len().min(8);
        bytes[..length].copy_from_slice(&text[..length]);
        u64::from_le_bytes(bytes)
    }

    #[test]
    fn both_ways_to_a_tag_agree() {
        for name in ["", "a", "iss", "member", "seven77", "eight888", "nine99999", "é"] {
            let name = name.as_bytes();
            assert_eq!(Tag::from_word(word(name), name.len()), Tag::of(name), "{name:?}");
        }
    }

    #[test]
    fn short_names_have_tags_of_their_own_and_long_ones_may_share_them() {
        let short: [&[u8]; 8] = [b"", b"\0", b"\0\0", b"a", b"a\0", b"ab", b"abcdefg", b"abcdef\0"];
        for (place, one) in short.iter().enumerate() {
            assert!(Tag::of(one).is_whole());
            for other in &short[place + 1..] {
                assert_ne!(Tag::of(one), Tag::of(other));
            }
            // Whatever a long name's bytes are, it has the tag of no short one.
            for byte in 0..=u8::MAX {
                let long = [one, &[byte; 9][..]].concat();
                assert_ne!(Tag::of(one), Tag::of(&long));
                assert!(!Tag::of(&long).is_whole());
            }
        }
        assert_eq!(Tag::of(b"abcdefgh"), Tag::of(b"abcdefgx"));
        assert_ne!(Tag::of(b"abcdefgh"), Tag::of(b"abcdefghi"));
    }
}
