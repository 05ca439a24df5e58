//! Reading a token without verifying it: for choosing among verifiers and for looking at what came.
//!
//! Anybody can write such a token, so nothing in it is true. It is a type of its own, whose every reader
//! says `unverified`, so that no code takes its claims for [`Verified`](crate::Verified) ones, and a search
//! for that word finds all places that do. The text is held to what a verifier holds it to before and
//! after the signature, so that whatever is refused here is refused there too, and what is read here is
//! what would be verified.
//!
//! It judges no claim, reads no clock, and does not tell whether there is a key for the token.

mod inspection;

use std::fmt;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde::Deserialize;

use crate::algorithm::Algorithm;
use crate::base64url::{self, Scratch};
use crate::compact::{self, Limits, Segments};
use crate::error::{Error, ErrorKind};
use crate::header::Header;
use crate::json::{self, Raw};

pub use inspection::{Inspection, Oddity, Part};

/// A token whose signature nobody has checked.
///
/// What it may be used for:
///
/// - to choose what verifies the token: which verifier, which cache of keys is to be asked for new ones.
///   Whatever is chosen then verifies everything itself. For issuers, [`Issuers`](crate::Issuers) does that;
/// - to look at a token by hand.
///
/// What it must not be used for: to let anybody in, to find an account, to fetch a key from where the token
/// says, or to count or to block by what it says, which would let anyone do so in another's name. It is no
/// proof of expiry either. Logs get what an attacker wrote, so it is to be escaped and cut there.
///
/// `Debug` shows the algorithm and no text of the token.
///
/// ```
/// use countersign_signed::UnverifiedToken;
///
/// let token = UnverifiedToken::parse(
///     "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJzb21lIjoicGF5bG9hZCJ9.\
///      Joh1R2dYzkRvDkqv3sygm5YyK8Gi4ShZqbhK2gxcs2U",
/// )?;
/// assert_eq!(token.unverified_alg().name(), "HS256");
/// assert_eq!((token.unverified_typ(), token.unverified_kid()), (Some("JWT"), None));
/// let claims: serde_json::Value = token.unverified_claims()?;
/// assert_eq!(claims["some"], "payload");
/// # Ok::<(), countersign_signed::Error>(())
/// ```
#[derive(Clone)]
pub struct UnverifiedToken {
    algorithm: Algorithm,
    kid: Option<String>,
    typ: Option<String>,
    iss: Option<String>,
    payload: String,
}

impl UnverifiedToken {
    /// Reads a token of at most 16384 characters, which is what verifiers take by default.
    ///
    /// # Errors
    ///
    /// As for [`parse_up_to`](Self::parse_up_to).
    pub fn parse(token: &(impl AsRef<[u8]> + ?Sized)) -> Result<Self, Error> {
        Self::parse_within(token.as_ref(), Limits::default())
    }

    /// Reads a token of at most this many characters, header included, for tokens of verifiers with
    /// [another limit](crate::VerifierBuilder::max_token_length).
    ///
    /// # Errors
    ///
    /// Those of a verifier that need no key: [`TokenTooLong`](ErrorKind::TokenTooLong),
    /// [`MalformedToken`](ErrorKind::MalformedToken), [`EncryptedToken`](ErrorKind::EncryptedToken),
    /// [`JsonSerialization`](ErrorKind::JsonSerialization), [`InvalidJson`](ErrorKind::InvalidJson),
    /// [`DuplicateMember`](ErrorKind::DuplicateMember), [`InvalidHeader`](ErrorKind::InvalidHeader),
    /// [`UnsupportedHeader`](ErrorKind::UnsupportedHeader) and
    /// [`UnsupportedAlgorithm`](ErrorKind::UnsupportedAlgorithm), which `none` is.
    pub fn parse_up_to(token: &(impl AsRef<[u8]> + ?Sized), characters: usize) -> Result<Self, Error> {
        Self::parse_within(token.as_ref(), Limits { token: characters, header: characters })
    }

    fn parse_within(token: &[u8], limits: Limits) -> Result<Self, Error> {
        let Segments { header, payload, signature, .. } = compact::segments(token, limits)?;
        let mut buffer = Vec::new();
        let header = Header::parse(compact::decoded_text(header, &mut buffer)?)?;
        Scratch::new().decode(signature).map_err(|_| ErrorKind::MalformedToken)?;
        let payload = compact::decoded_text(payload, &mut Vec::new())?.to_owned();
        let iss = issuer(&payload)?;
        Ok(Self {
            algorithm: header.algorithm,
            kid: header.kid().map(str::to_owned),
            typ: header.typ.map(String::from),
            iss,
            payload,
        })
    }

