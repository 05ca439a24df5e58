//! Compact JWS (RFC 7515): any payload, signed.
//!
//! For tokens use [`Signer`](crate::Signer) and [`Verifier`](crate::Verifier), which stand on this. A JWS
//! says who signed some bytes; it has no time, audience or type that is checked for you, so a payload of
//! one purpose must not be mistakable for that of another. The JSON serialization, detached and
//! unencoded payloads (RFC 7797) are not here.
//!
//! ```
//! use countersign_signed::{Algorithm, KeySet, SigningKey, jws};
//!
//! let key = SigningKey::generate(Algorithm::EdDSA)?;
//! let token = jws::sign(&key, &jws::Header::new("application/example+json")?, b"{}")?;
//!
//! let keys = KeySet::new([key.verifying_key()])?;
//! let verified = jws::verify(&keys, &token)?;
//! assert_eq!(verified.payload(), b"{}");
//! assert_eq!(verified.typ(), Some("application/example+json"));
//! # Ok::<(), countersign_signed::Error>(())
//! ```

use std::fmt;

#[cfg(feature = "sign")]
use serde::Serialize;

use crate::algorithm::Algorithm;
#[cfg(feature = "sign")]
use crate::base64url;
use crate::compact::{self, Limits};
use crate::error::Error;
#[cfg(any(feature = "sign", doc))]
use crate::error::ErrorKind;
use crate::header;
#[cfg(feature = "sign")]
use crate::header::Chosen;
use crate::json;
#[cfg(feature = "sign")]
use crate::keys::SigningKey;
use crate::keys::{KeySet, VerifyingKey};

/// The header members that a signer chooses; `alg` and `kid` are the key's.
#[cfg(feature = "sign")]
#[derive(Debug, Clone)]
pub struct Header(Chosen);

#[cfg(feature = "sign")]
impl Header {
    /// A header of `typ`, `alg`, and `kid` if the key has one. `typ` is the media type of the whole
    /// (RFC 7515 section 4.1.9): 1 to 255 visible ASCII characters.
    ///
    /// Security: the type keeps a JWS of one purpose from being taken for one of another (RFC 8725 section
    /// 3.11), so it should be one that no verifier of tokens expects under the same key.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfiguration`], also for `JWT` in any spelling: tokens are for
    /// [`Signer`](crate::Signer) to issue.
    pub fn new(typ: &str) -> Result<Self, Error> {
        if header::same_type("JWT", typ) {
            return Err(Error::noted(ErrorKind::InvalidConfiguration, "a JWS of this type would be a JWT"));
        }
        Ok(Self(Chosen { typ: Some(header::checked_type(typ)?), ..Chosen::default() }))
    }

    /// A header of `alg`, and `kid` if the key has one; for payloads whose format is laid down elsewhere
    /// and has no `typ`.
    ///
    /// Security: such a JWS passes for a JWT under the same key, if its payload is an object of claims.
    /// Whoever chooses the payload then writes tokens. Sign with a key that no verifier of tokens trusts.
    #[must_use]
    pub fn without_type() -> Self {
        Self(Chosen::default())
    }

    /// The media type of the payload (RFC 7515 section 4.1.10): 1 to 255 visible ASCII characters.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfiguration`].
    pub fn cty(mut self, cty: &str) -> Result<Self, Error> {
        self.0.cty = Some(header::checked_type(cty)?);
        Ok(self)
    }

    /// A member of the caller's own, behind the usual ones, under the rules of
    /// [`Signer::header_member`](crate::Signer::header_member).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfiguration`].
    pub fn member<V: Serialize>(mut self, name: &str, value: V) -> Result<Self, Error> {
        self.0.own.add(name, &value)?;
        Ok(self)
    }
}

/// Signs `payload`. The header's members stand in the order `typ`, `cty`, `alg`, `kid`, and then the
/// caller's own. The length is not limited here, except that of the header; [`verify`] takes 16 KiB.
///
/// # Errors
///
/// [`ErrorKind::InvalidConfiguration`] for a header of more than 4096 characters in base64url;
/// [`ErrorKind::SigningFailed`], which an algorithm that takes random bytes, or an engine of yours, can meet.
#[cfg(feature = "sign")]
pub fn sign(key: &SigningKey, header: &Header, payload: &[u8]) -> Result<String, Error> {
    let header = header.0.encode(&key.verifying_key(), Limits::default().header)?;
    seal(key, signing_input(&header, payload, key.signature_len()))
}

/// The characters of the token of an encoded header and a payload, and a signature of so many bytes.
#[cfg(feature = "sign")]
pub(crate) fn encoded_len(header: &str, payload: &[u8], signature_len: usize) -> usize {
    let payload = base64url::encoded_len(payload.len());
    let signature = base64url::encoded_len(signature_len);
    [header.len(), payload, signature, 2].into_iter().fold(0, usize::saturating_add)
}

