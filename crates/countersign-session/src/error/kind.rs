//! What can be wrong, as closed sets of kinds: of a request, of a token, and of the configuration.

use countersign_revocation::Scope;

/// The kind of an [`Error`](crate::Error).
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
