//! NumericDate (RFC 7519 section 2): seconds since 1970-01-01T00:00:00Z, read exactly from the digits.
//!
//! A number in JSON has no size, and a float would round a large one into range or a fraction to one side. So
//! this reads the decimal digits as they stand, exponent and fraction included. Dates compare exactly: Laravel
//! Passport and Python's `time.time()` issue tokens with fractions of a second, and rounding `iat` up would
//! refuse such a token until the next whole second.
//!
//! Range: whole seconds from 0 to 253402300799 (9999-12-31T23:59:59Z), and any fraction. A sign is refused, even
//! before zero.

use std::fmt;
use std::time::Duration;

use time::OffsetDateTime;

use super::Raw;

/// The last second of the year 9999, which is where RFC 3339 and most calendars end.
const LAST: u64 = 253_402_300_799;

const NANOS_PER_SECOND: u32 = 1_000_000_000;

/// A point in time. The order of the fields is the order of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NumericDate {
    seconds: i64,
    nanoseconds: u32,
    /// It lies behind that nanosecond and before the next one: there were more than nine digits.
    is_later: bool,
}

impl NumericDate {
    pub(crate) const EPOCH: Self = Self::whole(0);

    const fn whole(seconds: i64) -> Self {
        Self { seconds, nanoseconds: 0, is_later: false }
    }

    pub(crate) fn at(moment: OffsetDateTime) -> Self {
        let (seconds, nanoseconds) = (moment.unix_timestamp(), moment.nanosecond());
        Self { seconds, nanoseconds, is_later: false }
    }

    /// The nanosecond in which it lies.
    pub(crate) fn moment(self) -> Option<OffsetDateTime> {
        OffsetDateTime::from_unix_timestamp(self.seconds).ok()?.replace_nanosecond(self.nanoseconds).ok()
    }

    pub(crate) fn plus(self, length: Duration) -> Self {
        let nanoseconds = self.nanoseconds.saturating_add(length.subsec_nanos());
        let carries = nanoseconds >= NANOS_PER_SECOND;
        let seconds = self.seconds.saturating_add_unsigned(length.as_secs());
        Self {
            seconds: seconds.saturating_add(i64::from(carries)),
            nanoseconds: if carries { nanoseconds.saturating_sub(NANOS_PER_SECOND) } else { nanoseconds },
            ..self
        }
    }

    pub(crate) fn minus(self, length: Duration) -> Self {
        let borrows = self.nanoseconds < length.subsec_nanos();
        let available = self.nanoseconds.saturating_add(if borrows { NANOS_PER_SECOND } else { 0 });
        let seconds = self.seconds.saturating_sub_unsigned(length.as_secs());
        Self {
            seconds: seconds.saturating_sub(i64::from(borrows)),
            nanoseconds: available.saturating_sub(length.subsec_nanos()),
            ..self
        }
    }

    /// How long after `earlier` it lies, to the nanosecond; zero if it does not.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        let nanoseconds = |date: Self| {
            i128::from(date.seconds)
                .saturating_mul(i128::from(NANOS_PER_SECOND))
                .saturating_add(i128::from(date.nanoseconds))
        };
        let length = nanoseconds(self).saturating_sub(nanoseconds(earlier));
        u64::try_from(length).map_or(Duration::ZERO, Duration::from_nanos)
    }

    /// Reads a JSON number; nothing if it is not one or is out of range.
    #[inline]
    pub(super) fn parse(number: &str) -> Option<Self> {
        match plain(number) {
            Some(seconds) => Some(Self::whole(seconds)),
            None => Self::parse_unusual(number),
        }
    }

    /// Reads digit by digit: fractions, exponents, and text that is no date.
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
            return Some(Self::EPOCH);
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
        let mut nanoseconds = 0_u32;
        for place in 0..9 {
            // Before the first digit, of `1e-4` for example, the fraction starts with zeros.
            let is_before = point.saturating_add(place) < 0;
            let digit = if is_before { b'0' } else { digits.next().unwrap_or(b'0') };
            nanoseconds = nanoseconds.checked_mul(10)?.checked_add(u32::from(digit.wrapping_sub(b'0')))?;
        }
        let is_later = digits.any(|digit| digit != b'0');
        Some(Self { seconds: i64::try_from(whole).ok()?, nanoseconds, is_later })
    }
}

