//! The authenticated caller of a request.
//!
//! A principal keeps the token that authenticated the request and borrows from it. It splits the scopes only when a
//! handler asks for them.

use std::fmt;
use std::sync::Arc;

use countersign_signed::RegisteredClaims;
use countersign_token_store::Kind;
use time::OffsetDateTime;

use crate::authenticate::auth_methods::{AuthMethod, AuthMethods};
use crate::authenticate::signed_token::{Origin, SignedToken};
use crate::error::Error;
use crate::error::kind::ErrorKind;
use crate::log_in::credentials::Account;

/// Whom a request comes from, and what they may do. Debug shows how it was authenticated, and nothing of
/// whom.
#[derive(Clone)]
pub struct Principal {
    pub(crate) presented: Presented,
    /// What the endpoint takes, for the challenge of a later refusal.
    pub(crate) accept: AuthMethods,
}

/// What was presented: enough to revoke it, and not the thing itself.
#[derive(Clone)]
pub(crate) enum Presented {
    /// With a subject version that was read before the password was found to be right.
    Basic { issuer: Arc<str>, account: Account, subject_version: u64 },
    /// A signed token, ours or another issuer's.
    Signed(Arc<SignedToken>),
    /// An API key or a random access token.
    Stored {
        issuer: Arc<str>,
        kind: Kind,
        id: String,
        owner: String,
        scopes: Vec<String>,
        roles: Vec<String>,
        expires_at: Option<OffsetDateTime>,
    },
}

impl Principal {
    /// The subject: the account that the request speaks for, under its [`issuer`](Self::issuer).
    ///
    /// Security: subjects of two issuers may be spelled alike and be different accounts. Where a service
    /// accepts tokens of other issuers, what it keeps by subject is to be kept by both.
    #[must_use]
    pub fn subject(&self) -> &str {
        match &self.presented {
            Presented::Basic { account, .. } => &account.subject,
            Presented::Signed(token) => token.subject(),
            Presented::Stored { owner, .. } => owner,
        }
    }

    /// The issuer whose subject it is: this service, unless the method is [`AuthMethod::ExternalToken`].
    #[must_use]
    pub fn issuer(&self) -> &str {
        match &self.presented {
            Presented::Basic { issuer, .. } | Presented::Stored { issuer, .. } => issuer,
            Presented::Signed(token) => token.issuer(),
        }
    }

    /// How the request was authenticated.
    #[must_use]
    pub fn method(&self) -> AuthMethod {
        match &self.presented {
            Presented::Basic { .. } => AuthMethod::Basic,
            Presented::Signed(token) => match token.origin {
                Origin::Ours { .. } => AuthMethod::SignedToken,
                Origin::External { .. } => AuthMethod::ExternalToken,
            },
            Presented::Stored { kind: Kind::ApiKey, .. } => AuthMethod::ApiKey,
            Presented::Stored { .. } => AuthMethod::RandomToken,
        }
    }

    /// The session (`sid`) that the token comes from, if it has one; of the issuer's, like the subject.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.signed_token()?.sid.as_deref()
    }

    /// The granted scopes, one scope token each.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        let (text, list) = match &self.presented {
            Presented::Basic { account, .. } => ("", account.scopes.as_slice()),
            Presented::Signed(token) => (token.scope.as_str(), [].as_slice()),
            Presented::Stored { scopes, .. } => ("", scopes.as_slice()),
        };
        text.split_ascii_whitespace().chain(list.iter().map(String::as_str))
    }

    /// Whether a scope was granted.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes().any(|granted| granted == scope)
    }

    /// The roles: of an access token those of the account at login or at the last refresh, of a token of another
    /// issuer those that the application gives it ([`TrustedIssuer::map`](crate::TrustedIssuer::map)), of an API key
    /// those that its maker gave it ([`NewApiKey::roles`](crate::NewApiKey::roles)).
    #[must_use]
    pub fn roles(&self) -> &[String] {
        match &self.presented {
            Presented::Basic { account, .. } => &account.roles,
            Presented::Signed(token) => &token.roles,
            Presented::Stored { roles, .. } => roles,
        }
    }

    /// Whether a role was given.
    #[must_use]
    pub fn has_role(&self, role: &str) -> bool {
        self.roles().iter().any(|given| given == role)
    }

    /// Whether the principal has all these scopes and roles, and so may pass them on.
    pub(crate) fn check_grants(&self, scopes: &[String], roles: &[String]) -> Result<(), Error> {
        let has_all =
            scopes.iter().all(|scope| self.has_scope(scope)) && roles.iter().all(|role| self.has_role(role));
        if has_all { Ok(()) } else { Err(Error::new(ErrorKind::InsufficientScope)) }
    }

    /// From when on the token is refused: `exp` of a signed one, the stored end of an API key or a random token. None
    /// for Basic credentials, and for an API key without an end. A signed token is taken for the leeway longer.
    #[must_use]
    pub fn expires_at(&self) -> Option<OffsetDateTime> {
        match &self.presented {
            Presented::Basic { .. } => None,
            Presented::Signed(token) => token.claims.registered().exp(),
            Presented::Stored { expires_at, .. } => *expires_at,
        }
    }

    /// The claims of a signed token, as it has them: the registered ones, and by
    /// [`read`](RegisteredClaims::read) all others.
    #[must_use]
    pub fn claims(&self) -> Option<&RegisteredClaims<'_>> {
        Some(self.signed_token()?.claims.registered())
    }

    /// Demands a scope: a constant of the endpoint's, since it is named in the challenge.
    ///
    /// # Errors
    /// [`InsufficientScope`](ErrorKind::InsufficientScope) (403), with the scope in the challenge.
    pub fn require_scope(&self, scope: &str) -> Result<(), Error> {
        if self.has_scope(scope) { Ok(()) } else { Err(Error::missing_scope(scope).at(self.accept)) }
    }

    /// Demands a role.
    ///
    /// # Errors
    /// [`InsufficientScope`](ErrorKind::InsufficientScope) (403).
    pub fn require_role(&self, role: &str) -> Result<(), Error> {
        if self.has_role(role) {
            Ok(())
        } else {
            Err(Error::new(ErrorKind::InsufficientScope).at(self.accept))
        }
    }

    fn signed_token(&self) -> Option<&SignedToken> {
        match &self.presented {
            Presented::Signed(token) => Some(token),
            Presented::Basic { .. } | Presented::Stored { .. } => None,
        }
    }
}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Principal").field("method", &self.method()).finish_non_exhaustive()
    }
}
