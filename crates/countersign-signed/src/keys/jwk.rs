//! JSON Web Keys (RFC 7517), taken apart.
//!
//! The text is held to the same strict JSON as tokens are. Members that this crate has no use for (`ext`,
//! `x5c`, `x5t`, names of others) are passed over; those that say how the key may be used are obeyed.
//! Private members in what should be a public key are refused and not dropped: whoever has them there has
//! most likely published them.

mod members;
#[cfg(feature = "sign")]
mod private;
mod public;
mod write;

use std::borrow::Cow;

use crate::algorithm::{Algorithm, Kind, Public};
use crate::error::{Error, ErrorKind, Redacted};
use crate::json::{Fault, Kept};
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
}

/// What the reader knows of a key beside its JWK.
#[derive(Clone, Copy)]
pub(super) enum Wanted {
    Any,
    /// It is for this algorithm, with which an `alg` must agree.
    Exactly(Algorithm),
    /// RSA keys without `alg` are for this one.
    ForRsa(Algorithm),
}

/// Reads a key that verifies.
pub(super) fn read_verifying(text: &str, wanted: Wanted) -> Result<(Labels<'_>, Verify), Error> {
    let jwk = parse(text)?;
    jwk.permit("verify")?;
    if let Some(name) = PRIVATE.into_iter().find(|name| jwk.has(name)) {
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

fn parse(text: &str) -> Result<Jwk<'_>, Error> {
    if text.len() > MAX_LEN {
        return Err(invalid("a JWK has at most 16384 bytes"));
    }
    let members = Kept::parse(text).map_err(|fault| match fault {
        Fault::Syntax => invalid("it is not one JSON object"),
        Fault::Duplicate => ErrorKind::DuplicateMember.into(),
        Fault::Reserved => ErrorKind::ReservedMember.into(),
    })?;
    Ok(Jwk::new(members))
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
        (None, Wanted::Any | Wanted::ForRsa(_)) => match (kind, wanted) {
            (Kind::Ec(_) | Kind::Ed25519, _) => {
                let only = Algorithm::ALL.iter().copied().find(|algorithm| algorithm.kind() == kind);
                only.ok_or(ErrorKind::UnsupportedAlgorithm)?
            }
            (Kind::Rsa(_), Wanted::ForRsa(algorithm)) => algorithm,
            _ => return Err(invalid("it has no `alg`, and its `kty` alone does not tell the algorithm")),
        },
    };
    Ok(Labels { algorithm, rfc_9864_name, kid: jwk.kid()? })
}

/// The `kid` of a JWK that may be of no use otherwise.
pub(super) fn kid_of(text: &str) -> Option<Redacted> {
    let kid = Jwk::new(Kept::parse(text).ok()?).kid().ok()?;
    kid.map(Redacted::new)
}
