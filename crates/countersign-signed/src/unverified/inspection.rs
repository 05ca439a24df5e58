//! Shows a token by hand, however odd it is.
//!
//! [`UnverifiedToken::parse`](crate::UnverifiedToken::parse) refuses the same tokens as a verifier, so it does not
//! help a person who wants to know *why* a token is refused. This reader decodes as much as it can and lists every
//! oddity. It chooses no key and verifies nothing.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};

use crate::algorithm::Algorithm;
use crate::base64url;
use crate::compact::{self, Limits};
use crate::error::{ClaimFailure, Error};
use crate::json::{self, Fault, Object};
use crate::jwt::malformed_claims;
use crate::keys::MAX_KID_LEN;

/// The texts of a token of three parts, and its oddities:
/// [`UnverifiedToken::inspect`](crate::UnverifiedToken::inspect).
///
/// Security: anybody can write such a token. Its texts may hold control characters, so escape them before they
/// go to a terminal or a log.
///
/// `Debug` shows the oddities and no text of the token.
pub struct Inspection {
    header: String,
    claims: String,
    oddities: Vec<Oddity>,
}

/// One of the parts of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The JOSE header.
    Header,
    /// The claims.
    Claims,
    /// The signature.
    Signature,
}

/// Something about a token that a verifier refuses, or that is unusual. `Display` says it in one line, without any
/// value of the token.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Oddity {
    /// The token is longer than 16384 characters; verifiers need a higher `max_token_length`.
    LongToken,
    /// The header is longer than 4096 characters; verifiers need a higher `max_header_length`.
    LongHeader,
    /// The part is base64, but not canonical base64url: it has padding, white space, `+`, `/` or trailing bits.
    Respelled(Part),
    /// The part is not base64 at all.
    NotBase64(Part),
    /// The part is not UTF-8. The shown text has replacement characters.
    NotUtf8(Part),
    /// The part is not one JSON object of at most 32 levels.
    NotAnObject(Part),
    /// A member name occurs twice in one object.
    DuplicateMember(Part),
    /// A member name starts with `$serde_json::private::`.
    ReservedMember(Part),
    /// The header has no `alg` that is a string.
    NoAlgorithm,
    /// `alg` is `none`: the token is unsigned.
    Unsigned,
    /// `alg` is one that this crate does not know.
    UnknownAlgorithm,
    /// The signature is empty.
    NoSignature,
    /// `kid` is `null`, which counts as absent.
    NullKid,
    /// `kid` is not a string of 1 to 256 bytes.
    InvalidKid,
    /// `typ` is not a string.
    InvalidType,
    /// The header has `cty`, which no token of claims has.
    ContentType,
    /// The header has `crit` or `b64`, which change how a verifier must read the token.
    Extension,
    /// The header brings or points to a key (`jwk`, `jku`, `x5u`, `x5c`). Verifiers never trust it.
    EmbeddedKey,
    /// A registered claim of this name has the wrong form, for example a number as `sub`.
    MalformedClaim(Cow<'static, str>),
    /// The claims have `cnf`: the token is bound to a key or certificate, and is no plain bearer token.
    SenderConstrained,
}

impl Inspection {
    pub(super) fn parse(token: &[u8]) -> Result<Self, Error> {
        let (limits, mut oddities) = (Limits::default(), Vec::new());
        let segments = compact::split(token)?;
        note(&mut oddities, token.len() > limits.token, Oddity::LongToken);
        note(&mut oddities, segments.header.len() > limits.header, Oddity::LongHeader);
        let header = text(Part::Header, segments.header, &mut oddities);
        let claims = text(Part::Claims, segments.payload, &mut oddities);
        decode(Part::Signature, segments.signature, &mut oddities);
        with_object(Part::Header, &header, &mut oddities, header_oddities);
        note(&mut oddities, segments.signature.is_empty(), Oddity::NoSignature);
        with_object(Part::Claims, &claims, &mut oddities, claims_oddities);
        Ok(Self { header, claims, oddities })
    }

    /// The header's text, as it was signed; empty if it is not base64.
    #[must_use]
    pub fn unverified_header(&self) -> &str {
        &self.header
    }

    /// The text of the claims, as it was signed; empty if it is not base64.
    #[must_use]
    pub fn unverified_claims(&self) -> &str {
        &self.claims
    }

    /// The oddities of the token. The list is empty for a token that may verify.
    #[must_use]
    pub fn oddities(&self) -> &[Oddity] {
        &self.oddities
    }
}

fn note(oddities: &mut Vec<Oddity>, holds: bool, oddity: Oddity) {
    if holds {
        oddities.push(oddity);
    }
}

fn text(part: Part, segment: &[u8], oddities: &mut Vec<Oddity>) -> String {
    String::from_utf8(decode(part, segment, oddities)).unwrap_or_else(|error| {
        oddities.push(Oddity::NotUtf8(part));
        String::from_utf8_lossy(error.as_bytes()).into_owned()
    })
}

