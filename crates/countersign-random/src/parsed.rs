//! Reading a prefixed key that a client sent.
//!
//! Reading is cheap, allocates nothing and asks no store, so that a typo or a token of another service
//! costs no look-up. It is read from the end, because the prefix may hold underscores and the body may
//! not. It does not say that the key is any good: anyone can compute the checksum, so only the look-up of
//! the key's digest can say that.

use std::fmt;

use crate::{Error, ErrorKind, base62::six_digits, prefix};

/// The longest text that is read at all, in bytes. It is checked before anything else.
pub const MAX_TEXT_BYTES: usize = 256;
/// The shortest body, in characters: 16 bytes in base62.
pub const MIN_BODY_CHARS: usize = 22;
/// The number of characters in a checksum: 32 bits in base62.
pub(crate) const CHECKSUM_CHARS: usize = 6;

/// A key that is well formed and whose checksum is right, borrowed from the text it was read from.
///
/// `Debug` shows the prefix and nothing else.
#[derive(Clone, Copy)]
pub struct ParsedKey<'a> {
    text: &'a str,
    prefix: &'a str,
    body: &'a str,
}

impl<'a> ParsedKey<'a> {
    /// Reads `prefix "_" body checksum`: the checksum is the last six characters, the body what precedes
    /// it back to the last underscore, the prefix everything before that.
    ///
    /// # Errors
    ///
    /// In the order in which they are looked for: [`ErrorKind::TextTooLong`] (over [`MAX_TEXT_BYTES`]),
    /// [`ErrorKind::InvalidCharacter`], [`ErrorKind::MissingPrefix`], [`ErrorKind::TextTooShort`] (a body
    /// under [`MIN_BODY_CHARS`]), [`ErrorKind::InvalidPrefix`], [`ErrorKind::ChecksumMismatch`].
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(Error::new(ErrorKind::TextTooLong));
        }
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err(Error::new(ErrorKind::InvalidCharacter));
        }
        let (prefix, tail) = text.rsplit_once('_').ok_or_else(|| Error::new(ErrorKind::MissingPrefix))?;
        let (body, _) = tail
            .len()
            .checked_sub(CHECKSUM_CHARS)
            .filter(|body| *body >= MIN_BODY_CHARS)
            .and_then(|body| tail.split_at_checked(body))
            .ok_or_else(|| Error::new(ErrorKind::TextTooShort))?;
        if !prefix::is_well_formed(prefix) {
            return Err(Error::new(ErrorKind::InvalidPrefix));
        }
        // Compared in ordinary time: both sides follow from the text that the client itself sent.
        let matches = text
            .as_bytes()
            .split_last_chunk::<CHECKSUM_CHARS>()
            .is_some_and(|(summed, checksum)| *checksum == checksum_of(summed));
        if !matches {
            return Err(Error::new(ErrorKind::ChecksumMismatch));
        }
        Ok(Self { text, prefix, body })
    }

    /// A key that was put together from these parts just now.
    pub(crate) fn from_parts(text: &'a str, prefix: &'a str, body: &'a str) -> Self {
        Self { text, prefix, body }
    }

    /// The prefix, without the underscore that follows it.
    #[must_use]
    pub fn prefix(&self) -> &'a str {
        self.prefix
    }

    /// The base62 body, without the checksum. It is secret.
    #[must_use]
    pub fn body(&self) -> &'a str {
        self.body
    }

    /// The whole text, prefix and checksum included. It is secret.
    #[must_use]
    pub fn expose(&self) -> &'a str {
        self.text
    }

    /// The body's first `at` characters and the rest, for keys made of several parts; `None` if the body
    /// is shorter than `at`. Where a part of `n` bytes ends, [`encoded_len`](crate::base62::encoded_len)
    /// says.
    #[must_use]
    pub fn split_body(&self, at: usize) -> Option<(&'a str, &'a str)> {
        self.body.split_at_checked(at)
    }
}

impl fmt::Debug for ParsedKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParsedKey").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

/// The checksum of `text`: its CRC-32 (that of IEEE 802.3, as in zlib) in six base62 characters.
pub(crate) fn checksum_of(text: &[u8]) -> [u8; CHECKSUM_CHARS] {
    six_digits(crc32fast::hash(text))
}
