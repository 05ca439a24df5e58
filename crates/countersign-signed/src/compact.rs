//! The compact serialization (RFC 7515 section 7.1), from text to a signature that has been checked.
//!
//! The order is the defence: length, then dots, then the header alone, then the key, then the signature.
//! The payload is neither decoded nor looked at before its signature is known to be right. [`Authentic`]
//! can be had from here only, and only its holder reaches the payload.
//!
//! JWS and JWT share this; what a payload means is not known here.

use crate::base64url::{self, Scratch};
use crate::error::{Error, ErrorKind};
use crate::header::Header;
use crate::keys::{KeySet, VerifyingKey};

/// Characters of a token, unless configured otherwise.
pub(crate) const DEFAULT_MAX_LEN: usize = 16 * 1024;

/// Characters, the most that can be configured: no `Authorization` header that a server takes is longer.
const LONGEST_TOKEN: usize = 1024 * 1024;

/// Characters of the header's segment. Real ones have a few dozen; with a certificate chain, a few thousand.
const MAX_HEADER_LEN: usize = 4096;

/// A configured limit of the length of tokens.
pub(crate) fn checked_max_len(characters: usize) -> Result<usize, Error> {
    if (1..=LONGEST_TOKEN).contains(&characters) {
        Ok(characters)
    } else {
        Err(Error::noted(ErrorKind::InvalidConfiguration, "a token may have 1 to 1048576 characters"))
    }
}

/// A token whose signature is right.
pub(crate) struct Authentic<'t, 'k, 'h> {
    pub(crate) key: &'k VerifyingKey,
    pub(crate) header: Header<'h>,
    /// `header.payload`, as it stands in the token.
    pub(crate) signing_input: &'t str,
    payload: &'t str,
}

impl Authentic<'_, '_, '_> {
    pub(crate) fn payload(&self) -> Result<Vec<u8>, Error> {
        Ok(base64url::decode(self.payload).map_err(|_| ErrorKind::MalformedToken)?)
    }
}

/// Checks `token` with the one key of `keys` that fits its header.
pub(crate) fn authenticate<'t, 'k, 'h>(
    keys: &'k KeySet,
    token: &'t str,
    max_len: usize,
    scratch: &'h mut Scratch,
) -> Result<Authentic<'t, 'k, 'h>, Error> {
    if token.len() > max_len {
        return Err(ErrorKind::TokenTooLong.into());
    }
    let (header, payload, signing_input, signature) = split(token)?;
    if header.len() > MAX_HEADER_LEN {
        return Err(ErrorKind::TokenTooLong.into());
    }
    let decoded = scratch.decode(header).map_err(|_| ErrorKind::MalformedToken)?;
    let text = std::str::from_utf8(decoded).map_err(|_| ErrorKind::InvalidJson)?;
    let header = Header::parse(text)?;
    let key = keys.resolve(header.kid(), header.algorithm)?;
    let mut scratch = Scratch::new();
    let signature = scratch.decode(signature).map_err(|_| ErrorKind::MalformedToken)?;
    if !key.verify(signing_input.as_bytes(), signature) {
        return Err(ErrorKind::InvalidSignature.into());
    }
    Ok(Authentic { key, header, signing_input, payload })
}

/// Header, payload, both with the dot between them, and signature.
fn split(token: &str) -> Result<(&str, &str, &str, &str), Error> {
    let (header, rest) = token.split_once('.').ok_or(ErrorKind::MalformedToken)?;
    let (payload, signature) = rest.split_once('.').ok_or(ErrorKind::MalformedToken)?;
    if let Some((_, beyond)) = signature.split_once('.') {
        // Two more segments make a JWE (RFC 7516 section 7.1); counting stops once it cannot be one.
        let encrypted = beyond.split('.').take(3).count() == 2;
        return Err(if encrypted { ErrorKind::EncryptedToken } else { ErrorKind::MalformedToken }.into());
    }
    let dot = token.len().saturating_sub(signature.len()).saturating_sub(1);
    let signing_input = token.get(..dot).ok_or(ErrorKind::MalformedToken)?;
    Ok((header, payload, signing_input, signature))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(token: &str) -> ErrorKind {
        split(token).unwrap_err().kind()
    }

    #[test]
    fn three_segments_are_told_from_any_other_number() {
        assert_eq!(split("a.b.c").unwrap(), ("a", "b", "a.b", "c"));
        assert_eq!(split("..").unwrap(), ("", "", ".", ""));
        for token in ["", "a", "a.b", "a.b.c.d", "a.b.c.d.e.f", "......", &".".repeat(10_000)] {
            assert_eq!(kind(token), ErrorKind::MalformedToken, "{token:.20}");
        }
        assert_eq!(kind("a.b.c.d.e"), ErrorKind::EncryptedToken);
        assert_eq!(kind("a..c.d.e"), ErrorKind::EncryptedToken);
        assert_eq!(kind("...."), ErrorKind::EncryptedToken);
    }
}
