//! Random tokens in three renderings, after the functions of Python's `secrets` module.
//!
//! Same names, same meaning of the length (random *bytes*, not characters), same default. Each has a twin
//! ending in `_from` that takes the source of randomness. A token made here is bare: it has no prefix and
//! no checksum, and nothing about it says what it is for; [`PrefixedKey`](crate::PrefixedKey) has both.

use zeroize::Zeroizing;

use crate::{
    Error, ErrorKind, OsRandom, RandomSource, SecretBytes, SecretString,
    encode::{push_base64url, push_hex},
};

/// The number of random bytes in a token when none is given: 32, that is 256 bits.
pub const DEFAULT_LENGTH: usize = 32;

/// A token of `length` random bytes from the operating system; `None` means [`DEFAULT_LENGTH`].
///
/// Security: fewer than 16 bytes are too few for a credential, and zero give an empty token; no minimum is
/// enforced, for a token may be part of something larger. A length that comes from outside must be bounded
/// by the caller.
///
/// ```
/// use countersign_random::token_bytes;
///
/// assert_eq!(token_bytes(16)?.len(), 16);
/// assert_eq!(token_bytes(None)?.len(), 32);
/// # Ok::<(), countersign_random::Error>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::RandomnessUnavailable`] if the system's generator fails; [`ErrorKind::LengthTooLarge`] if
/// there is no memory for so many bytes.
pub fn token_bytes(length: impl Into<Option<usize>>) -> Result<SecretBytes, Error> {
    token_bytes_from(&OsRandom, length)
}

/// A token of `length` random bytes from the operating system as lower-case hexadecimal text, two
/// characters for each byte; `None` means [`DEFAULT_LENGTH`], so 64 characters.
///
/// Security: fewer than 16 bytes are too few for a credential, and zero give the empty text; no minimum is
/// enforced, for a token may be part of something larger. A length that comes from outside must be bounded
/// by the caller.
///
/// ```
/// use countersign_random::token_hex;
///
/// assert_eq!(token_hex(16)?.len(), 32);
/// # Ok::<(), countersign_random::Error>(())
/// ```
///
/// # Errors
///
/// As [`token_bytes`].
pub fn token_hex(length: impl Into<Option<usize>>) -> Result<SecretString, Error> {
    token_hex_from(&OsRandom, length)
}

/// A token of `length` random bytes from the operating system as base64url text without padding (RFC 4648,
/// section 5), `ceil(4 * length / 3)` characters; `None` means [`DEFAULT_LENGTH`], so 43 characters.
///
/// Security: fewer than 16 bytes are too few for a credential, and zero give the empty text; no minimum is
/// enforced, for a token may be part of something larger. A length that comes from outside must be bounded
/// by the caller.
///
/// ```
/// use countersign_random::token_urlsafe;
///
/// assert_eq!(token_urlsafe(16)?.len(), 22);
/// # Ok::<(), countersign_random::Error>(())
/// ```
///
/// # Errors
///
/// As [`token_bytes`].
pub fn token_urlsafe(length: impl Into<Option<usize>>) -> Result<SecretString, Error> {
    token_urlsafe_from(&OsRandom, length)
}

/// [`token_bytes`] with bytes from `source`.
///
/// # Errors
///
/// The error of `source`; [`ErrorKind::LengthTooLarge`] if there is no memory for so many bytes.
pub fn token_bytes_from(
    source: &dyn RandomSource,
    length: impl Into<Option<usize>>,
) -> Result<SecretBytes, Error> {
    let length = length.into().unwrap_or(DEFAULT_LENGTH);
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length).map_err(|_| Error::new(ErrorKind::LengthTooLarge))?;
    bytes.resize(length, 0);
    // Wrapped before it is filled: a source that fails half-way leaves nothing behind.
    let mut bytes = Zeroizing::new(bytes);
    source.fill(&mut bytes)?;
    Ok(SecretBytes::from_wiped(bytes))
}

/// [`token_hex`] with bytes from `source`.
///
/// # Errors
///
/// As [`token_bytes_from`].
pub fn token_hex_from(
    source: &dyn RandomSource,
    length: impl Into<Option<usize>>,
) -> Result<SecretString, Error> {
    let bytes = token_bytes_from(source, length)?;
    let mut text = reserved(bytes.len().checked_mul(2))?;
    push_hex(&mut text, bytes.expose());
    Ok(SecretString::from_wiped(text))
}

/// [`token_urlsafe`] with bytes from `source`.
///
/// # Errors
///
/// As [`token_bytes_from`].
pub fn token_urlsafe_from(
    source: &dyn RandomSource,
    length: impl Into<Option<usize>>,
) -> Result<SecretString, Error> {
    let bytes = token_bytes_from(source, length)?;
    let mut text = reserved(bytes.len().checked_mul(4).map(|sextets| sextets.div_ceil(3)))?;
    push_base64url(&mut text, bytes.expose());
    Ok(SecretString::from_wiped(text))
}

/// Empty text with room for `chars` ASCII characters, so that writing it never moves it and leaves a copy.
fn reserved(chars: Option<usize>) -> Result<Zeroizing<String>, Error> {
    let too_large = || Error::new(ErrorKind::LengthTooLarge);
    let mut text = String::new();
    text.try_reserve_exact(chars.ok_or_else(too_large)?).map_err(|_| too_large())?;
    Ok(Zeroizing::new(text))
}
