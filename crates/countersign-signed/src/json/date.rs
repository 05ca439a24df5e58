//! NumericDate (RFC 7519 section 2): seconds since 1970-01-01T00:00:00Z, read exactly from the digits.
//!
//! A number in JSON has no size, and a float would round a large one into range or a fraction in the
//! bearer's favour. So the decimal digits are read as they stand, exponent and fraction included, and the
//! fraction is kept as a fact: whoever compares rounds towards the stricter side.
//!
//! Range: 0 to 253402300799 (9999-12-31T23:59:59Z). A sign is refused, even before zero.

use super::digits::short_integer;

/// The last second of the year 9999, which is where RFC 3339 and most calendars end.
const LAST: u64 = 253_402_300_799;

/// A point in time, with what is lost by whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NumericDate {
    whole: i64,
    fraction: bool,
}

impl NumericDate {
    /// Reads a JSON number; nothing if it is not one or is out of range.
    #[inline]
    pub(super) fn parse(number: &str) -> Option<Self> {
        match plain(number) {
            Some(whole) => Some(Self { whole, fraction: false }),
            None => Self::parse_unusual(number),
        }
    }

    /// Digit by digit: fractions, exponents, and what is no date.
    #[inline(never)]
    fn parse_unusual(number: &str) -> Option<Self> {
        let (mantissa, exponent) = match number.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)?),
            None => (number, 0),
        };
        let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let point = i64::try_from(integer.len()).ok()?.saturating_add(exponent);
        let digits = || integer.bytes().chain(fraction.bytes());
        if integer.is_empty() || !digits().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        if digits().all(|digit| digit == b'0') {
            // Zero has no leading digit to stop the loop below at, whatever its exponent.
            return Some(Self { whole: 0, fraction: false });
        }
        let mut digits = digits();
        let mut whole = 0_u64;
        let mut position = 0_i64;
        // Ends soon: after the digits of the text, and at most twelve zeros more before the range ends.
        while position < point {
            let digit = digits.next().unwrap_or(b'0');
            whole = whole.checked_mul(10)?.checked_add(u64::from(digit.wrapping_sub(b'0')))?;
            if whole > LAST {
                return None;
            }
            position = position.saturating_add(1);
        }
        Some(Self { whole: i64::try_from(whole).ok()?, fraction: digits.any(|digit| digit != b'0') })
    }

    /// Whole seconds, the fraction dropped.
    pub(crate) fn down(self) -> i64 {
        self.whole
    }

    /// Whole seconds, a fraction counted as one more; nothing past the end of the range.
    pub(crate) fn up(self) -> Option<i64> {
        let up = self.whole.checked_add(i64::from(self.fraction))?;
        if up <= LAST.cast_signed() { Some(up) } else { None }
    }
}

/// Digits and nothing else, which is how nearly every date comes.
#[inline]
fn plain(number: &str) -> Option<i64> {
    let whole = short_integer(number.as_bytes())?;
    if whole <= LAST { Some(whole.cast_signed()) } else { None }
}

/// Saturates: an exponent of any length is only ever too large or too small.
fn read_exponent(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut exponent = 0_i64;
    for digit in digits.bytes() {
        if !digit.is_ascii_digit() {
            return None;
        }
        exponent = exponent.saturating_mul(10).saturating_add(i64::from(digit.wrapping_sub(b'0')));
    }
    Some(if negative { exponent.saturating_neg() } else { exponent })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(number: &str) -> Option<(i64, Option<i64>)> {
        NumericDate::parse(number).map(|date| (date.down(), date.up()))
    }

    #[test]
    fn integers_fractions_and_exponents_are_read_exactly() {
        for (number, down, up) in [
            ("0", 0, 0),
            ("0.0", 0, 0),
            ("0e999999999999999999999", 0, 0),
            ("1300819380", 1_300_819_380, 1_300_819_380),
            ("1300819380.0", 1_300_819_380, 1_300_819_380),
            ("1300819380.000000000000000000001", 1_300_819_380, 1_300_819_381),
            ("1300819380.999", 1_300_819_380, 1_300_819_381),
            ("1e9", 1_000_000_000, 1_000_000_000),
            ("1.5E+9", 1_500_000_000, 1_500_000_000),
            ("15e-1", 1, 2),
            ("1e-400", 0, 1),
            ("1e-99999999999999999999", 0, 1),
            ("253402300799", 253_402_300_799, 253_402_300_799),
            ("2534023007990e-1", 253_402_300_799, 253_402_300_799),
            ("0.000000000253402300799e21", 253_402_300_799, 253_402_300_799),
        ] {
            assert_eq!(read(number), Some((down, Some(up))), "{number}");
        }
    }

    #[test]
    fn what_lies_outside_the_range_is_refused() {
        for number in [
            "-1",
            "-0",
            "-0.0",
            "253402300800",
            "1e12",
            "1e30",
            "1e400",
            "9223372036854775808",
            "18446744073709551616",
            "1e99999999999999999999",
            "0.1e99999999999999999999",
        ] {
            assert_eq!(read(number), None, "{number}");
        }
        assert_eq!(read("253402300799.5"), Some((253_402_300_799, None)));
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        for text in ["\"1300819380\"", "null", "true", "[1]", "{}", "", "NaN"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
