//! The part of a key that says what it is, such as `acme_live`.
//!
//! It is chosen by the service, public, and the same in many keys. The rules keep the last underscore of
//! a key unambiguous and the whole key one word to a double click. A prefix gives no rights: a token's kind
//! is bound into its digest.

use crate::{Error, ErrorKind};

/// The longest prefix, in characters.
pub const MAX_PREFIX_CHARS: usize = 32;

/// A well-formed prefix: 1 to [`MAX_PREFIX_CHARS`] ASCII letters, digits and underscores, with a letter
/// first, no underscore last and no two underscores in a row.
///
/// ```
/// use countersign_random::Prefix;
///
/// assert_eq!(Prefix::parse("acme_live")?.as_str(), "acme_live");
/// assert!(Prefix::parse("acme-live").is_err());
/// # Ok::<(), countersign_random::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Prefix(Box<str>);

impl Prefix {
    /// Checks `text` against the rules.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidPrefix`] if it breaks one.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if is_well_formed(text) { Ok(Self(text.into())) } else { Err(Error::new(ErrorKind::InvalidPrefix)) }
    }

    /// The prefix as text, without the underscore that follows it in a key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether `text` keeps the rules of [`Prefix`].
pub(crate) fn is_well_formed(text: &str) -> bool {
    let mut previous = b'_';
    let mut allowed =
        text.len() <= MAX_PREFIX_CHARS && text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
    for byte in text.bytes() {
        allowed &= byte.is_ascii_alphanumeric() || (byte == b'_' && previous != b'_');
        previous = byte;
    }
    allowed && previous != b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_digits_and_single_underscores_are_taken() {
        let longest = "a".repeat(32);
        for text in ["a", "Z", "acme", "acme_live", "a1_2_b3", "AcmeLive9", "a_1", longest.as_str()] {
            assert_eq!(Prefix::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let too_long = "a".repeat(33);
        let refused = [
            "",
            "_",
            "_acme",
            "acme_",
            "acme__live",
            "1acme",
            "9",
            "acme-live",
            "acme live",
            "acme.live",
            "acme\n",
            "acm\u{e9}",
            "\u{430}cme",
            "acme\0",
            too_long.as_str(),
        ];
        for text in refused {
            assert_eq!(Prefix::parse(text).unwrap_err().kind(), ErrorKind::InvalidPrefix, "{text:?}");
        }
    }
}