/// What is signed, of an encoded header and a payload (RFC 7515 section 5.1), with room for a signature of
/// so many bytes.
#[cfg(feature = "sign")]
pub(crate) fn signing_input(header: &str, payload: &[u8], signature_len: usize) -> Vec<u8> {
    let mut input = Vec::with_capacity(encoded_len(header, payload, signature_len));
    input.extend_from_slice(header.as_bytes());
    input.push(b'.');
    base64url::push(&mut input, payload);
    input
}

/// The token of a signing input.
#[cfg(feature = "sign")]
pub(crate) fn seal(key: &SigningKey, mut input: Vec<u8>) -> Result<String, Error> {
    key.sign(&mut input)?;
    text(input)
}

/// A token as text, which it is: base64url and dots.
#[cfg(feature = "sign")]
pub(crate) fn text(token: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(token).map_err(|_| ErrorKind::SigningFailed.into())
}

/// Verifies the signature of a token of at most 16 KiB with the key of `keys` that fits its header.
///
/// # Errors
///
/// The kinds from [`TokenTooLong`](ErrorKind::TokenTooLong) to
/// [`InvalidSignature`](ErrorKind::InvalidSignature). [`MalformedToken`](ErrorKind::MalformedToken) can
/// also come from the payload, whose spelling is judged after the signature has verified.
pub fn verify<'t>(keys: &KeySet, token: &'t (impl AsRef<[u8]> + ?Sized)) -> Result<Jws<'t>, Error> {
    verify_within(keys, token.as_ref(), Limits::default())
}

/// As [`verify`], with other limits: the most characters of the token, and of its header in base64url, each 1 to
/// 1048576. A header with a certificate chain (`x5c`) has more than the usual 4096. The chain is not looked at:
/// the key is one of `keys`.
///
/// # Errors
///
/// As for [`verify`]; [`ErrorKind::InvalidConfiguration`] for a limit out of range.
pub fn verify_up_to<'t>(
    keys: &KeySet,
    token: &'t (impl AsRef<[u8]> + ?Sized),
    characters: usize,
    header_characters: usize,
) -> Result<Jws<'t>, Error> {
    let limits = Limits { token: characters, header: header_characters };
    verify_within(keys, token.as_ref(), limits.checked()?)
}

fn verify_within<'t>(keys: &KeySet, token: &'t [u8], limits: Limits) -> Result<Jws<'t>, Error> {
    let mut buffer = Vec::new();
    let authentic = compact::authenticate(keys, token, limits, &mut buffer)?;
    Ok(Jws {
        payload: authentic.payload()?,
        signing_input: authentic.signing_input,
        key: authentic.key.clone(),
        typ: authentic.typ().map(str::to_owned),
        cty: authentic.cty().map(str::to_owned),
    })
}

/// A JWS whose signature is right.
pub struct Jws<'t> {
    payload: Vec<u8>,
    signing_input: &'t [u8],
    key: VerifyingKey,
    typ: Option<String>,
    cty: Option<String>,
}

impl<'t> Jws<'t> {
    /// The signed bytes.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The signed bytes, by value.
    #[must_use]
    pub fn into_payload(self) -> Vec<u8> {
        self.payload
    }

    /// The algorithm of the key that verified it.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }

    /// The `kid` of the key that verified it, whether the header names it or not.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.key.kid()
    }

    /// The header's `typ`. It is not compared with anything: [`same_type`] does that.
    #[must_use]
    pub fn typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// The header's `cty`.
    #[must_use]
    pub fn cty(&self) -> Option<&str> {
        self.cty.as_deref()
    }

    /// The JSON text of a header member, as it was signed. Members that carry or point to keys (`jwk`,
    /// `jku`, `x5u`, `x5c`) come from the signer and prove nothing.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<String> {
        let header = self.signing_input.split(|byte| *byte == b'.').next()?;
        let mut buffer = Vec::new();
        let text = compact::decoded_text(header, &mut buffer).ok()?;
        let object = json::parse_object(text).ok()?;
        object.find(name).map(|value| value.as_str().to_owned())
    }

    /// The part of the token that was signed: header and payload, in base64url.
    #[must_use]
    pub fn signing_input(&self) -> &'t [u8] {
        self.signing_input
    }
}

impl fmt::Debug for Jws<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jws").field("key", &self.key).field("payload", &"[redacted]").finish_non_exhaustive()
    }
}

/// Whether two media types are the same (RFC 7515 section 4.1.9): case does not matter, and
/// `application/` may be left out.
#[must_use]
pub fn same_type(one: &str, other: &str) -> bool {
    header::same_type(one, other)
}
