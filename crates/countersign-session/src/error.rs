//! The one error of this crate. What a client is told of it is an [`ErrorResponse`](crate::ErrorResponse).

pub(crate) mod kind;
mod reason;

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use countersign_signed::ClaimFailure;

use crate::authenticate::auth_methods::AuthMethods;
use crate::error::kind::{ConfigurationFault, ErrorKind, GrantFault, TokenFault};

/// Why something was refused, or could not be done.
///
/// The operator learns the reason from [`kind`](Self::kind), [`cause`](Self::cause) and
/// [`claim_failures`](Self::claim_failures); [`AuditEvent::error`](crate::AuditEvent::error) has the error of a
/// rejected request. Display and Debug show the kind alone. The client gets the [`ErrorResponse`](crate::ErrorResponse)
/// that [`Authenticator::error_response`](crate::Authenticator::error_response) makes of it.
pub struct Error {
    kind: ErrorKind,
    /// What the endpoint takes, for the challenge.
    accept: AuthMethods,
    /// Whether it is the token endpoint's, whose codes are those of RFC 6749 section 5.2.
    at_token_endpoint: bool,
    /// The scope that was missing, for the challenge.
    scope: Option<String>,
    /// How long the client is to wait.
    retry_after: Option<Duration>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind) -> Self {
        let accept = AuthMethods::bearer();
        Self { kind, accept, at_token_endpoint: false, scope: None, retry_after: None, source: None }
    }

    pub(crate) fn caused(kind: ErrorKind, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { source: Some(source.into()), ..Self::new(kind) }
    }

    /// A token that is refused, for the reason that `why` gives in fixed words.
    pub(crate) fn refused(why: &'static str) -> Self {
        Self::because(TokenFault::Refused, why)
    }

    /// A token with a fault, for the reason that `why` gives in fixed words.
    pub(crate) fn because(fault: TokenFault, why: &'static str) -> Self {
        Self::caused(ErrorKind::InvalidToken(fault), Reason(why))
    }

    pub(crate) fn missing_scope(scope: &str) -> Self {
        Self { scope: Some(scope.to_owned()), ..Self::new(ErrorKind::InsufficientScope) }
    }

    /// Refused by the limiter; rounded up to whole seconds, which is what `Retry-After` counts in.
    pub(crate) fn too_many_attempts(retry_after: Duration) -> Self {
        let seconds = retry_after.as_secs().saturating_add(u64::from(retry_after.subsec_nanos() > 0)).max(1);
        let retry_after = Some(Duration::from_secs(seconds));
        Self { retry_after, ..Self::new(ErrorKind::TooManyAttempts) }
    }

    /// The same error at an endpoint that takes `accept`.
    pub(crate) fn at(self, accept: AuthMethods) -> Self {
        Self { accept, ..self }
    }

    /// As [`at`](Self::at), where the error stands.
    pub(crate) fn set_accept(&mut self, accept: AuthMethods) {
        self.accept = accept;
    }

    /// The same error at the token endpoint, which takes Basic.
    pub(crate) fn at_token_endpoint(self) -> Self {
        Self { accept: AuthMethods::basic(), at_token_endpoint: true, ..self }
    }

    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The cause, if its text is safe to log. It is an error of countersign's own crates:
    ///
    /// - about a token or a header, with kinds and names of claims and never a value;
    /// - about a store, with the cause in the engine's fixed words, for example "the revocation store cannot answer:
    ///   the server refused the password".
    ///
    /// The errors of drivers and of the application are behind [`source`](StdError::source) alone, since their texts
    /// may hold anything.
    #[must_use]
    pub fn cause(&self) -> Option<&(dyn StdError + 'static)> {
        self.source().filter(|source| {
            source.is::<countersign_signed::Error>()
                || source.is::<countersign_header::Error>()
                || source.is::<countersign_random::Error>()
                || source.is::<countersign_revocation::Error>()
                || source.is::<countersign_token_store::Error>()
                || source.is::<Reason>()
        })
    }

    /// The claims of a signed token that failed, each with its name, and with the expected and the received value
    /// where there is one. Empty unless the signature was right. The values may be personal data: do not send
    /// them to the client.
    #[must_use]
    pub fn claim_failures(&self) -> &[ClaimFailure] {
        let error = self.source().and_then(<dyn StdError>::downcast_ref::<countersign_signed::Error>);
        error.map_or(&[], countersign_signed::Error::failures)
    }

    pub(crate) fn accept(&self) -> AuthMethods {
        self.accept
    }

    pub(crate) fn is_at_token_endpoint(&self) -> bool {
        self.at_token_endpoint
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    pub(crate) fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }
}

impl From<ConfigurationFault> for Error {
    fn from(fault: ConfigurationFault) -> Self {
        Self::new(ErrorKind::InvalidConfiguration(fault))
    }
}

impl From<GrantFault> for Error {
    fn from(fault: GrantFault) -> Self {
        Self::new(ErrorKind::InvalidGrant(fault))
    }
}

impl From<TokenFault> for Error {
    fn from(fault: TokenFault) -> Self {
        Self::new(ErrorKind::InvalidToken(fault))
    }
}

impl From<countersign_revocation::Error> for Error {
    fn from(error: countersign_revocation::Error) -> Self {
        Self::caused(ErrorKind::Unavailable, error)
    }
}

impl From<countersign_token_store::Error> for Error {
    fn from(error: countersign_token_store::Error) -> Self {
        Self::caused(ErrorKind::Unavailable, error)
    }
}

/// Random bytes could not be had, or a token could not be put together: nothing was handed out.
impl From<countersign_random::Error> for Error {
    fn from(error: countersign_random::Error) -> Self {
        Self::caused(ErrorKind::Unavailable, error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.kind {
            ErrorKind::InvalidConfiguration(fault) => {
                return write!(f, "the authenticator is not configured for this: {fault}");
            }
            ErrorKind::NoCredentials => "the request shows no credentials",
            ErrorKind::UnacceptedCredentials => "the endpoint does not take such credentials",
            ErrorKind::MalformedRequest => "the request's credentials are malformed",
            ErrorKind::InvalidCredentials => "user name or password are wrong",
            ErrorKind::TooManyAttempts => "too many log-ins have failed",
            ErrorKind::InvalidToken(_) => "the token is not good",
            ErrorKind::InvalidGrant(_) => "the refresh token is not good",
            ErrorKind::InsufficientScope => "the credentials are not good for this",
            ErrorKind::TooManyApiKeys => "the owner has the maximum of API keys; remove one first",
            ErrorKind::ApiKeyNameTooLong => "the name of an API key is longer than 256 bytes",
            ErrorKind::Unavailable => "a store is out of reach",
            ErrorKind::Busy => "too many log-ins are waiting",
        };
        f.write_str(text)
    }
}

/// A reason in fixed words.
#[derive(Debug)]
struct Reason(&'static str);

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl StdError for Reason {}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn StdError + 'static))
    }
}
