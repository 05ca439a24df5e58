//! The compact serialization (RFC 7515 section 7.1), from text to a signature that has been checked.
//!
//! The order is the defence: length, then dots, then the header alone, then the key, then the signature.
//! The payload is neither decoded nor looked at before its signature is known to be right. [`Authentic`]
//! can be had from here only, and only its holder reaches the payload.
//!
//! JWS and JWT share this; what a payload means is not known here.

use std::borrow::Cow;

use crate::base64url::{self, Scratch};
use crate::error::{Error, ErrorKind};
use crate::header::Header;
use crate::keys::{KeySet, KnownHeader, VerifyingKey};

/// Characters, the most that can be configured: no server takes a longer `Authorization` header.
const LONGEST: usize = 1024 * 1024;

/// The longest token, and the longest header segment in it, in characters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) token: usize,
    pub(crate) header: usize,
}

impl Default for Limits {
    /// Usual headers have a few dozen characters. One with a certificate chain (`x5c`) has more than 4096.
    fn default() -> Self {
        Self { token: 16 * 1024, header: 4096 }
    }
}

impl Limits {
    pub(crate) fn checked(self) -> Result<Self, Error> {
        let is_sensible = |characters| (1..=LONGEST).contains(&characters);
        let refused = |note| Err(Error::noted(ErrorKind::InvalidConfiguration, note));
        if !is_sensible(self.token) {
            return refused("a token may have 1 to 1048576 characters");
        }
        if !is_sensible(self.header) {
            return refused("a token's header may have 1 to 1048576 characters");
        }
        Ok(self)
    }
}

/// A token whose signature is right.
pub(crate) struct Authentic<'t, 'k, 'h> {
    pub(crate) key: &'k VerifyingKey,
    header: Found<'k, 'h>,
    /// `header.payload`, as it stands in the token.
    pub(crate) signing_input: &'t [u8],
    payload: &'t [u8],
}

/// What a token's header says: one that the key set knew beforehand, or one that was read.
enum Found<'k, 'h> {
    Known(&'k KnownHeader),
    Read { typ: Option<Cow<'h, str>>, cty: Option<Cow<'h, str>> },
}

impl Authentic<'_, '_, '_> {
    pub(crate) fn typ(&self) -> Option<&str> {
        match &self.header {
            Found::Known(header) => header.typ(),
            Found::Read { typ, .. } => typ.as_deref(),
        }
    }

    pub(crate) fn cty(&self) -> Option<&str> {
        match &self.header {
            // None of those has it.
            Found::Known(_) => None,
            Found::Read { cty, .. } => cty.as_deref(),
        }
    }

    pub(crate) fn payload(&self) -> Result<Vec<u8>, Error> {
        Ok(base64url::decode(self.payload).map_err(|_| ErrorKind::MalformedToken)?)
    }

    /// The payload as text, in the caller's buffer.
    pub(crate) fn text_in<'b>(&self, buffer: &'b mut Vec<u8>) -> Result<&'b str, Error> {
        decoded_text(self.payload, buffer)
    }
}

/// Checks `token` with the one key of `keys` that fits its header.
pub(crate) fn authenticate<'t, 'k, 'h>(
    keys: &'k KeySet,
    token: &'t [u8],
    limits: Limits,
    header_buffer: &'h mut Vec<u8>,
) -> Result<Authentic<'t, 'k, 'h>, Error> {
    let Segments { header, payload, signing_input, signature } = segments(token, limits)?;
    let (key, header) = match keys.known_header(header) {
        Some((key, header)) => (key, Found::Known(header)),
        None => {
            let header = Header::parse(decoded_text(header, header_buffer)?)?;
            let key = keys.resolve(header.key_hint(), header.algorithm)?;
            (key, Found::Read { typ: header.typ, cty: header.cty })
        }
    };
    let mut scratch = Scratch::new();
    let signature = scratch.decode(signature).map_err(|_| ErrorKind::MalformedToken)?;
    if !key.verify(signing_input, signature) {
        return Err(ErrorKind::InvalidSignature.into());
    }
    Ok(Authentic { key, header, signing_input, payload })
}

