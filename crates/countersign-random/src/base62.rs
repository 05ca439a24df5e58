//! Fixed-width base62: digits, upper-case letters, lower-case letters, in the order of ASCII.
//!
//! The bytes are read as one big-endian number, written in base 62 and filled up on the left with `0`, so
//! that every input of one length gives an output of one length. The text survives a double click, an
//! address and a shell, and leaves the underscore free to mark the end of a prefix.
//!
//! The time grows with the square of the length: meant for keys, not for files. There is no decoding: a
//! token is looked up by its text, so a second spelling of the same bytes is simply another, unknown text.

use zeroize::Zeroizing;

use crate::encode::ascii;

/// Digits that are split off in one division: 62^5 is the largest power below 2^32.
const GROUP_DIGITS: usize = 5;
/// 62^5.
const GROUP: u64 = 916_132_832;
/// floor(2^63 * 8 / log2(62)): characters per byte, as a fixed-point number.
const CHARS_PER_BYTE: u128 = 12_392_432_571_650_275_589;

/// The number of characters that [`encode`] makes of `bytes` bytes: the least `w` with
/// `62^w >= 256^bytes`, that is `ceil(8 * bytes / log2(62))`.
///
/// Exact for up to 2^28 bytes; saturates at [`usize::MAX`].
///
/// ```
/// use countersign_random::base62::encoded_len;
///
/// assert_eq!([4, 16, 24, 32].map(encoded_len), [6, 22, 33, 43]);
/// ```
#[must_use]
pub const fn encoded_len(bytes: usize) -> usize {
    if bytes == 0 {
        return 0;
    }
    // The quotient is irrational, so rounding up is rounding down and adding one. The product stays below
    // 2^64 * 1.35 * 2^63 < 2^128.
    let floor = (bytes as u128).saturating_mul(CHARS_PER_BYTE) >> 63;
    if floor < usize::MAX as u128 { (floor as usize).saturating_add(1) } else { usize::MAX }
}

/// The base62 text of `bytes`, [`encoded_len`] characters.
///
/// Security: if the bytes are secret, so is the text; put it into a
/// [`SecretString`](crate::SecretString).
///
/// ```
/// use countersign_random::base62::encode;
///
/// assert_eq!(encode(&[0, 61]), "00z");
/// ```
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(encoded_len(bytes.len()));
    push(&mut text, bytes);
    text
}

/// Appends what [`encode`] gives. Nothing is moved if the caller has reserved the room.
pub(crate) fn push(text: &mut String, bytes: &[u8]) {
    let mut digits = Zeroizing::new(vec![0; encoded_len(bytes.len())]);
    // The number in base 2^32, least significant part first.
    let mut number: Zeroizing<Vec<u32>> = Zeroizing::new(Vec::with_capacity(bytes.len().div_ceil(4)));
    number.extend(
        bytes.rchunks(4).map(|part| part.iter().fold(0, |value: u32, byte| (value << 8) | u32::from(*byte))),
    );
    // Digits come out from the right. The leftmost group may be shorter than the others; what is left of
    // the number then fits it, for that is what the width says.
    for group in digits.rchunks_mut(GROUP_DIGITS) {
        let mut rest = divide(&mut number);
        for digit in group.iter_mut().rev() {
            *digit = digit_of(rest % 62);
            rest /= 62;
        }
    }
    text.extend(digits.iter().map(|digit| ascii(*digit)));
}

/// The six digits of a 32-bit number, as in a key's checksum.
pub(crate) fn six_digits(number: u32) -> [u8; 6] {
    let mut digits = [0; 6];
    let mut rest = number;
    for digit in digits.iter_mut().rev() {
        *digit = digit_of(rest % 62);
        rest /= 62;
    }
    digits
}

/// Divides `number`, least significant part first, by 62^5 in place and returns the remainder.
fn divide(number: &mut [u32]) -> u32 {
    let mut rest: u64 = 0;
    for part in number.iter_mut().rev() {
        let value = (rest << 32) | u64::from(*part);
        // rest < 62^5, so value < 62^5 * 2^32, and the quotient is below 2^32: nothing is lost.
        *part = (value / GROUP) as u32;
        rest = value % GROUP;
    }
    // A remainder of 62^5 is below 2^30.
    rest as u32
}

/// The digit for a value from 0 to 61.
fn digit_of(value: u32) -> u8 {
    // Below 62, so that the conversion loses nothing.
    let digit = value as u8;
    // 0-9, and from there the way to A-Z and to a-z; without branches, which random digits would mislead.
    b'0'.wrapping_add(digit).wrapping_add(7 * u8::from(digit > 9)).wrapping_add(6 * u8::from(digit > 35))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The least w with 62^w >= 256^n for n from 0 to 64, counted with Python's exact integers.
    const WIDTHS: [usize; 65] = [
        0, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15, 17, 18, 19, 21, 22, 23, 25, 26, 27, 29, 30, 31, 33, 34, 35,
        37, 38, 39, 41, 42, 43, 45, 46, 48, 49, 50, 52, 53, 54, 56, 57, 58, 60, 61, 62, 64, 65, 66, 68, 69,
        70, 72, 73, 74, 76, 77, 78, 80, 81, 82, 84, 85, 86,
    ];

    #[test]
    fn the_width_is_the_least_that_holds_every_value() {
        for (bytes, width) in WIDTHS.into_iter().enumerate() {
            assert_eq!(encoded_len(bytes), width, "{bytes} bytes");
        }
        // Also by Python.
        assert_eq!(encoded_len(20_000), 26_872);
        assert_eq!(encoded_len(usize::MAX), usize::MAX);
    }

    #[test]
    fn every_length_gives_its_width_and_the_extremes_do_not_overflow() {
        for bytes in 0..=64 {
            assert_eq!(encode(&vec![0; bytes]), "0".repeat(encoded_len(bytes)));
            assert_eq!(encode(&vec![0xff; bytes]).len(), encoded_len(bytes));
        }
    }

    #[test]
    fn the_six_digits_of_a_number_are_its_four_bytes_encoded() {
        // 62^5 - 1 and 62^5 show where the first digit begins; by hand.
        assert_eq!(&six_digits(916_132_831), b"0zzzzz");
        assert_eq!(&six_digits(916_132_832), b"100000");
        assert_eq!(&six_digits(u32::MAX), b"4gfFC3");
        for number in [0, 61, 62, 0x0102_0304, 0xdead_beef, u32::MAX] {
            assert_eq!(encode(&number.to_be_bytes()).as_bytes(), six_digits(number));
        }
    }
}
