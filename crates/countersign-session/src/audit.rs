//! Audit events: logins, refreshes, revocations and rejected requests.
//!
//! One flat event with words of closed sets, so that a sink can write it anywhere without knowing the cases.
//! It names records (a subject, a session, a token, a key) where an operator must find them again, and never
//! holds a token, a secret, a digest, a password, or a user name as somebody typed it.
//!
//! A request that is let in is no event: it would be one for each request. What a handler refuses itself (a
//! missing scope, say) is not seen here either, and neither is a call whose future was dropped half-way.

pub(crate) mod observe;
#[cfg(feature = "tracing")]
pub(crate) mod tracing_sink;

use std::fmt;
use std::sync::Arc;

use time::OffsetDateTime;

use crate::error::Error;
use crate::error::kind::ErrorKind;

/// Where audit events go.
///
/// It is called where the event happens, on whatever thread that is, after the outcome stands and before the
/// caller learns of it. So it must not block: one that writes to a file or a network hands the event to a
/// queue. It has no way to change the outcome: it returns nothing, and where it panics, the panic is stopped
/// and the event is lost.
pub trait AuditSink: Send + Sync {
    /// Takes one event.
    fn record(&self, event: &AuditEvent<'_>);
}

/// A sink that is shared with the rest of the application.
impl<S: AuditSink + ?Sized> AuditSink for Arc<S> {
    fn record(&self, event: &AuditEvent<'_>) {
        (**self).record(event);
    }
}

/// Something that happened. Debug shows what, and of whom nothing.
#[derive(Clone, Copy)]
pub struct AuditEvent<'a> {
    at: OffsetDateTime,
    outcome: Outcome,
    fields: &'a AuditFields,
    error: Option<&'a Error>,
}

/// What was done, or tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// A log-in with user name and password.
    LogIn,
    /// Tokens for an account that the application authenticated by other means.
    Issue,
    /// A request. Refusals alone are told.
    Authenticate,
    /// A refresh token traded for the next.
    Refresh,
    /// One token revoked, which belongs to no session.
    RevokeToken,
    /// One session ended: a logout.
    RevokeSession,
    /// All that a subject has ended: a logout everywhere.
    RevokeSubject,
    /// A signing key revoked, and with it all that it has signed.
    RevokeKey,
    /// An API key made.
    CreateApiKey,
    /// An API key given a successor, and an end; the successor is an event of its own.
    RotateApiKey,
    /// The API keys of an owner listed. A list emits an event only if it fails.
    ListApiKeys,
    /// An API key removed; or all of an owner's, where the event names no token.
    RemoveApiKey,
    /// Expired entries removed.
    Purge,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// It was done.
    Done,
    /// A refresh token was traded for a second time within the grace, and got the same successor.
    WithinGrace,
    /// It was refused, or could not be done. A refresh with
    /// [`GrantFault::Reused`](crate::GrantFault::Reused) has also ended the session.
    Refused(ErrorKind),
}

impl Action {
    /// The action as a word, for logs and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LogIn => "log_in",
            Self::Issue => "issue",
            Self::Authenticate => "authenticate",
            Self::Refresh => "refresh",
            Self::RevokeToken => "revoke_token",
            Self::RevokeSession => "revoke_session",
            Self::RevokeSubject => "revoke_subject",
            Self::RevokeKey => "revoke_key",
            Self::CreateApiKey => "create_api_key",
            Self::RotateApiKey => "rotate_api_key",
            Self::ListApiKeys => "list_api_keys",
            Self::RemoveApiKey => "remove_api_key",
            Self::Purge => "purge",
        }
    }
}

impl Outcome {
    /// The outcome as a word, for logs and metrics: `done`, `within_grace` or `refused`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::WithinGrace => "within_grace",
            Self::Refused(_) => "refused",
        }
    }

    /// Why it was refused, as a word of [`ErrorKind::as_str`].
    #[must_use]
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Self::Refused(kind) => Some(kind.as_str()),
            Self::Done | Self::WithinGrace => None,
        }
    }
}

impl<'a> AuditEvent<'a> {
    /// When, by the authenticator's clock.
    #[must_use]
    pub fn at(&self) -> OffsetDateTime {
        self.at
    }

    /// What was done, or tried.
    #[must_use]
    pub fn action(&self) -> Action {
        self.fields.action
    }

    /// What came of it.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Whose tokens: the account's subject, once it is known. A log-in that is refused has none, since nobody
    /// has proved to be anybody; neither has a request.
    #[must_use]
    pub fn subject(&self) -> Option<&'a str> {
        self.fields.subject.as_deref()
    }

    /// The session (`sid`) that was begun, refreshed or ended.
    #[must_use]
    pub fn session(&self) -> Option<&'a str> {
        self.fields.session.as_deref()
    }

    /// The id of an API key or random token, or the `jti` of a signed one: a name in lists, not the token.
    #[must_use]
    pub fn token(&self) -> Option<&'a str> {
        self.fields.token.as_deref()
    }

    /// The name (`kid`) of a signing key that was revoked.
    #[must_use]
    pub fn key(&self) -> Option<&'a str> {
        self.fields.key.as_deref()
    }

    /// The error, if it was refused or failed: its [`cause`](Error::cause) is safe to log, and its
    /// [`claim_failures`](Error::claim_failures) say which claim of a signed token was wrong, what was expected
    /// and what came. The client is told none of it.
    #[must_use]
    pub fn error(&self) -> Option<&'a Error> {
        self.error
    }

    /// How many entries a purge removed.
    #[must_use]
    pub fn removed(&self) -> Option<u64> {
        self.fields.removed
    }
}

impl fmt::Debug for AuditEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditEvent")
            .field("action", &self.fields.action)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

/// What is learnt on the way of an operation, for the event at its end.
pub(crate) struct AuditFields {
    pub(crate) action: Action,
    /// What success is called.
    pub(crate) success: Outcome,
    pub(crate) subject: Option<String>,
    pub(crate) session: Option<String>,
    pub(crate) token: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) removed: Option<u64>,
}

impl AuditFields {
    pub(crate) fn of(action: Action) -> Self {
        Self {
            action,
            success: Outcome::Done,
            subject: None,
            session: None,
            token: None,
            key: None,
            removed: None,
        }
    }

    pub(crate) fn subject(action: Action, subject: &str) -> Self {
        Self { subject: Some(subject.to_owned()), ..Self::of(action) }
    }

    pub(crate) fn outcome<T>(&self, result: &Result<T, Error>) -> Outcome {
        match result {
            Ok(_) => self.success,
            Err(error) => Outcome::Refused(error.kind()),
        }
    }
}
