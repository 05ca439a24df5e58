//! The one error of this crate. What a client is told of it is a [`Reply`](crate::Reply).

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use countersign_revocation::Scope;
use countersign_signed::ClaimFailure;

use crate::Accept;

/// Why something was refused, or could not be done.
///
/// The operator learns the reason from [`kind`](Self::kind), [`cause`](Self::cause) and
/// [`claim_failures`](Self::claim_failures); [`AuditEvent::error`](crate::AuditEvent::error) has the error of a
/// rejected request. Display and Debug show the kind alone. The client gets the [`Reply`](crate::Reply) that
/// [`Authenticator::reply`](crate::Authenticator::reply) makes of it.
pub struct Error {
    kind: ErrorKind,
    /// What the endpoint takes, for the challenge.
    accept: Accept,
    /// Whether it is the token endpoint's, whose codes are those of RFC 6749 section 5.2.
    at_token_endpoint: bool,
    /// The scope that was missing, for the challenge.
    scope: Option<String>,
    /// How long the client is to wait.
    retry_after: Option<Duration>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The kind of an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request has no `Authorization`.
    NoCredentials,
    /// The request shows credentials of a kind that the endpoint does not take.
    UnacceptedCredentials,
    /// `Authorization` is malformed, or there are several.
    MalformedRequest,
    /// User name or password are wrong; which of them is not told, and not known here.
    InvalidCredentials,
    /// Too many log-ins have failed under this user name or from this address. Whether this one would have
    /// succeeded was not looked at.
    TooManyAttempts,
    /// The access token or API key is not good.
    InvalidToken(TokenFault),
    /// The refresh token is not good.
    InvalidGrant(GrantFault),
    /// The credentials are good, but not for this.
    InsufficientScope,
    /// The owner has as many API keys as the service allows
    /// ([`max_api_keys_per_owner`](crate::AuthenticatorBuilder::max_api_keys_per_owner)). Remove one first.
    TooManyApiKeys,
    /// The name of an API key is longer than 256 bytes.
    ApiKeyNameTooLong,
    /// Something that the answer depends on cannot be reached. Nothing was let in or handed out.
    Unavailable,
    /// Too many log-ins are waiting.
    Busy,
    /// The authenticator was not built for what was asked of it, or cannot be built so.
    InvalidConfiguration(ConfigurationFault),
}

/// What is wrong with an access token or API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenFault {
    /// It is not well formed, was not signed by us, or does not say what ours say.
    Refused,
    /// It was good once.
    Expired,
    /// It was revoked; the scope says how.
    Revoked(Scope),
    /// No such token is known.
    Unknown,
}

/// What is wrong with a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GrantFault {
    /// It is not well formed.
    Malformed,
    /// No such session is known.
    Unknown,
    /// The session's time is over.
    Expired,
    /// The session had been ended.
    Revoked,
    /// It had been used before: the session has been ended, and its access tokens revoked.
    Reused,
    /// The session's account is gone: the session has been ended.
    AccountGone,
}

/// What is wrong with how an [`Authenticator`](crate::Authenticator) is, or was to be, built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConfigurationFault {
    /// A name is empty or has a character that it must not have: issuer, audience, realm, scope, `kid`.
    InvalidName,
    /// Signed tokens need a signing key.
    NoSigningKey,
    /// The signing key has no `kid`: it could be neither revoked nor told from its successor.
    SigningKeyWithoutKid,
    /// Signed tokens need a store of revocations.
    NoRevocationStore,
    /// Sessions, random tokens and API keys need a token store.
    NoTokenStore,
    /// Sessions, random tokens and API keys need digest keys.
    NoDigestKeys,
    /// Log-in with a password and refresh need a credential verifier.
    NoCredentialVerifier,
    /// A limiter is set, and a password came from a client whose address is not known.
    NoClientAddress,
    /// Refresh tokens are derived with the primary digest key, which must therefore be a keyed one.
    PlainDigestKey,
    /// A lifetime is zero, or they contradict each other: the access token's is to be at most 24 hours and
    /// at most the idle one, the idle one at most the absolute one, and that at most 400 days; grace is to
    /// be at most 5 minutes and less than the idle lifetime, leeway at most 5 minutes.
    InvalidLifetimes,
    /// The prefix does not leave room for the kinds' own, or is malformed.
    InvalidPrefix,
    /// The keys do not make a set: two of them share their `kid` and algorithm.
    InvalidKeySet,
    /// Two digest keys have one id, or there are more than three.
    InvalidDigestKeys,
    /// It is the key that signs: another one must take its place first.
    KeyInUse,
    /// A verifier of another issuer's tokens names no issuer, this service, or the same as another one; or no
    /// such issuer is accepted.
    InvalidIssuers,
    /// No refresh tokens are issued.
    NoRefreshTokens,
    /// An account has more roles or scopes than a token can hold (16 KiB in all).
    OversizedAccount,
    /// A limit is not one: see [`Limit::new`](crate::Limit::new).
    InvalidLimit,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind) -> Self {
        let accept = Accept::bearer();
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
    pub(crate) fn at(self, accept: Accept) -> Self {
        Self { accept, ..self }
    }

    /// As [`at`](Self::at), where the error stands.
    pub(crate) fn set_accept(&mut self, accept: Accept) {
        self.accept = accept;
    }

    /// The same error at the token endpoint, which takes Basic.
    pub(crate) fn at_token_endpoint(self) -> Self {
        Self { accept: Accept::basic(), at_token_endpoint: true, ..self }
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

    pub(crate) fn accept(&self) -> Accept {
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

impl From<crate::CredentialError> for Error {
    fn from(error: crate::CredentialError) -> Self {
        let kind = match error.kind() {
            crate::CredentialErrorKind::Busy => ErrorKind::Busy,
            crate::CredentialErrorKind::Unavailable => ErrorKind::Unavailable,
        };
        Self::caused(kind, error)
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
