//! The names of a verified token: its issuer, its subject, and the token's own name under its issuer.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::RegisteredClaims;
use crate::json::Span;

/// The registered claims of a verified token that names its issuer and its subject. They are plain values here, so that
/// no caller needs a fallback for a claim that is not there.
///
/// `Debug` shows no value. [`Verified::into_identified`](super::Verified::into_identified) makes one.
#[derive(Clone)]
pub struct Identified {
    registered: RegisteredClaims<'static>,
    names: Names,
}

/// The name of one token under its issuer, by which it is revoked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TokenName<'a> {
    /// Its `jti`.
    Jti(&'a str),
    /// SHA-256 of its signing input, for a token without `jti`.
    SigningInput(&'a [u8; 32]),
}

#[derive(Clone)]
enum Names {
    /// As they stand in the payload: nearly all tokens.
    InPayload { iss: Span, sub: Span, jti: Span },
    /// A text with escapes in it, or a token without `jti`.
    Apart(Box<Apart>),
}

#[derive(Clone)]
struct Apart {
    iss: Box<str>,
    sub: Box<str>,
    token: OwnedName,
}

#[derive(Clone)]
enum OwnedName {
    Jti(Box<str>),
    SigningInput([u8; 32]),
}

impl Identified {
    /// `None` if the token names no issuer or no subject.
    #[inline]
    pub(super) fn new(registered: RegisteredClaims<'static>, signing_input: &[u8]) -> Option<Self> {
        let names = match registered.places.names() {
            [Some(iss), Some(sub), Some(jti)] => Names::InPayload { iss, sub, jti },
            _ => Names::Apart(apart(&registered, signing_input)?),
        };
        Some(Self { registered, names })
    }

    /// The issuer (`iss`). RFC 7519 section 4.1.1.
    #[must_use]
    pub fn iss(&self) -> &str {
        match &self.names {
            Names::InPayload { iss, .. } => iss.of(&self.registered.payload),
            Names::Apart(apart) => &apart.iss,
        }
    }

    /// The subject (`sub`). RFC 7519 section 4.1.2.
    #[must_use]
    pub fn sub(&self) -> &str {
        match &self.names {
            Names::InPayload { sub, .. } => sub.of(&self.registered.payload),
            Names::Apart(apart) => &apart.sub,
        }
    }

    /// The name of the token under its issuer.
    #[must_use]
    pub fn token_name(&self) -> TokenName<'_> {
        match &self.names {
            Names::InPayload { jti, .. } => TokenName::Jti(jti.of(&self.registered.payload)),
            Names::Apart(apart) => match &apart.token {
                OwnedName::Jti(jti) => TokenName::Jti(jti),
                OwnedName::SigningInput(digest) => TokenName::SigningInput(digest),
            },
        }
    }

    /// All registered claims.
    #[must_use]
    pub fn registered(&self) -> &RegisteredClaims<'static> {
        &self.registered
    }
}

#[cold]
fn apart(registered: &RegisteredClaims<'_>, signing_input: &[u8]) -> Option<Box<Apart>> {
    let token = match registered.jti() {
        Some(jti) => OwnedName::Jti(jti.into()),
        None => OwnedName::SigningInput(Sha256::digest(signing_input).into()),
    };
    Some(Box::new(Apart { iss: registered.iss()?.into(), sub: registered.sub()?.into(), token }))
}

impl fmt::Debug for Identified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identified").field("registered", &self.registered).finish_non_exhaustive()
    }
}

impl fmt::Debug for TokenName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jti(_) => "TokenName::Jti",
            Self::SigningInput(_) => "TokenName::SigningInput",
        })
    }
}
