//! Basic credentials (RFC 7617): a user-id and a password, in base64.
//!
//! The decoded pair stays one buffer with the place of the colon, so that there is a single copy of the
//! password, wiped when it is dropped and on every way out with an error. Base64 is taken in its one
//! canonical form (RFC 4648 section 4: standard alphabet, padded, no stray bits): with another spelling
//! accepted, one pair would have several headers. Clients that leave the padding out are refused.
//!
//! What it does not do: normalise Unicode (RFC 7617 section 2.1 leaves that to the client), guess at
//! Latin-1 where UTF-8 fails, or judge the pair. An empty user-id and an empty password are within the
//! grammar, so they pass, and whoever verifies the pair decides.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::{Zeroize as _, Zeroizing};

use crate::{Error, ErrorKind, HeaderValue, MAX_LENGTH, syntax};

pub(crate) const SCHEME: &str = "Basic";

/// The longest `user-id:password`, in bytes: four characters of base64 for three of them, after `Basic `.
const MAX_PAIR: usize = (MAX_LENGTH - SCHEME.len() - 1) / 4 * 3;

/// A user-id and a password, in memory that is wiped on drop.
///
/// `Debug` shows neither of them.
pub struct BasicCredentials {
    /// `user-id ":" password`, in a buffer of just that size.
    pair: Pair,
    /// The byte offset of the first colon in `pair`.
    colon: usize,
}

impl BasicCredentials {
    /// Takes a pair to be sent, together with its colon at most 12330 bytes of UTF-8. Both parts are
    /// copied.
    ///
    /// # Errors
    ///
    /// [`ColonInUserId`](ErrorKind::ColonInUserId), [`ControlCharacter`](ErrorKind::ControlCharacter)
    /// (C0, DEL and C1, in either part), [`TooLong`](ErrorKind::TooLong) if the header value would be.
    pub fn new(user_id: &str, password: &str) -> Result<Self, Error> {
        let length = user_id.len().saturating_add(1).saturating_add(password.len());
        if length > MAX_PAIR {
            return Err(ErrorKind::TooLong.into());
        }
        // RFC 7617 section 2: "a user-id containing a colon character is invalid"
        if user_id.contains(':') {
            return Err(ErrorKind::ColonInUserId.into());
        }
        let mut pair = String::with_capacity(length);
        pair.push_str(user_id);
        pair.push(':');
        pair.push_str(password);
        let pair = Pair(pair.into_boxed_str());
        Self::from_pair(pair)
    }

    #[inline]
    pub(crate) fn from_credentials(credentials: &[u8]) -> Result<Self, Error> {
        if credentials.is_empty() {
            return Err(ErrorKind::NoCredentials.into());
        }
        let mut bytes = Zeroizing::new(vec![0; base64::decoded_len_estimate(credentials.len())]);
        let length =
            STANDARD.decode_slice(credentials, bytes.as_mut_slice()).map_err(|_| fault(credentials))?;
        let pair =
            bytes.get(..length).and_then(|pair| str::from_utf8(pair).ok()).ok_or(ErrorKind::NotUtf8)?;
        Self::from_pair(Pair(pair.into()))
    }

    #[inline]
    fn from_pair(pair: Pair) -> Result<Self, Error> {
        // RFC 7617 section 2: neither part may contain a control character. Beyond its ASCII ones,
        // `is_control` covers U+0080 to U+009F, which terminals obey as well.
        if pair.0.chars().any(char::is_control) {
            return Err(ErrorKind::ControlCharacter.into());
        }
        // RFC 7617 section 2: the first colon separates; later ones belong to the password.
        let colon = pair.0.bytes().position(|byte| byte == b':').ok_or(ErrorKind::MissingColon)?;
        Ok(Self { pair, colon })
    }

    /// The user-id: no colon, no control character, possibly empty.
    #[must_use]
    pub fn user_id(&self) -> &str {
        self.parts().0
    }

    /// The password: no control character, possibly with colons, possibly empty. A secret.
    #[must_use]
    pub fn password(&self) -> &str {
        self.parts().1
    }

    /// The value of an `Authorization` header: `Basic`, one space, the pair in base64.
    #[must_use]
    pub fn to_header_value(&self) -> HeaderValue {
        HeaderValue::join(SCHEME, &Zeroizing::new(STANDARD.encode(self.pair.0.as_bytes())))
    }

    fn parts(&self) -> (&str, &str) {
        let (user_id, rest) = self.pair.0.split_at_checked(self.colon).unwrap_or_default();
        (user_id, rest.strip_prefix(':').unwrap_or_default())
    }
}

/// What keeps `credentials` from being base64.
#[cold]
fn fault(credentials: &[u8]) -> ErrorKind {
    if syntax::is_token68(credentials) {
        ErrorKind::NotBase64
    } else {
        syntax::fault(credentials).unwrap_or(ErrorKind::NotToken68)
    }
}

/// Wiped on drop, all of it in one go: `Zeroizing<String>` does it byte by byte, for the sake of spare capacity, of
/// which this has none.
struct Pair(Box<str>);

impl Drop for Pair {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for BasicCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BasicCredentials([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(user_id: &str, password: &str) -> String {
        BasicCredentials::new(user_id, password).unwrap().to_header_value().expose().to_owned()
    }

    fn refusal(user_id: &str, password: &str) -> ErrorKind {
        BasicCredentials::new(user_id, password).unwrap_err().kind()
    }

    #[test]
    fn the_examples_of_rfc_7617_are_built() {
        assert_eq!(built("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(built("test", "123\u{a3}"), "Basic dGVzdDoxMjPCow==");
    }

    #[test]
    fn a_colon_belongs_to_the_password_only() {
        assert_eq!(refusal("a:b", "c"), ErrorKind::ColonInUserId);
        let credentials = BasicCredentials::new("a", "b:c").unwrap();
        assert_eq!((credentials.user_id(), credentials.password()), ("a", "b:c"));
    }

    #[test]
    fn control_characters_are_not_built() {
        for control in ["\0", "\t", "\n", "\r", "\u{1b}", "\u{7f}", "\u{80}", "\u{9f}"] {
            assert_eq!(refusal(control, ""), ErrorKind::ControlCharacter, "{control:?}");
            assert_eq!(refusal("", control), ErrorKind::ControlCharacter, "{control:?}");
        }
        assert_eq!(built("u", "\u{a0}"), "Basic dTrCoA==");
    }

    #[test]
    fn the_longest_pair_fits_and_one_byte_more_does_not() {
        // 16448 - 6 characters hold 4110 groups of three bytes; two of them are the user-id and the colon.
        let value = built("u", &"p".repeat(12_328));
        assert_eq!(value.len(), 16_446);
        assert_eq!(refusal("u", &"p".repeat(12_329)), ErrorKind::TooLong);
    }
}