    /// Shows any token of three parts, however odd, and lists its oddities: for a person who looks at a token that a
    /// verifier has refused.
    ///
    /// ```
    /// use countersign_signed::{Oddity, UnverifiedToken};
    ///
    /// let shown = UnverifiedToken::inspect("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.")?;
    /// assert_eq!(shown.unverified_header(), r#"{"alg":"none"}"#);
    /// assert_eq!(shown.unverified_claims(), r#"{"sub":"alice"}"#);
    /// assert_eq!(shown.oddities(), [Oddity::Unsigned, Oddity::NoSignature]);
    /// # Ok::<(), countersign_signed::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`MalformedToken`](ErrorKind::MalformedToken), [`EncryptedToken`](ErrorKind::EncryptedToken) or
    /// [`JsonSerialization`](ErrorKind::JsonSerialization) if the token does not have three parts.
    pub fn inspect(token: &(impl AsRef<[u8]> + ?Sized)) -> Result<Inspection, Error> {
        Inspection::parse(token.as_ref())
    }

    /// The header's `alg`. It is one that this crate knows.
    #[must_use]
    pub fn unverified_alg(&self) -> Algorithm {
        self.algorithm
    }

    /// The header's `kid`: 1 to 256 bytes.
    #[must_use]
    pub fn unverified_kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The header's `typ`.
    #[must_use]
    pub fn unverified_typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// The claim `iss`; nothing if there is none or it is no string.
    #[must_use]
    pub fn unverified_iss(&self) -> Option<&str> {
        self.iss.as_deref()
    }

    /// The claims, for looking at them. No check has been made: they may have expired, be for another
    /// service, or be an attacker's.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ClaimsDeserialize`] if `C` does not take them.
    pub fn unverified_claims<'a, C: Deserialize<'a>>(&'a self) -> Result<C, Error> {
        let object = json::parse_object(&self.payload)?;
        json::claims::read(&object)
    }
}

/// The `iss` of a token, whose text goes to `buffer`: what [`Issuers`](crate::Issuers) chooses by.
///
/// It decodes and walks the claims once.
pub(crate) fn with_issuer<T>(
    token: &[u8],
    limits: Limits,
    buffer: &mut Vec<u8>,
    choose: impl FnOnce(&str) -> Option<T>,
) -> Result<T, Error> {
    let payload = compact::decoded_text(compact::segments(token, limits)?.payload, buffer)?;
    let object = json::parse_object(payload)?;
    let iss = object.find("iss").and_then(Raw::string);
    Ok(iss.and_then(|iss| choose(&iss)).ok_or(ErrorKind::UnknownIssuer)?)
}

/// Characters of a payload in which the issuer is looked for at a glance. A multiple of four, so that they are whole
/// bytes.
const GLANCE: usize = 256;

/// What stands behind the first `"iss":` that meets the eye, where there is one near the beginning: the issuer, as a
/// rule, at a quarter of the price of reading it. In a token that is written otherwise, or to deceive, it may be
/// anything, which is for the caller to find out.
pub(crate) fn at_a_glance<T>(token: &[u8], choose: impl FnOnce(&str) -> Option<T>) -> Option<T> {
    static NAME: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(br#""iss":""#));
    let header = memchr::memchr(b'.', token)?;
    let rest = token.get(header.checked_add(1)?..)?;
    let rest = rest.get(..GLANCE).unwrap_or(rest);
    let payload = memchr::memchr(b'.', rest).and_then(|end| rest.get(..end)).unwrap_or(rest);
    let mut bytes = [0; GLANCE / 4 * 3];
    let written = base64url::decode_slice(payload, &mut bytes).ok()?;
    let bytes = bytes.get(..written)?;
    let start = NAME.find(bytes)?.checked_add(NAME.needle().len())?;
    let bytes = bytes.get(start..)?;
    let issuer = bytes.get(..memchr::memchr(b'"', bytes)?)?;
    choose(std::str::from_utf8(issuer).ok()?)
}

fn issuer(payload: &str) -> Result<Option<String>, Error> {
    let object = json::parse_object(payload)?;
    Ok(object.find("iss").and_then(Raw::string).map(String::from))
}

impl fmt::Debug for UnverifiedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedToken").field("unverified_alg", &self.algorithm).finish_non_exhaustive()
    }
}
