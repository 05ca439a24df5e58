//! Whom a request comes from.

use std::fmt;

use time::OffsetDateTime;

use crate::{Accept, Error};

/// Whom a request comes from, and what they may do. Debug shows how it was authenticated, and nothing of
/// whom.
#[derive(Clone, PartialEq, Eq)]
pub struct Principal {
    pub(crate) subject: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) roles: Vec<String>,
    pub(crate) presented: Presented,
    /// What the endpoint takes, for the challenge of a later refusal.
    pub(crate) accept: Accept,
}

/// How a request was authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Method {
    /// By user name and password.
    Basic,
    /// By a signed access token.
    SignedToken,
    /// By a random access token.
    RandomToken,
    /// By an API key.
    ApiKey,
}

/// What was presented: enough to revoke it, and not the thing itself.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Presented {
    /// With a generation that was read before the password was found to be right.
    Basic {
        generation: u64,
    },
    SignedToken {
        jti: String,
        session: Option<String>,
        generation: u64,
        exp: OffsetDateTime,
    },
    RandomToken {
        id: String,
    },
    ApiKey {
        id: String,
    },
}

impl Principal {
    /// The subject: the account that the request speaks for.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// How the request was authenticated.
    #[must_use]
    pub fn method(&self) -> Method {
        match self.presented {
            Presented::Basic { .. } => Method::Basic,
            Presented::SignedToken { .. } => Method::SignedToken,
            Presented::RandomToken { .. } => Method::RandomToken,
            Presented::ApiKey { .. } => Method::ApiKey,
        }
    }

    /// The session (`sid`) that the token comes from, if it has one.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        match &self.presented {
            Presented::SignedToken { session, .. } => session.as_deref(),
            Presented::Basic { .. } | Presented::RandomToken { .. } | Presented::ApiKey { .. } => None,
        }
    }

    /// The granted scopes, one scope token each.
    #[must_use]
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// The roles. API keys and random tokens carry none.
    #[must_use]
    pub fn roles(&self) -> &[String] {
        &self.roles
    }

    /// Demands a scope: a constant of the endpoint's, since it is named in the challenge.
    ///
    /// # Errors
    /// [`InsufficientScope`](crate::ErrorKind::InsufficientScope) (403), with the scope in the challenge.
    pub fn require_scope(&self, scope: &str) -> Result<(), Error> {
        if self.scopes.iter().any(|granted| granted == scope) {
            Ok(())
        } else {
            Err(Error::missing_scope(scope).at(self.accept))
        }
    }

    /// Demands a role.
    ///
    /// # Errors
    /// [`InsufficientScope`](crate::ErrorKind::InsufficientScope) (403).
    pub fn require_role(&self, role: &str) -> Result<(), Error> {
        if self.roles.iter().any(|granted| granted == role) {
            Ok(())
        } else {
            Err(Error::new(crate::ErrorKind::InsufficientScope).at(self.accept))
        }
    }
}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Principal").field("method", &self.method()).finish_non_exhaustive()
    }
}
