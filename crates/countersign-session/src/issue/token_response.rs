//! What a log-in or a refresh hands to the client.

use std::fmt;
use std::time::Duration;

use countersign_random::SecretString;

/// The session that tokens come from.
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) subject: String,
}

/// Tokens for the client. They are shown here once; Debug does not show them.
pub struct TokenResponse {
    pub(crate) access_token: SecretString,
    pub(crate) refresh_token: Option<SecretString>,
    pub(crate) expires_in: Duration,
    pub(crate) scopes: Vec<String>,
    pub(crate) session: Option<Session>,
}

impl TokenResponse {
    /// The access token.
    #[must_use]
    pub fn access_token(&self) -> &SecretString {
        &self.access_token
    }

    /// The refresh token, where one is issued.
    #[must_use]
    pub fn refresh_token(&self) -> Option<&SecretString> {
        self.refresh_token.as_ref()
    }

    /// How long the access token lives from now on, in whole seconds.
    #[must_use]
    pub fn expires_in(&self) -> Duration {
        self.expires_in
    }

    /// The scopes that the access token carries, one scope token each.
    #[must_use]
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// The id of the session, for a pair of access and refresh token. Give it a name that the user recognizes with
    /// [`Authenticator::name_session`](crate::Authenticator::name_session).
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.session.as_ref().map(|session| session.id.as_str())
    }

    /// The subject of that session.
    #[must_use]
    pub fn session_subject(&self) -> Option<&str> {
        self.session.as_ref().map(|session| session.subject.as_str())
    }

    /// The answer's body: as RFC 6749 section 5.1 has it if there is a refresh token, and otherwise
    /// `{"token": ...}`. To be sent as `application/json` with `Cache-Control: no-store`.
    #[must_use]
    pub fn to_json(&self) -> SecretString {
        let access_token = self.access_token.expose();
        // None of the values needs escaping: tokens are base62, base64url, dots and underscores, and a
        // scope token has neither quote nor backslash (RFC 6749 section 3.3); an account's are checked.
        let Some(refresh_token) = &self.refresh_token else {
            return SecretString::from(format!(r#"{{"token":"{access_token}"}}"#));
        };
        let mut body = format!(
            r#"{{"access_token":"{access_token}","token_type":"Bearer","expires_in":{},"refresh_token":"{}""#,
            self.expires_in.as_secs(),
            refresh_token.expose(),
        );
        if !self.scopes.is_empty() {
            body.push_str(r#","scope":""#);
            body.push_str(&self.scopes.join(" "));
            body.push('"');
        }
        body.push('}');
        SecretString::from(body)
    }
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenResponse").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}
