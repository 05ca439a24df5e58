//! Making prefixed keys.
//!
//! A key is `prefix "_" body checksum`. The prefix tells people and secret scanners what leaked, the
//! checksum tells a typo from a key without asking a store; only the body is secret. A key is made either
//! of fresh random bytes, or of parts the caller has, such as a locator and a derived secret. Nothing is
//! stored here: what a store keeps is a [`LookupDigest`](crate::LookupDigest).

use std::fmt;

use zeroize::Zeroizing;

use crate::{
    Error, ErrorKind, MAX_TEXT_BYTES, ParsedKey, Prefix, RandomSource, SecretString,
    base62::{self, encoded_len},
    encode::ascii,
    parsed::{CHECKSUM_CHARS, checksum_of},
};

/// The fewest bytes in a key: 16, that is 128 bits.
pub const MIN_KEY_BYTES: usize = 16;
/// The number of random bytes that suits most services: 24, that is 192 bits and 33 characters.
pub const DEFAULT_KEY_BYTES: usize = 24;
/// The most random bytes in a generated key.
pub const MAX_KEY_BYTES: usize = 64;

/// Body characters that [`PrefixedKey::hint`] shows.
const HINT_CHARS: usize = 4;

/// A key that was made just now, to be shown to its owner once.
///
/// It is wiped when dropped, and `Debug` shows the prefix and nothing else.
///
/// ```
/// use countersign_random::{DEFAULT_KEY_BYTES, OsRandom, ParsedKey, Prefix, PrefixedKey};
///
/// let key = PrefixedKey::generate(&OsRandom, &Prefix::parse("acme_live")?, DEFAULT_KEY_BYTES)?;
/// assert_eq!(key.expose().len(), "acme_live_".len() + 33 + 6);
/// assert_eq!(ParsedKey::parse(key.expose())?.prefix(), "acme_live");
/// # Ok::<(), countersign_random::Error>(())
/// ```
pub struct PrefixedKey {
    text: SecretString,
    prefix_len: usize,
}

impl PrefixedKey {
    /// A key of `random_bytes` bytes from `source`, between [`MIN_KEY_BYTES`] and [`MAX_KEY_BYTES`];
    /// [`DEFAULT_KEY_BYTES`] suits most services.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooFewKeyBytes`], [`ErrorKind::TooManyKeyBytes`], and the error of `source`.
    pub fn generate(source: &dyn RandomSource, prefix: &Prefix, random_bytes: usize) -> Result<Self, Error> {
        let mut buffer = Zeroizing::new([0; MAX_KEY_BYTES]);
        let bytes = buffer.get_mut(..random_bytes).ok_or_else(|| Error::new(ErrorKind::TooManyKeyBytes))?;
        source.fill(bytes)?;
        // Which refuses too few.
        Self::assemble(prefix, &[bytes])
    }

    /// A key whose body is `parts` in base62, one after another, each of the width that
    /// [`encoded_len`] gives for its length.
    ///
    /// Security: the number of bytes is checked, not that anyone cannot foresee them; that is on the
    /// caller. [`Self::hint`] shows the beginning of the first part, so put what is least secret there.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooFewKeyBytes`] if the parts have fewer than [`MIN_KEY_BYTES`] bytes together;
    /// [`ErrorKind::TooManyKeyBytes`] if the text would be longer than [`MAX_TEXT_BYTES`].
    pub fn assemble(prefix: &Prefix, parts: &[&[u8]]) -> Result<Self, Error> {
        let sum = |total: usize, length: usize| total.saturating_add(length);
        if parts.iter().map(|part| part.len()).fold(0, sum) < MIN_KEY_BYTES {
            return Err(Error::new(ErrorKind::TooFewKeyBytes));
        }
        let body_len = parts.iter().map(|part| encoded_len(part.len())).fold(0, sum);
        Self::write(prefix, body_len, |text| {
            for part in parts {
                base62::push(text, part);
            }
        })
    }

    /// A key whose body is `kept`, base62 characters of an earlier key's body, followed by `part` in
    /// base62: for a token that keeps its locator while its secret changes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidCharacter`] if `kept` is no base62; [`ErrorKind::TooFewKeyBytes`] if `part` has
    /// fewer than [`MIN_KEY_BYTES`] bytes; [`ErrorKind::TooManyKeyBytes`] if the text would be longer than
    /// [`MAX_TEXT_BYTES`].
    pub fn assemble_keeping(prefix: &Prefix, kept: &str, part: &[u8]) -> Result<Self, Error> {
        if !kept.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(Error::new(ErrorKind::InvalidCharacter));
        }
        if part.len() < MIN_KEY_BYTES {
            return Err(Error::new(ErrorKind::TooFewKeyBytes));
        }
        Self::write(prefix, kept.len().saturating_add(encoded_len(part.len())), |text| {
            text.push_str(kept);
            base62::push(text, part);
        })
    }

    /// Prefix, underscore, the body of `body_len` characters that `push_body` appends, checksum.
    fn write(prefix: &Prefix, body_len: usize, push_body: impl FnOnce(&mut String)) -> Result<Self, Error> {
        let prefix = prefix.as_str();
        let sum = |total: usize, length: usize| total.saturating_add(length);
        let length = [prefix.len(), 1, body_len, CHECKSUM_CHARS].into_iter().fold(0, sum);
        if length > MAX_TEXT_BYTES {
            return Err(Error::new(ErrorKind::TooManyKeyBytes));
        }
        // Reserved whole, so that the text is never moved and leaves no copy behind.
        let mut text = Zeroizing::new(String::with_capacity(length));
        text.push_str(prefix);
        text.push('_');
        push_body(&mut text);
        let checksum = checksum_of(text.as_bytes());
        text.extend(checksum.map(ascii));
        Ok(Self { text: SecretString::from_wiped(text), prefix_len: prefix.len() })
    }

    /// The whole key, as the client sends it. It is secret.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose()
    }

    /// The whole key, to be handed to the client.
    #[must_use]
    pub fn into_secret(self) -> SecretString {
        self.text
    }

    /// The key as [`ParsedKey::parse`] would read it, without reading it.
    #[must_use]
    pub fn as_parsed(&self) -> ParsedKey<'_> {
        let text = self.text.expose();
        // Both ranges lie within the text, as it was made here. Were that ever wrong, the part would come
        // out empty and the key be of no use, where indexing would panic.
        let prefix = text.get(..self.prefix_len).unwrap_or_default();
        let body = self.prefix_len.saturating_add(1)..text.len().saturating_sub(CHECKSUM_CHARS);
        ParsedKey::from_parts(text, prefix, text.get(body).unwrap_or_default())
    }

    /// What tells an owner's keys apart in a list: the prefix, an underscore, the first four characters of
    /// the body and an ellipsis (U+2026), such as `acme_live_1fKq…`.
    ///
    /// Security: it gives away at most 24 bits of the body. Of a key of 16, 24 or 32 random bytes these are
    /// 20.9, 19.4 and 23.8 bits (the first character of a fixed width takes few values), so that over 107,
    /// 172 and 232 remain. It is too short to be a unique name.
    #[must_use]
    pub fn hint(&self) -> String {
        let key = self.as_parsed();
        let shown: String = key.body().chars().take(HINT_CHARS).collect();
        format!("{}_{shown}\u{2026}", key.prefix())
    }
}

impl fmt::Debug for PrefixedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrefixedKey").field("prefix", &self.as_parsed().prefix()).finish_non_exhaustive()
    }
}
