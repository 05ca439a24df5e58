//! The token that everybody verifies: 242 bytes of claims, 404 characters under HS256.

use std::error::Error;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_signed::Signer;
use serde::{Deserialize, Serialize};

use crate::material::{Algorithm, Material};

pub(crate) const ISSUER: &str = "https://login.example.com";
pub(crate) const AUDIENCE: &str = "https://api.example.com";

/// Seconds for which the token is good: longer than the comparison takes.
const LIFETIME: i64 = 3600;

/// Every claim, owned.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) sub: String,
    pub(crate) aud: String,
    pub(crate) exp: i64,
    pub(crate) iat: i64,
    pub(crate) nbf: i64,
    pub(crate) jti: String,
    pub(crate) scope: String,
    pub(crate) role: String,
}

impl Claims {
    fn as_of(now: i64) -> Self {
        Self {
            iss: ISSUER.into(),
            sub: "user-1234567890".into(),
            aud: AUDIENCE.into(),
            exp: now + LIFETIME,
            iat: now,
            nbf: now,
            jti: "0f8fad5b-d9cb-469f-a165-70867728950e".into(),
            scope: "read:orders write:orders".into(),
            role: "subscriber".into(),
        }
    }
}

/// Every claim, where it stands in a buffer.
#[derive(Deserialize)]
pub(crate) struct Borrowed<'a> {
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

impl<'a> From<&'a Claims> for Borrowed<'a> {
    fn from(claims: &'a Claims) -> Self {
        Self {
            iss: &claims.iss,
            sub: &claims.sub,
            aud: &claims.aud,
            exp: claims.exp,
            iat: claims.iat,
            nbf: claims.nbf,
            jti: &claims.jti,
            scope: &claims.scope,
            role: &claims.role,
        }
    }
}

impl Borrowed<'_> {
    /// A number to which every claim contributes.
    pub(crate) fn fingerprint(&self) -> i64 {
        let texts = [self.iss, self.sub, self.aud, self.jti, self.scope, self.role];
        let ends = texts.iter().filter_map(|text| text.as_bytes().last());
        ends.fold(self.exp ^ self.iat ^ self.nbf, |sum, end| {
            sum.wrapping_mul(31).wrapping_add(i64::from(*end))
        })
    }
}

/// A token, the same with a wrong signature, and its claims.
pub(crate) struct Token {
    pub(crate) claims: Claims,
    pub(crate) text: String,
    pub(crate) forged: String,
}

impl Token {
    /// Signed by countersign, which every contender's verification must accept.
    pub(crate) fn of(material: &Material) -> Result<Self, Box<dyn Error>> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let claims = Claims::as_of(i64::try_from(now)?);
        if serde_json::to_string(&claims)?.len() != 242 {
            return Err("the claims are not the 242 bytes that they should be".into());
        }
        let text = Signer::new(material.key.clone()).sign(&claims)?;
        if material.algorithm == Algorithm::HS256 && text.len() != 404 {
            return Err("the token is not the 404 characters that it should be".into());
        }
        Ok(Self { forged: forged(&text), claims, text })
    }

    /// The signature's bytes.
    pub(crate) fn signature(&self) -> Result<Vec<u8>, base64::DecodeError> {
        URL_SAFE_NO_PAD.decode(self.text.rsplit_once('.').map_or("", |(_, signature)| signature))
    }

    /// What was signed: header and claims.
    pub(crate) fn signing_input(&self) -> &str {
        self.text.rsplit_once('.').map_or("", |(input, _)| input)
    }
}

/// The token with another first character in its signature, so that the signature has the right form.
fn forged(token: &str) -> String {
    let (input, signature) = token.rsplit_once('.').unwrap_or((token, ""));
    let other = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{input}.{other}{}", signature.get(1..).unwrap_or_default())
}
