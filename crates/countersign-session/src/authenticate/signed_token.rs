//! What a signed token says, once it has been verified.
//!
//! It keeps the claims where the verifier has put them, and gives views. It stands behind an [`Arc`]: the cache of
//! verified tokens hands one out to many requests, and a service clones its principal freely. Tokens of ours and of other issuers are of one type
//! here, since a request is asked the same of both; where they differ stands in [`Origin`].

use std::sync::Arc;
use std::time::Duration;

use countersign_revocation::{Check, SubjectVersion, TokenId};
use countersign_signed::{
    CachedVerifier, ErrorKind as SignedErrorKind, Identified, Kid, TokenName, Verified, Verifier,
};
use serde::de::DeserializeOwned;
use time::OffsetDateTime;

use crate::error::Error;
use crate::error::kind::{ErrorKind, TokenFault};
use crate::issue::claims::OwnClaims;

/// A verified token. It has a subject, an issuer, and a name under which it can be revoked.
#[derive(Clone)]
pub(crate) struct SignedToken {
    pub(crate) claims: Identified,
    pub(crate) kid: Option<Kid>,
    pub(crate) sid: Option<String>,
    /// Scope tokens with spaces between.
    pub(crate) scope: String,
    pub(crate) roles: Vec<String>,
    pub(crate) origin: Origin,
}

/// Who issued a token.
#[derive(Clone)]
pub(crate) enum Origin {
    /// This service, with the subject's version at log-in.
    Ours { subject_version: u64 },
    /// Another issuer, which the service trusts.
    External {
        /// How far past its `exp` the token is still taken.
        leeway: Duration,
        /// The subject as the application maps it, where it does.
        subject: Option<String>,
    },
}

impl SignedToken {
    /// Reads a token of this service. One without issuer, subject or `jti` was signed with our key by another program.
    pub(crate) fn ours(verified: Verified<'_, OwnClaims>) -> Result<Self, Refusal> {
        let (own, claims, kid) = verified
            .into_identified()
            .ok_or_else(|| Refusal::because("it lacks `iss` or `sub`: another program signs with our key"))?;
        let OwnClaims { sid, generation: subject_version, scope, roles } = own;
        match claims.token_name() {
            TokenName::Jti(_) => {
                Ok(Self { claims, kid, sid, scope, roles, origin: Origin::Ours { subject_version } })
            }
            TokenName::SigningInput(_) => {
                Err(Refusal::because("it lacks `jti`: another program signs with our key"))
            }
        }
    }

    /// The issuer, which its verifier has demanded.
    pub(crate) fn issuer(&self) -> &str {
        self.claims.iss()
    }

    /// The subject for the application.
    pub(crate) fn subject(&self) -> &str {
        match &self.origin {
            Origin::External { subject: Some(subject), .. } => subject,
            Origin::External { .. } | Origin::Ours { .. } => self.claims.sub(),
        }
    }

    /// The name of the token under its issuer.
    pub(crate) fn id(&self) -> TokenId<'_> {
        match self.claims.token_name() {
            TokenName::Jti(jti) => TokenId::Jti(jti),
            TokenName::SigningInput(digest) => TokenId::SigningInput(*digest),
        }
    }

    /// All that a revocation of this token could name.
    pub(crate) fn check(&self) -> Check<'_> {
        let version = match self.origin {
            Origin::Ours { subject_version } => SubjectVersion::Version(subject_version),
            Origin::External { .. } => SubjectVersion::IssuedAt(self.claims.registered().iat()),
        };
        let mut check = Check::new(self.issuer()).token(self.id()).subject(self.claims.sub(), version);
        if let Some(sid) = &self.sid {
            check = check.session(sid);
        }
        if let Some(kid) = &self.kid {
            check = check.key(kid.as_str());
        }
        check
    }
}

/// A verifier, with a memory or without.
pub(crate) enum TokenVerifier {
    Plain(Verifier),
    Cached(CachedVerifier<SignedToken>),
}

impl TokenVerifier {
    /// Remembers as many tokens as `entries` says, if it does.
    pub(crate) fn new(verifier: Verifier, entries: Option<usize>) -> Self {
        match entries {
            Some(entries) => Self::Cached(CachedVerifier::new(verifier, entries)),
            None => Self::Plain(verifier),
        }
    }

    pub(crate) fn verifier(&self) -> &Verifier {
        match self {
            Self::Plain(verifier) => verifier,
            Self::Cached(cached) => cached.verifier(),
        }
    }

    pub(crate) fn verify<C: DeserializeOwned>(
        &self,
        token: &[u8],
        now: OffsetDateTime,
        read: impl FnOnce(Verified<'_, C>) -> Result<SignedToken, Refusal>,
    ) -> Result<Arc<SignedToken>, Error> {
        let verified = match self {
            Self::Plain(verifier) => {
                verifier.verify(token, now).map_err(Refusal::from).and_then(read).map(Arc::new)
            }
            Self::Cached(cached) => cached.verify(token, now, read),
        };
        verified.map_err(|Refusal(error)| error)
    }
}

/// Why a signed token is not taken.
pub(crate) struct Refusal(pub(crate) Error);

impl Refusal {
    /// A verified token that is refused all the same. The operator gets `why`.
    pub(crate) fn because(why: &'static str) -> Self {
        Self(Error::refused(why))
    }
}

impl From<countersign_signed::Error> for Refusal {
    fn from(error: countersign_signed::Error) -> Self {
        let kind = match error.kind() {
            SignedErrorKind::Expired => ErrorKind::InvalidToken(TokenFault::Expired),
            // It says nothing about the token.
            SignedErrorKind::KeysUnavailable => ErrorKind::Unavailable,
            _ => ErrorKind::InvalidToken(TokenFault::Refused),
        };
        Self(Error::caused(kind, error))
    }
}
