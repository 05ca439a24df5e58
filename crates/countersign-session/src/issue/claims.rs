//! The claims of the access tokens that this crate issues.

use serde::{Deserialize, Serialize};

/// The type of the tokens (RFC 9068 section 2.1), so that no other JWT under the same key passes for one.
pub(crate) const TOKEN_TYPE: &str = "at+jwt";

/// What an access token says. Everybody who holds one can read it.
#[derive(Serialize)]
pub(crate) struct AccessClaims<'a> {
    pub(crate) iss: &'a str,
    pub(crate) sub: &'a str,
    pub(crate) aud: &'a str,
    /// Seconds of Unix time, as is `iat`.
    pub(crate) exp: i64,
    pub(crate) iat: i64,
    pub(crate) jti: &'a str,
    /// The session, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sid: Option<&'a str>,
    /// The subject's version at login, in the claim `generation`. A token without it is not one of ours.
    pub(crate) generation: u64,
    /// Scope tokens with a space between (RFC 8693 section 4.2).
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) scope: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(crate) roles: &'a [String],
}

/// What is read of it, beside the registered claims, which the verifier reads and checks.
#[derive(Deserialize)]
pub(crate) struct OwnClaims {
    #[serde(default)]
    pub(crate) sid: Option<String>,
    pub(crate) generation: u64,
    #[serde(default)]
    pub(crate) scope: String,
    #[serde(default)]
    pub(crate) roles: Vec<String>,
}
