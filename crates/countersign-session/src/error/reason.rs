//! The kinds of errors as words: a closed set for logs and metrics, where Debug would be no promise.

use std::fmt;

use countersign_revocation::Scope;

use crate::error::kind::{ConfigurationFault, ErrorKind, GrantFault, TokenFault};

impl ErrorKind {
    /// The kind as a word, with the fault of a token after a dot: `invalid_token.expired`. For the service's owner; a
    /// client is told less, by an [`ErrorResponse`](crate::ErrorResponse).
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoCredentials => "no_credentials",
            Self::UnacceptedCredentials => "unaccepted_credentials",
            Self::MalformedRequest => "malformed_request",
            Self::InvalidCredentials => "invalid_credentials",
            Self::TooManyAttempts => "too_many_attempts",
            Self::InvalidToken(fault) => match fault {
                TokenFault::Refused => "invalid_token.refused",
                TokenFault::Expired => "invalid_token.expired",
                TokenFault::Revoked(Scope::Token) => "invalid_token.token_revoked",
                TokenFault::Revoked(Scope::Session) => "invalid_token.session_revoked",
                TokenFault::Revoked(Scope::Subject) => "invalid_token.subject_revoked",
                TokenFault::Revoked(Scope::Key) => "invalid_token.key_revoked",
                TokenFault::Revoked(_) => "invalid_token.revoked",
                TokenFault::Unknown => "invalid_token.unknown",
            },
            Self::InvalidGrant(fault) => match fault {
                GrantFault::Malformed => "invalid_grant.malformed",
                GrantFault::Unknown => "invalid_grant.unknown",
                GrantFault::Expired => "invalid_grant.expired",
                GrantFault::Revoked => "invalid_grant.revoked",
                GrantFault::Reused => "invalid_grant.reused",
                GrantFault::AccountGone => "invalid_grant.account_gone",
            },
            Self::InsufficientScope => "insufficient_scope",
            Self::TooManyApiKeys => "too_many_api_keys",
            Self::ApiKeyNameTooLong => "api_key_name_too_long",
            Self::Unavailable => "unavailable",
            Self::Busy => "busy",
            Self::InvalidConfiguration(_) => "invalid_configuration",
        }
    }
}

/// One line: which option is wrong or missing, and what helps.
impl fmt::Display for ConfigurationFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidName => {
                "an issuer, audience, realm, scope or `kid` is empty or has characters that it must not have; \
                 a realm is printable ASCII, a scope has no space, quote or backslash"
            }
            Self::NoSigningKey => "signed tokens need a signing key; set `signing_key`",
            Self::SigningKeyWithoutKid => {
                "a signing key has no `kid`; give an HMAC key one with `with_kid`, so that it can be revoked"
            }
            Self::NoRevocationStore => "signed tokens need a revocation store; set `revocation_store`",
            Self::NoTokenStore => "sessions, random tokens and API keys need a token store; set `token_store`",
            Self::NoDigestKeys => "sessions, random tokens and API keys need digest keys; set `digest_keys`",
            Self::NoCredentialVerifier => {
                "logging in with a password, and refreshing, need a credential verifier; set `credentials`"
            }
            Self::NoClientAddress => {
                "the limiter needs the address of the client; call `log_in_from` or `authenticate_from` with \
                 it, and with axum serve `ConnectInfo` or add a `ClientAddressLayer`"
            }
            Self::PlainDigestKey => {
                "refresh tokens need a keyed primary digest key; make it with `DigestKey::keyed`"
            }
            Self::InvalidLifetimes => {
                "the lifetimes contradict each other; `access_lifetime` is 1 s to 24 h and at most \
                 `idle_lifetime`, that at most `refresh_lifetime`, that at most 400 days; `refresh_grace` is at most \
                 5 min and less than `idle_lifetime`, `leeway` at most 5 min"
            }
            Self::InvalidPrefix => {
                "the `prefix` is malformed or longer than 24 characters; use small letters and digits"
            }
            Self::InvalidKeySet => {
                "two keys share their `kid` and algorithm; give each of `signing_key`, `next_signing_key` and \
                 `previous_signing_key` a `kid` of its own"
            }
            Self::InvalidDigestKeys => {
                "two digest keys share an id, or there are more than three; give each its own id, and remove \
                 one that no token uses any more"
            }
            Self::KeyInUse => "the key signs at present; let another one take its place first",
            Self::InvalidIssuers => {
                "a verifier of `trust_issuer` names no issuer, or this service, or one that is accepted \
                 already; set `issuer` on each verifier, or there is no such issuer"
            }
            Self::NoRefreshTokens => "no refresh tokens are issued; set `login_tokens` to `LoginTokens::AccessAndRefresh`",
            Self::OversizedAccount => {
                "an account has more roles or scopes than a token can hold, 16 KiB in all; give it fewer"
            }
            Self::InvalidLimit => {
                "a limit is out of range; a burst is 1 to 10,000, an interval 1 ms to 1 h, and the capacity of \
                 a `MemoryLimiter` 1,024 to 4,194,304"
            }
        })
    }
}
