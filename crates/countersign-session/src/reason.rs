//! The kinds of errors as words: a closed set for logs and metrics, where Debug would be no promise.

use countersign_revocation::Scope;

use crate::{ErrorKind, GrantFault, TokenFault};

impl ErrorKind {
    /// The kind as a word, with the fault of a token after a dot: `invalid_token.expired`. For the service's owner; a
    /// client is told less, by a [`Reply`](crate::Reply).
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
