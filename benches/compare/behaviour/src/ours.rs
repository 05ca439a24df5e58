//! countersign, as a service uses it that has named its issuer and its audience.

use countersign_signed::{Algorithm, Error, KeySet, Verifier, VerifyingKey};
use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;

use crate::case::{Ask, Case, Key, Outcome};
use crate::token::{AUDIENCE, ISSUER, SECRET};

/// The registered claims are not in it: they are in `Verified::registered`.
#[derive(Deserialize)]
struct Own {
    role: String,
}

pub(crate) fn judge(case: &Case, told: bool) -> Outcome {
    if case.ask == Ask::Debug {
        return match key(case, told) {
            Ok(key) => Outcome::of_debug(&format!("{key:?}"), SECRET),
            Err(error) => Outcome::of(case.ask, Err(words(&error))),
        };
    }
    Outcome::of(case.ask, verify(case, told).map_err(|error| words(&error)))
}

fn verify(case: &Case, told: bool) -> Result<Option<String>, Error> {
    let verifier = verifier(key(case, told)?, told)?;
    let now = OffsetDateTime::now_utc();
    if case.ask == Ask::Struct {
        return Ok(Some(verifier.verify::<Own>(&case.token, now)?.into_claims().role));
    }
    let claims = verifier.verify::<Value>(&case.token, now)?.into_claims();
    Ok(claims.get("role").and_then(Value::as_str).map(str::to_owned))
}

fn key(case: &Case, told: bool) -> Result<VerifyingKey, Error> {
    let key = match &case.key {
        Key::Secret(secret) if told => {
            VerifyingKey::hmac_accepting_a_dangerously_short_secret(Algorithm::HS256, secret)?
        }
        Key::Secret(secret) => VerifyingKey::hs256(secret)?,
        // Without its thumbprint for a name: the tokens name no key.
        Key::Jwk(text) => VerifyingKey::from_jwk(text)?.without_kid(),
    };
    case.kid.map_or(Ok(key.clone()), |kid| key.with_kid(kid))
}

/// Told to, it takes tokens without `exp`.
pub(crate) fn verifier(key: VerifyingKey, told: bool) -> Result<Verifier, Error> {
    let builder = Verifier::builder(KeySet::new([key])?).issuer(ISSUER).audience(AUDIENCE);
    if told { builder.without_required_expiry().build() } else { builder.build() }
}

/// The kind, and the claims that failed.
fn words(error: &Error) -> String {
    error.claim().map_or(format!("{:?}", error.kind()), |claim| format!("{:?} ({claim})", error.kind()))
}
