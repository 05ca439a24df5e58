//! What each crate costs: a file in `benches/` each. `cargo bench` at the workspace's root runs them.
//!
//! This library has the claims of the benches of signed tokens, 242 bytes, which make a token of 404 characters under
//! HS256, and a verifier for it.

use countersign_signed::{Error, KeySet, SigningKey, Verifier};
use serde::{Deserialize, Serialize};

/// The time of every verification, in seconds since 1970.
pub const NOW: i64 = 1_800_000_000;

const ISSUER: &str = "https://login.example.com";
const AUDIENCE: &str = "https://api.example.com";

/// Every claim, owned.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs, reason = "their names are those of the claims")]
pub struct Claims {
    pub iss: String,
    pub sub: String,
    pub aud: String,
    pub exp: i64,
    pub iat: i64,
    pub nbf: i64,
    pub jti: String,
    pub scope: String,
    pub role: String,
}

/// Every claim, where it stands in a buffer.
#[derive(Debug, Deserialize)]
pub struct Borrowed<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: i64,
    iat: i64,
    nbf: i64,
    jti: &'a str,
    scope: &'a str,
    role: &'a str,
}

impl Borrowed<'_> {
    /// Whether every claim is there, so that the reading of none is optimised away.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let texts = [self.iss, self.sub, self.aud, self.jti, self.scope, self.role];
        texts.iter().all(|text| !text.is_empty()) && self.exp > self.iat && self.iat == self.nbf
    }
}

/// The claims of the token.
#[must_use]
pub fn claims() -> Claims {
    Claims {
        iss: ISSUER.into(),
        sub: "user-1234567890".into(),
        aud: AUDIENCE.into(),
        exp: NOW + 300,
        iat: NOW,
        nbf: NOW,
        jti: "0f8fad5b-d9cb-469f-a165-70867728950e".into(),
        scope: "read:orders write:orders".into(),
        role: "subscriber".into(),
    }
}

/// A verifier that expects the token's issuer and audience.
///
/// # Errors
///
/// None for a key of this crate's making.
pub fn verifier(key: &SigningKey) -> Result<Verifier, Error> {
    Verifier::builder(KeySet::new([key.verifying_key()])?).issuer(ISSUER).audience(AUDIENCE).build()
}

/// The token with another first character in its signature.
#[must_use]
pub fn forged(token: &str) -> String {
    let (input, signature) = token.rsplit_once('.').unwrap_or((token, ""));
    let other = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{input}.{other}{}", signature.get(1..).unwrap_or_default())
}
