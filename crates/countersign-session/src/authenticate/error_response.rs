//! What a client is told of an error: a status, challenges and a fixed body.
//!
//! Nothing of the request or of the reason is in it. Codes are those of RFC 6750 section 3.1 for what a
//! resource refuses, and of RFC 6749 section 5.2 for what the token endpoint does.

use std::time::Duration;

use countersign_header::{BearerError, Challenge};

use crate::authenticate::auth_methods::AuthMethods;
use crate::error::Error;
use crate::error::kind::ErrorKind;

/// How long a client is asked to wait when something is out of reach.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The HTTP answer to an error. The same kind of error always gives the same answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorResponse {
    status: u16,
    code: &'static str,
    challenges: Vec<String>,
    retry_after: Option<Duration>,
}

impl ErrorResponse {
    /// The HTTP status: 400, 401, 403, 409, 429, 500 or 503.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The error's code: one of RFC 6750 section 3.1 or RFC 6749 section 5.2, or another fixed word.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The values of `WWW-Authenticate`, one challenge each.
    #[must_use]
    pub fn challenges(&self) -> &[String] {
        &self.challenges
    }

    /// The value of `Retry-After`, if there is to be one: whole seconds.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The body, as `application/json`. It is to be sent with `Cache-Control: no-store`.
    #[must_use]
    pub fn body(&self) -> String {
        format!(r#"{{"error":"{}"}}"#, self.code)
    }

    pub(crate) fn new(error: &Error, realm: &str) -> Self {
        let (status, code, bearer_error) = match error.kind() {
            // RFC 6749 section 5.2 has one code for these and for wrong credentials.
            ErrorKind::NoCredentials | ErrorKind::UnacceptedCredentials if error.is_at_token_endpoint() => {
                (401, "invalid_client", None)
            }
            // RFC 6750 section 3.1: no code where no credentials came.
            ErrorKind::NoCredentials | ErrorKind::UnacceptedCredentials => (401, "unauthorized", None),
            ErrorKind::MalformedRequest => (400, "invalid_request", Some(BearerError::InvalidRequest)),
            ErrorKind::InvalidCredentials => (401, "invalid_client", None),
            ErrorKind::InvalidToken(_) => (401, "invalid_token", Some(BearerError::InvalidToken)),
            ErrorKind::InsufficientScope => (403, "insufficient_scope", Some(BearerError::InsufficientScope)),
            // RFC 6585 section 4.
            ErrorKind::TooManyAttempts => {
                let reply = Self::plain(429, "too_many_requests");
                return Self { retry_after: error.retry_after(), ..reply };
            }
            ErrorKind::TooManyApiKeys => return Self::plain(409, "too_many_api_keys"),
            ErrorKind::ApiKeyNameTooLong => return Self::plain(400, "invalid_request"),
            ErrorKind::InvalidGrant(_) => return Self::plain(400, "invalid_grant"),
            ErrorKind::Unavailable | ErrorKind::Busy => {
                let reply = Self::plain(503, "temporarily_unavailable");
                return Self { retry_after: Some(RETRY_AFTER), ..reply };
            }
            ErrorKind::InvalidConfiguration(_) => return Self::plain(500, "server_error"),
        };
        let challenges = challenges(error.accept(), realm, bearer_error, error.scope());
        Self { challenges, ..Self::plain(status, code) }
    }

    fn plain(status: u16, code: &'static str) -> Self {
        Self { status, code, challenges: Vec::new(), retry_after: None }
    }
}

/// One challenge for each scheme that the endpoint takes.
fn challenges(
    accept: AuthMethods,
    realm: &str,
    error: Option<BearerError>,
    scope: Option<&str>,
) -> Vec<String> {
    let bearer = accept.contains_bearer().then(|| {
        // The realm was checked when the authenticator was built, and a scope when it was demanded; were
        // one malformed all the same, the challenge does without it.
        let plain = Challenge::bearer();
        let challenge = plain.clone().realm(realm).unwrap_or(plain);
        let challenge = error.map_or(challenge.clone(), |error| challenge.error(error));
        match scope {
            Some(scope) => challenge.clone().scope(scope).unwrap_or(challenge),
            None => challenge,
        }
    });
    let basic = accept.contains_basic().then(|| Challenge::basic(realm).ok()).flatten();
    bearer.into_iter().chain(basic).map(|challenge| challenge.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::kind::TokenFault;

    fn reply(error: Error) -> (u16, Vec<String>, String) {
        let reply = ErrorResponse::new(&error, "api");
        assert!(reply.body().contains(&format!(r#""error":"{}""#, reply.code())), "{}", reply.code());
        (reply.status(), reply.challenges().to_vec(), reply.body())
    }

    #[test]
    fn no_credentials_give_a_challenge_without_a_code() {
        let either = AuthMethods::bearer().or(AuthMethods::basic());
        assert_eq!(
            reply(Error::new(ErrorKind::NoCredentials).at(either)),
            (
                401,
                vec![r#"Bearer realm="api""#.into(), r#"Basic realm="api", charset="UTF-8""#.into()],
                r#"{"error":"unauthorized"}"#.into()
            )
        );
    }

    #[test]
    fn a_bad_token_gives_the_code_of_rfc_6750() {
        assert_eq!(
            reply(TokenFault::Expired.into()),
            (
                401,
                vec![r#"Bearer realm="api", error="invalid_token""#.into()],
                r#"{"error":"invalid_token"}"#.into()
            )
        );
    }

    #[test]
    fn a_missing_scope_is_named() {
        assert_eq!(
            reply(Error::missing_scope("orders:write")),
            (
                403,
                vec![r#"Bearer realm="api", error="insufficient_scope", scope="orders:write""#.into()],
                r#"{"error":"insufficient_scope"}"#.into()
            )
        );
    }

    #[test]
    fn what_is_out_of_reach_is_503_with_retry_after() {
        let reply = ErrorResponse::new(&Error::new(ErrorKind::Unavailable), "api");
        assert_eq!((reply.status(), reply.retry_after()), (503, Some(Duration::from_secs(1))));
        assert!(reply.challenges().is_empty());
    }
}
