//! What a signed token says, once it has been verified.
//!
//! It keeps the claims where the verifier has put them, and gives views: a request that is authenticated
//! allocates nothing beyond what reading the claims takes. Tokens of ours and of other issuers are of one type
//! here, since a request is asked the same of both; where they differ stands in [`Origin`].

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use countersign_revocation::{Check, TokenId, Vintage};
use countersign_signed::{
    CachedVerifier, ErrorKind as SignedErrorKind, Identified, Kid, TokenName, Verified, Verifier,
};
use serde::de::DeserializeOwned;
use time::OffsetDateTime;

use crate::claims::OwnClaims;
use crate::{Error, ErrorKind, TokenFault};

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
    /// This service, with the subject's generation at log-in.
    Ours { generation: u64 },
    /// Another, whom the service trusts. In a box, since each request of our own moves what stands here.
    Foreign(Box<Foreign>),
}

/// What is known of a token of another issuer beside its claims.
#[derive(Clone)]
pub(crate) struct Foreign {
    /// How far past its `exp` the token is still taken.
    pub(crate) leeway: Duration,
    /// The subject as the application maps it, where it does.
    pub(crate) subject: Option<String>,
}

impl SignedToken {
    /// Reads a token of this service. One without issuer, subject or `jti` was signed with our key by another program.
    pub(crate) fn ours(verified: Verified<'_, OwnClaims>) -> Result<Self, Refusal> {
        let (own, claims, kid) = verified
            .into_identified()
            .ok_or_else(|| Refusal::because("it lacks `iss` or `sub`: another program signs with our key"))?;
        let OwnClaims { sid, generation, scope, roles } = own;
        match claims.token_name() {
            TokenName::Jti(_) => {
                Ok(Self { claims, kid, sid, scope, roles, origin: Origin::Ours { generation } })
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
            Origin::Foreign(foreign) => foreign.subject.as_deref().unwrap_or_else(|| self.claims.sub()),
            Origin::Ours { .. } => self.claims.sub(),
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
        let vintage = match self.origin {
            Origin::Ours { generation } => Vintage::Generation(generation),
            Origin::Foreign(_) => Vintage::IssuedAt(self.claims.registered().iat()),
        };
        let mut check = Check::new(self.issuer()).token(self.id()).subject(self.claims.sub(), vintage);
        if let Some(sid) = &self.sid {
            check = check.session(sid);
        }
        if let Some(kid) = &self.kid {
            check = check.key(kid.as_str());
        }
        check
    }
}

/// A verified token: this request's own, or one that a cache gives to many.
#[derive(Clone)]
#[allow(
    clippy::large_enum_variant,
    reason = "a box would be the one allocation of a request that is not needed"
)]
pub(crate) enum Held {
    Own(SignedToken),
    Shared(Arc<SignedToken>),
}

impl Deref for Held {
    type Target = SignedToken;

    fn deref(&self) -> &SignedToken {
        match self {
            Self::Own(token) => token,
            Self::Shared(token) => token,
        }
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

    // Where it is a call, the token is moved once more.
    #[inline(always)]
    pub(crate) fn verify<C: DeserializeOwned>(
        &self,
        token: &[u8],
        now: OffsetDateTime,
        read: impl FnOnce(Verified<'_, C>) -> Result<SignedToken, Refusal>,
    ) -> Result<Held, Error> {
        // Not by `and_then`, which would move the claims once more.
        let held = match self {
            Self::Plain(verifier) => match verifier.verify(token, now) {
                Ok(verified) => read(verified).map(Held::Own),
                Err(error) => Err(error.into()),
            },
            Self::Cached(cached) => cached.verify(token, now, read).map(Held::Shared),
        };
        held.map_err(|Refusal(error)| error)
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
