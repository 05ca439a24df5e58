//! Text in strings, 8 bytes at a time.
//!
//! Most of a token's text is inside of strings, where the parser looks only for the end and for bytes that need care. A
//! few instructions tell whether one of 8 bytes is such, and which is the first.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_ends_where_its_first_special_byte_stands() {
        for special in (0..0x20).chain([b'"', b'\\']) {
            for plain in [0x20, 0x21, 0x23, 0x5B, 0x5D, 0x7F, 0x80, 0xA2, 0xDC, 0xFF] {
                assert_eq!(specials(u64::from_le_bytes([plain; 8])), 0);
                for place in 0..8 {
                    for behind in [plain, special] {
                        let mut text = [behind; 8];
                        text[..place].fill(plain);
                        text[place] = special;
                        let found = specials(u64::from_le_bytes(text)).trailing_zeros() as usize / 8;
                        assert_eq!(found, place, "{special} {plain}");
                    }
                }
            }
        }
    }
}
