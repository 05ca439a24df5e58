//! The claims of the access tokens that this crate issues.

use serde::{Deserialize, Serialize};

/// The type of the tokens (RFC 9068 section 2.1), so that no other JWT under the same key passes for one.
pub(crate) const TOKEN_TYPE: &str = "at+jwt";

/// What an access token says. Everybody who holds one can read it.
#[derive(Serialize, Deserialize)]
pub(crate) struct AccessClaims {
    pub(crate) iss: String,
    pub(crate) sub: String,
    pub(crate) aud: String,
    /// Seconds of Unix time, as is `iat`.
    pub(crate) exp: i64,
    pub(crate) iat: i64,
    pub(crate) jti: String,
    /// The session, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sid: Option<String>,
    /// The subject's generation at log-in. A token without it is not one of ours.
    pub(crate) generation: u64,
    /// Scope tokens with a space between (RFC 8693 section 4.2).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) scope: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) roles: Vec<String>,
}
