//! Text in strings, eight bytes at a time.
//!
//! Most of a token's text is inside of strings, of which only the end is of interest, and what has to be
//! looked at. A word tells in a few instructions whether one of its bytes is such, and which is the first.

use super::name::short_word;

const ONES: u64 = 0x0101_0101_0101_0101;
const TOPS: u64 = 0x8080_8080_8080_8080;

/// The highest bit of each byte that is below `limit`, and perhaps those of bytes above the first such one:
/// so the lowest set bit is right, and zero is.
#[inline]
fn below(word: u64, limit: u8) -> u64 {
    word.wrapping_sub(repeated(limit)) & !word & TOPS
}

#[inline]
const fn repeated(byte: u8) -> u64 {
    ONES.wrapping_mul(byte as u64)
}

/// As [`below`], for what ends a string or has to be looked at: quotation marks, backslashes, controls. With
/// the second bit turned over, a quotation mark is the next byte after the controls, which stay below it.
#[inline]
pub(super) fn specials(word: u64) -> u64 {
    below(word ^ repeated(0x02), 0x21) | below(word ^ repeated(b'\\'), 1)
}

/// The bytes before the first quotation mark, backslash or control character.
#[inline]
pub(super) fn plain_len(text: &[u8]) -> usize {
    let (words, tail) = text.as_chunks::<8>();
    let mut plain = 0_usize;
    for bytes in words {
        let hit = specials(u64::from_le_bytes(*bytes));
        if hit != 0 {
            return plain.wrapping_add(hit.trailing_zeros() as usize / 8);
        }
        plain = plain.wrapping_add(8);
    }
    if tail.is_empty() {
        return plain;
    }
    // The last eight bytes, of which some have been looked at already and are plain; or all, if there are fewer.
    let (word, before) = match text.last_chunk() {
        Some(bytes) => (u64::from_le_bytes(*bytes), text.len().wrapping_sub(8)),
        None => (short_word(text), 0),
    };
    let found = before.wrapping_add(specials(word).trailing_zeros() as usize / 8);
    found.min(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_ends_where_its_first_special_byte_stands() {
        for special in (0..0x20).chain([b'"', b'\\']) {
            for plain in [0x20, 0x21, 0x23, 0x5B, 0x5D, 0x7F, 0x80, 0xA2, 0xDC, 0xFF] {
                for length in 0..20 {
                    let mut text = vec![plain; 20];
                    assert_eq!(plain_len(&text[..length]), length);
                    text[length] = special;
                    assert_eq!(plain_len(&text), length, "{special} {plain}");
                }
            }
        }
    }
}
