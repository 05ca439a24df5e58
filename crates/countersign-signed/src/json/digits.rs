//! Decimal digits, eight at a time.
//!
//! Dates are numbers of ten digits. A token has three of them, and each is read twice: for the checks, and for
//! the caller.

const ZEROS: u64 = 0x3030_3030_3030_3030;

/// The value of 1 to 16 digits; nothing if there are none, more, or anything else.
#[inline]
pub(super) fn short_integer(digits: &[u8]) -> Option<u64> {
    let length = digits.len();
    if let Some(first) = digits.first_chunk::<8>().filter(|_| length <= 16) {
        let last = digits.last_chunk::<8>()?;
        let first = values(u64::from_le_bytes(*first))?;
        // The last eight may begin with digits of the first eight, which count as zeros.
        let twice = u32::try_from(16_usize.wrapping_sub(length)).ok()?.wrapping_mul(8);
        let last = values(u64::from_le_bytes(*last))? & u64::MAX.checked_shl(twice).unwrap_or(0);
        let behind = 10_u64.wrapping_pow(u32::try_from(length.wrapping_sub(8)).ok()?);
        return Some(joined(first).wrapping_mul(behind).wrapping_add(joined(last)));
    }
    if !(1..8).contains(&length) {
        return None;
    }
    let mut integer = 0_u64;
    for digit in digits {
        let value = digit.wrapping_sub(b'0');
        if value > 9 {
            return None;
        }
        integer = integer.wrapping_mul(10).wrapping_add(u64::from(value));
    }
    Some(integer)
}

/// The values of eight digits, a byte each.
#[inline]
fn values(word: u64) -> Option<u64> {
    if others(word) == 0 { Some(word ^ ZEROS) } else { None }
}

/// The highest bit of each byte that is no digit, and perhaps those of bytes above the first such one.
#[inline]
fn others(word: u64) -> u64 {
    let values = word ^ ZEROS;
    // Above nine, adding 0x76 sets a byte's highest bit, if it is not set already.
    (values.wrapping_add(0x7676_7676_7676_7676) | values) & 0x8080_8080_8080_8080
}

/// How many of a word's bytes are digits, from the lowest on.
#[inline]
pub(super) fn leading_digits(word: u64) -> usize {
    others(word).trailing_zeros() as usize / 8
}

/// The number that eight values make, the lowest byte being the first digit: neighbours are joined to
/// numbers of two digits, those to four, those to eight.
#[inline]
fn joined(values: u64) -> u64 {
    let pairs = values.wrapping_mul(10).wrapping_add(values >> 8);
    let outer = (pairs & 0x0000_00FF_0000_00FF).wrapping_mul(0x000F_4240_0000_0064);
    let inner = (pairs >> 16 & 0x0000_00FF_0000_00FF).wrapping_mul(0x0000_2710_0000_0001);
    outer.wrapping_add(inner) >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_every_length_are_read() {
        let digits = "9081726354908172";
        for length in 1..=16 {
            for start in 0..=16 - length {
                let text = &digits[start..start + length];
                assert_eq!(short_integer(text.as_bytes()), Some(text.parse().unwrap()), "{text}");
            }
        }
        for text in ["0000000000", "9999999999999999", "00000000", "10000000000000000"] {
            let expected = if text.len() <= 16 { Some(text.parse().unwrap()) } else { None };
            assert_eq!(short_integer(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(short_integer(b""), None);
        assert_eq!(leading_digits(u64::from_le_bytes(*b"01234567")), 8);
    }

    #[test]
    fn any_other_byte_at_any_place_is_found() {
        for length in 1..=16 {
            for place in 0..length {
                for byte in (0..=u8::MAX).filter(|byte| !byte.is_ascii_digit()) {
                    let mut text = vec![b'7'; length];
                    text[place] = byte;
                    assert_eq!(short_integer(&text), None, "{length} {place} {byte}");
                    if length == 8 {
                        let word = u64::from_le_bytes(text.try_into().unwrap());
                        assert_eq!(leading_digits(word), place, "{place} {byte}");
                    }
                }
            }
        }
    }
}