/// In seconds, with as many digits of a fraction as it takes.
impl fmt::Display for NumericDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nanoseconds == 0 {
            return write!(f, "{}", self.seconds);
        }
        let fraction = format!("{:09}", self.nanoseconds);
        write!(f, "{}.{}", self.seconds, fraction.trim_end_matches('0'))
    }
}

/// Digits and nothing else, which is how nearly every date comes.
#[inline]
fn plain(number: &str) -> Option<i64> {
    let whole = Raw(number).short_integer()?;
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

    fn read(number: &str) -> Option<(i64, u32, bool)> {
        NumericDate::parse(number).map(|date| (date.seconds, date.nanoseconds, date.is_later))
    }

    #[test]
    fn integers_fractions_and_exponents_are_read_exactly() {
        for (number, seconds, nanoseconds, is_later) in [
            ("0", 0, 0, false),
            ("0.0", 0, 0, false),
            ("0e999999999999999999999", 0, 0, false),
            ("1300819380", 1_300_819_380, 0, false),
            ("1300819380.0", 1_300_819_380, 0, false),
            ("1300819380.000000000000000000001", 1_300_819_380, 0, true),
            ("1300819380.999", 1_300_819_380, 999_000_000, false),
            ("1300819380.1234567", 1_300_819_380, 123_456_700, false),
            ("1300819380.123456789", 1_300_819_380, 123_456_789, false),
            ("1300819380.1234567890", 1_300_819_380, 123_456_789, false),
            ("1300819380.1234567891", 1_300_819_380, 123_456_789, true),
            ("1e9", 1_000_000_000, 0, false),
            ("1.5E+9", 1_500_000_000, 0, false),
            ("15e-1", 1, 500_000_000, false),
            ("15e-3", 0, 15_000_000, false),
            ("15e-10", 0, 1, true),
            ("15e-11", 0, 0, true),
            ("1e-400", 0, 0, true),
            ("1e-99999999999999999999", 0, 0, true),
            ("253402300799", 253_402_300_799, 0, false),
            ("253402300799.5", 253_402_300_799, 500_000_000, false),
            ("2534023007990e-1", 253_402_300_799, 0, false),
            ("0.000000000253402300799e21", 253_402_300_799, 0, false),
        ] {
            assert_eq!(read(number), Some((seconds, nanoseconds, is_later)), "{number}");
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
    }

    #[test]
    fn dates_are_ordered_by_their_fraction() {
        let dates = ["1", "1.000000000001", "1.000000001", "1.5", "1.5000000001", "1.500000001", "2"];
        for (place, one) in dates.iter().enumerate() {
            for (other_place, other) in dates.iter().enumerate() {
                let (one, other) = (NumericDate::parse(one).unwrap(), NumericDate::parse(other).unwrap());
                assert_eq!(one.cmp(&other), place.cmp(&other_place));
            }
        }
    }

    #[test]
    fn a_length_is_added_and_taken_away_exactly() {
        let date = |text| NumericDate::parse(text).unwrap();
        for (from, length, to) in [
            ("1.5", Duration::from_millis(500), "2"),
            ("1.5", Duration::from_millis(499), "1.999"),
            ("1.999999999", Duration::from_nanos(1), "2"),
            ("0", Duration::new(7, 250_000_000), "7.25"),
        ] {
            assert_eq!(date(from).plus(length), date(to));
            assert_eq!(date(to).minus(length), date(from));
            assert_eq!(date(to).since(date(from)), length);
            assert_eq!(date(to).to_string(), to);
        }
        assert_eq!(date("1").since(date("2")), Duration::ZERO);
        assert_eq!(date("1").plus(Duration::MAX).seconds, i64::MAX);
        assert_eq!(date("1").minus(Duration::MAX).seconds, i64::MIN);
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        for text in ["\"1300819380\"", "null", "true", "[1]", "{}", "", "NaN"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
