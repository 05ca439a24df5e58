//! JSON Web Keys (RFC 7517), taken apart.
//!
//! The text is held to the same strict JSON as tokens are. Members that this crate has no use for (`ext`,
//! `x5c`, names of others) are ignored; those that say how the key may be used are obeyed. A member that is
//! `null` is absent: .NET serializers write all members that they know. Private members in what should be a
//! public key are refused and not dropped, because most likely the private key has been published.

mod members;
#[cfg(feature = "sign")]
mod private;
mod public;
mod write;

use std::borrow::Cow;

use crate::algorithm::{Algorithm, Kind, Public};
use crate::error::{Error, ErrorKind, SkippedKey};
use crate::json::{Fault, parse_object};
use members::{Jwk, invalid};

#[cfg(feature = "sign")]
pub(super) use private::read as read_private;
pub(super) use public::thumbprint_input;
#[cfg(feature = "sign")]
pub(super) use write::private as write_private;
pub(super) use write::public as write_public;

/// Bytes of a JWK.
const MAX_LEN: usize = 16 * 1024;

/// Names that mark a private key (RFC 7518 section 6, RFC 8037 section 2, RFC 9964 section 3).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "priv"];

/// A JWK that verifies.
pub(super) enum Verify {
    Public(Public),
    /// Of an `oct` key.
    Secret(zeroize::Zeroizing<Vec<u8>>),
}

/// What a JWK says, whatever it holds.
pub(super) struct Labels<'a> {
    pub(super) algorithm: Algorithm,
    /// Whether it calls EdDSA by the name that RFC 9864 gives it.
    pub(super) rfc_9864_name: bool,
    pub(super) kid: Option<Cow<'a, str>>,
    pub(super) x5t: Option<Cow<'a, str>>,
    pub(super) x5t_s256: Option<Cow<'a, str>>,
}

/// The caller's knowledge about a key, beside its JWK.
#[derive(Clone, Copy)]
pub(super) enum Wanted {
    Any,
    /// It is for this algorithm, with which an `alg` must agree.
    Exactly(Algorithm),
    /// Keys without `alg` that can be for this one are.
    Assuming(Algorithm),
}

/// Reads a key that verifies.
pub(super) fn read_verifying(text: &str, wanted: Wanted) -> Result<(Labels<'_>, Verify), Error> {
    let jwk = parse(text)?;
    jwk.permit("verify")?;
    if let Some(name) = private_member(&jwk) {
        return Err(Error::noted(
            ErrorKind::InvalidKey,
            format!("expected a public key, found the private member `{name}`"),
        ));
    }
    let labels = labels(&jwk, wanted)?;
    let key = match jwk.kind()? {
        Kind::Secret => Verify::Secret(jwk.bytes("k")?),
        kind => Verify::Public(public::read(&jwk, kind)?),
    };
    Ok((labels, key))
}

fn private_member(jwk: &Jwk<'_>) -> Option<&'static str> {
    PRIVATE.into_iter().find(|name| jwk.has(name))
}

/// Whether the text is one half of a pair, the private one.
pub(super) fn is_private(text: &str) -> bool {
    parse(text).is_ok_and(|jwk| private_member(&jwk).is_some())
}

fn parse(text: &str) -> Result<Jwk<'_>, Error> {
    let text = without_bom(text);
    if text.len() > MAX_LEN {
        return Err(invalid("a JWK has at most 16384 bytes"));
    }
    let members = parse_object(text).map_err(|fault| match fault {
        Fault::Syntax => invalid("it is not one JSON object"),
        Fault::Duplicate => ErrorKind::DuplicateMember.into(),
        Fault::Reserved => ErrorKind::ReservedMember.into(),
    })?;
    Ok(Jwk::new(members))
}

/// Without the byte order mark that editors on Windows write in front of UTF-8.
pub(super) fn without_bom(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// The algorithm of `alg`, of the caller, or of the kind of key, all of which must agree.
fn labels<'a>(jwk: &Jwk<'a>, wanted: Wanted) -> Result<Labels<'a>, Error> {
    let kind = jwk.kind()?;
    let alg = jwk.string("alg")?;
    let rfc_9864_name = alg.as_deref() == Some("Ed25519");
    let named = alg.as_deref().map(Algorithm::from_name).transpose()?;
    let algorithm = match (named, wanted) {
        (Some(named), Wanted::Exactly(wanted)) if named != wanted => {
            let note = format!("expected `alg` {}, found {}", wanted.name(), named.name());
            return Err(Error::noted(ErrorKind::InvalidKey, note));
        }
        (Some(algorithm), _) | (None, Wanted::Exactly(algorithm)) => algorithm,
        (None, Wanted::Assuming(algorithm)) if kind == algorithm.kind() => algorithm,
        (None, Wanted::Any | Wanted::Assuming(_)) => match kind {
            Kind::Ec(_) | Kind::Ed25519 => {
                let only = Algorithm::ALL.iter().copied().find(|algorithm| algorithm.kind() == kind);
                only.ok_or(ErrorKind::UnsupportedAlgorithm)?
            }
            _ => {
                return Err(invalid(
                    "it has no `alg`, and its `kty` allows several: name the one that its issuer signs with \
                     (`from_jwks_assuming` for a set, `from_jwk_as` for a key)",
                ));
            }
        },
    };
    let [x5t, x5t_s256] = ["x5t", "x5t#S256"].map(|name| jwk.certificate_thumbprint(name));
    Ok(Labels { algorithm, rfc_9864_name, kid: jwk.kid()?, x5t, x5t_s256 })
}

/// The key at this place of a set, which is not used for this reason, with what can be read of it.
pub(super) fn skipped(index: usize, text: &str, error: Error) -> SkippedKey {
    let skipped = SkippedKey::new(index, error);
    let Ok(members) = parse_object(text) else { return skipped };
    let jwk = Jwk::new(members);
    let text_of = |name| jwk.string(name).ok().flatten();
    let kid = jwk.kid().ok().flatten();
    skipped.labelled(kid.as_deref(), text_of("kty").as_deref(), text_of("alg").as_deref())
}
