//! Tokens made here and by none of the contenders: JSON text written member by member, base64url and HMAC by hand.
//!
//! A library that signs would put right what has to be wrong. So a bad token is the good one with one change, and its
//! signature is right, unless the signature is what is wrong.

use ed25519_dalek::{Signer as _, SigningKey};
use sha2::{Digest as _, Sha256};

pub(crate) const ISSUER: &str = "https://login.example";
pub(crate) const AUDIENCE: &str = "api";
pub(crate) const SECRET: &[u8] = b"a secret of thirty-two bytes: 32";

/// RFC 8037 appendix A.1: the private key, and its public half as it stands in a JWK.
const ED25519_SEED: [u8; 32] = [
    0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44,
    0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
];
pub(crate) const ED25519_X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A JSON object as text in the making: names, which may occur twice, and the JSON text of their values.
#[derive(Clone)]
pub(crate) struct Object(Vec<(&'static str, String)>);

impl Object {
    /// With another value for a member that is there, or with one more member.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value.into(),
            None => self.0.push((name, value.into())),
        }
        self
    }

    /// With one more member, whether or not the name is there already.
    pub(crate) fn and(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(known, _)| *known != name);
        self
    }

    pub(crate) fn text(&self) -> String {
        let members: Vec<_> = self.0.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    }
}

/// The header of the good token.
pub(crate) fn header() -> Object {
    Object(Vec::new()).and("alg", "\"HS256\"").and("typ", "\"JWT\"")
}

/// The claims of the good token, which is taken from 2023 to 2100.
pub(crate) fn claims() -> Object {
    Object(Vec::new())
        .and("iss", format!("\"{ISSUER}\""))
        .and("aud", format!("\"{AUDIENCE}\""))
        .and("sub", "\"alice\"")
        .and("iat", "1700000000")
        .and("exp", "4102444800")
        .and("role", "\"reader\"")
}

/// A token of this header and payload under HS256.
pub(crate) fn hs256(header: &str, payload: &str, secret: &[u8]) -> String {
    sealed(&base64url(header.as_bytes()), &base64url(payload.as_bytes()), secret)
}

/// The same of segments that are encoded already, or badly.
pub(crate) fn sealed(header: &str, payload: &str, secret: &[u8]) -> String {
    let input = format!("{header}.{payload}");
    let mac = base64url(&hmac_sha256(secret, input.as_bytes()));
    format!("{input}.{mac}")
}

/// The good token under the Ed25519 key of RFC 8037.
pub(crate) fn ed25519() -> String {
    let header = header().with("alg", "\"EdDSA\"").text();
    let input = format!("{}.{}", base64url(header.as_bytes()), base64url(claims().text().as_bytes()));
    let signature = SigningKey::from_bytes(&ED25519_SEED).sign(input.as_bytes());
    format!("{input}.{}", base64url(&signature.to_bytes()))
}

/// RFC 4648 section 5, without padding.
pub(crate) fn base64url(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte))
            << (8 * (3 - chunk.len()));
        let letters =
            [18, 12, 6, 0].map(|shift| ALPHABET.get(bits >> shift & 63).copied().unwrap_or_default());
        out.extend(letters.iter().take(chunk.len() + 1).map(|letter| char::from(*letter)));
    }
    out
}

/// The same bytes to a forgiving decoder, in another spelling: the last character has bits of no meaning, and one of
/// them is set. Nothing where the last character has none to spare.
pub(crate) fn other_spelling(segment: &str) -> Option<String> {
    let (last, rest) = segment.as_bytes().split_last()?;
    if segment.len().is_multiple_of(4) {
        return None;
    }
    let place = ALPHABET.iter().position(|letter| letter == last)?;
    let letter = ALPHABET.get(place | 1).filter(|letter| *letter != last)?;
    Some(format!("{}{}", std::str::from_utf8(rest).ok()?, char::from(*letter)))
}

/// RFC 2104, for keys of at most a block.
fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0; 64];
    for (place, byte) in block.iter_mut().zip(key) {
        *place = *byte;
    }
    let inner = Sha256::new().chain_update(block.map(|byte| byte ^ 0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(block.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_that_of_rfc_4648() {
        for (bytes, text) in [
            (&b""[..], ""),
            (b"f", "Zg"),
            (b"fo", "Zm8"),
            (b"foo", "Zm9v"),
            (b"foobar", "Zm9vYmFy"),
            (&[0xfb, 0xff][..], "-_8"),
        ] {
            assert_eq!(base64url(bytes), text);
        }
    }

    /// RFC 4231 section 4.3.
    #[test]
    fn the_mac_is_that_of_rfc_4231() {
        let mac = hmac_sha256(b"Jefe", b"what do ya want for nothing?");
        let hex: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    /// RFC 8037 appendices A.2 and A.4.
    #[test]
    fn the_key_is_that_of_rfc_8037() {
        let key = SigningKey::from_bytes(&ED25519_SEED);
        assert_eq!(base64url(key.verifying_key().as_bytes()), ED25519_X);
        let signature = key.sign(b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc");
        assert_eq!(
            base64url(&signature.to_bytes()),
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        );
    }

    #[test]
    fn another_spelling_differs_in_bits_that_mean_nothing() {
        // 'g' is 32: the two bits that say something, and four that do not.
        assert_eq!(other_spelling("Zg").as_deref(), Some("Zh"));
        assert_eq!(other_spelling("Zm8").as_deref(), Some("Zm9"));
        assert_eq!(other_spelling("Zm9v"), None);
        assert_eq!(other_spelling(""), None);
    }

    #[test]
    fn members_are_changed_added_and_left_out() {
        let object =
            Object(Vec::new()).and("a", "1").and("b", "2").and("a", "3").with("b", "[]").with("c", "null");
        assert_eq!(object.text(), r#"{"a":1,"b":[],"a":3,"c":null}"#);
        assert_eq!(object.without("a").text(), r#"{"b":[],"c":null}"#);
    }
}