/// Decodes canonical base64url, or else any spelling of base64.
fn decode(part: Part, segment: &[u8], oddities: &mut Vec<Oddity>) -> Vec<u8> {
    if let Ok(bytes) = base64url::decode(segment) {
        return bytes;
    }
    let mut respelled: Vec<u8> = segment
        .iter()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| match byte {
            b'+' => b'-',
            b'/' => b'_',
            other => *other,
        })
        .collect();
    while respelled.last() == Some(&b'=') {
        respelled.pop();
    }
    let lenient = NO_PAD.with_decode_allow_trailing_bits(true);
    let decoded = GeneralPurpose::new(&alphabet::URL_SAFE, lenient).decode(respelled);
    oddities.push(if decoded.is_ok() { Oddity::Respelled(part) } else { Oddity::NotBase64(part) });
    decoded.unwrap_or_default()
}

fn with_object(
    part: Part,
    text: &str,
    oddities: &mut Vec<Oddity>,
    look: impl FnOnce(&Object<'_>, &mut Vec<Oddity>),
) {
    match json::parse_object(text) {
        Ok(object) => look(&object, oddities),
        Err(Fault::Syntax) => oddities.push(Oddity::NotAnObject(part)),
        Err(Fault::Duplicate) => oddities.push(Oddity::DuplicateMember(part)),
        Err(Fault::Reserved) => oddities.push(Oddity::ReservedMember(part)),
    }
}

fn header_oddities(header: &Object<'_>, oddities: &mut Vec<Oddity>) {
    let has = |name: &str| header.find(name).is_some();
    match header.find("alg").and_then(json::Raw::string) {
        None => oddities.push(Oddity::NoAlgorithm),
        // Whatever the case: libraries were deceived by `nOnE`.
        Some(alg) if alg.eq_ignore_ascii_case("none") => oddities.push(Oddity::Unsigned),
        Some(alg) => note(oddities, Algorithm::from_name(&alg).is_err(), Oddity::UnknownAlgorithm),
    }
    if let Some(kid) = header.find("kid") {
        let is_valid = kid.string().is_some_and(|kid| (1..=MAX_KID_LEN).contains(&kid.len()));
        note(oddities, kid.is_null(), Oddity::NullKid);
        note(oddities, !kid.is_null() && !is_valid, Oddity::InvalidKid);
    }
    note(oddities, header.find("typ").is_some_and(|typ| typ.string().is_none()), Oddity::InvalidType);
    note(oddities, has("cty"), Oddity::ContentType);
    note(oddities, has("crit") || has("b64"), Oddity::Extension);
    note(oddities, ["jwk", "jku", "x5u", "x5c"].into_iter().any(has), Oddity::EmbeddedKey);
}

fn claims_oddities(claims: &Object<'_>, oddities: &mut Vec<Oddity>) {
    let named = |failure: ClaimFailure| Oddity::MalformedClaim(Cow::Owned(failure.claim().to_owned()));
    oddities.extend(malformed_claims(claims).into_iter().map(named));
    note(oddities, claims.find("cnf").is_some(), Oddity::SenderConstrained);
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "the header",
            Self::Claims => "the claims",
            Self::Signature => "the signature",
        })
    }
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LongToken => f.write_str("the token has more than 16384 characters"),
            Self::LongHeader => f.write_str("the header has more than 4096 characters in base64url"),
            Self::Respelled(part) => {
                write!(
                    f,
                    "{part} is not canonical base64url: padding, white space, `+`, `/` or trailing bits"
                )
            }
            Self::NotBase64(part) => write!(f, "{part} is not base64"),
            Self::NotUtf8(part) => write!(f, "{part} is not UTF-8 text"),
            Self::NotAnObject(part) => write!(f, "{part} is not one JSON object of at most 32 levels"),
            Self::DuplicateMember(part) => write!(f, "a member name occurs twice in {part}"),
            Self::ReservedMember(part) => {
                write!(f, "a member name in {part} starts with `$serde_json::private::`")
            }
            Self::NoAlgorithm => f.write_str("the header has no `alg` that is a string"),
            Self::Unsigned => f.write_str("`alg` is `none`: the token is unsigned"),
            Self::UnknownAlgorithm => f.write_str("`alg` is an algorithm that is not supported"),
            Self::NoSignature => f.write_str("the signature is empty"),
            Self::NullKid => f.write_str("`kid` is `null`, which counts as absent"),
            Self::InvalidKid => f.write_str("`kid` is not a string of 1 to 256 bytes"),
            Self::InvalidType => f.write_str("`typ` is not a string"),
            Self::ContentType => f.write_str("the header has `cty`, which no token of claims has"),
            Self::Extension => f.write_str("the header has `crit` or `b64`, which are not supported"),
            Self::EmbeddedKey => {
                f.write_str("the header brings or points to a key, which a verifier never trusts")
            }
            Self::MalformedClaim(name) => write!(f, "the claim `{name}` has the wrong form"),
            Self::SenderConstrained => {
                f.write_str("the token is bound to a key or certificate (`cnf`) and is no plain bearer token")
            }
        }
    }
}

impl fmt::Debug for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inspection").field("oddities", &self.oddities).finish_non_exhaustive()
    }
}