/// The text of a segment that holds JSON.
pub(crate) fn decoded_text<'b>(segment: &[u8], buffer: &'b mut Vec<u8>) -> Result<&'b str, Error> {
    let decoded = base64url::decode_in(segment, buffer).map_err(|_| ErrorKind::MalformedToken)?;
    Ok(std::str::from_utf8(decoded).map_err(|_| ErrorKind::InvalidJson)?)
}

/// The parts of a token.
#[derive(Debug)]
pub(crate) struct Segments<'t> {
    pub(crate) header: &'t [u8],
    pub(crate) payload: &'t [u8],
    /// Header, dot, payload.
    pub(crate) signing_input: &'t [u8],
    pub(crate) signature: &'t [u8],
}

/// Checks the length, then splits at the dots, then checks the header's length.
pub(crate) fn segments(token: &[u8], limits: Limits) -> Result<Segments<'_>, Error> {
    if token.len() > limits.token {
        return Err(ErrorKind::TokenTooLong.into());
    }
    let segments = split(token)?;
    if segments.header.len() > limits.header {
        return Err(ErrorKind::TokenTooLong.into());
    }
    Ok(segments)
}

pub(crate) fn split(token: &[u8]) -> Result<Segments<'_>, Error> {
    // RFC 7515 section 7.2: the other serialization is a JSON object, flattened or general.
    if token.trim_ascii_start().starts_with(b"{") {
        return Err(ErrorKind::JsonSerialization.into());
    }
    let mut dots = memchr::memchr_iter(b'.', token);
    let (Some(first), Some(second)) = (dots.next(), dots.next()) else {
        return Err(ErrorKind::MalformedToken.into());
    };
    if dots.next().is_some() {
        // Two more segments make a JWE (RFC 7516 section 7.1); counting stops once it cannot be one.
        let encrypted = dots.take(2).count() == 1;
        return Err(if encrypted { ErrorKind::EncryptedToken } else { ErrorKind::MalformedToken }.into());
    }
    let (signing_input, signature) = around(token, second)?;
    let (header, payload) = around(signing_input, first)?;
    Ok(Segments { header, payload, signing_input, signature })
}

/// What is before and behind the dot that stands there.
fn around(text: &[u8], dot: usize) -> Result<(&[u8], &[u8]), Error> {
    let (before, behind) = text.split_at_checked(dot).ok_or(ErrorKind::MalformedToken)?;
    Ok((before, behind.strip_prefix(b".").ok_or(ErrorKind::MalformedToken)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(token: &str) -> ErrorKind {
        split(token.as_bytes()).unwrap_err().kind()
    }

    #[test]
    fn three_segments_are_told_from_any_other_number() {
        let parts = |token: &str| {
            let Segments { header, payload, signing_input, signature } = split(token.as_bytes()).unwrap();
            [header, payload, signing_input, signature].map(|part| str::from_utf8(part).unwrap().to_owned())
        };
        assert_eq!(parts("a.b.c"), ["a", "b", "a.b", "c"]);
        assert_eq!(parts(".."), ["", "", ".", ""]);
        for token in ["", "a", "a.b", "a.b.c.d", "a.b.c.d.e.f", "......", &".".repeat(10_000)] {
            assert_eq!(kind(token), ErrorKind::MalformedToken, "{token:.20}");
        }
        assert_eq!(kind("a.b.c.d.e"), ErrorKind::EncryptedToken);
        assert_eq!(kind("a..c.d.e"), ErrorKind::EncryptedToken);
        assert_eq!(kind("...."), ErrorKind::EncryptedToken);
    }

    /// RFC 7515 appendix A.6 and A.7, shortened.
    #[test]
    fn the_json_serializations_are_told_what_they_are() {
        for token in [
            r#"{"payload":"e30","signatures":[{"protected":"e30","signature":"AA"}]}"#,
            " \n{\"payload\":\"e30\",\"protected\":\"e30\",\"signature\":\"AA\"}",
            r#"{"header":{"jku":"https://a.b.c/d"}}"#,
        ] {
            assert_eq!(kind(token), ErrorKind::JsonSerialization, "{token}");
        }
    }
}
