//! jwt-simple, with issuer and audience allowed. It has no setting that any of these cases is about.

use std::collections::HashSet;

use jwt_simple::prelude::{
    Ed25519PublicKey, EdDSAPublicKeyLike as _, HS256Key, JWTClaims, MACLike as _, VerificationOptions,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::case::{Ask, Case, Key, Outcome, Verdict};
use crate::token::{AUDIENCE, ISSUER};

#[derive(Deserialize)]
struct Own {
    role: String,
}

pub(crate) fn judge(case: &Case) -> Outcome {
    if case.ask == Ask::Debug {
        // It reads no symmetric JWK.
        return Outcome::new(Verdict::None, "");
    }
    let verified = if case.ask == Ask::Struct {
        verify::<Own>(case).map(|claims| Some(claims.custom.role))
    } else {
        verify::<Value>(case)
            .map(|claims| claims.custom.get("role").and_then(Value::as_str).map(str::to_owned))
    };
    Outcome::of(case.ask, verified.map_err(|error| error.to_string()))
}

fn verify<C: DeserializeOwned>(case: &Case) -> Result<JWTClaims<C>, jwt_simple::Error> {
    match &case.key {
        Key::Secret(secret) => HS256Key::from_bytes(secret).verify_token(&case.token, Some(options())),
        Key::Jwk(text) => Ed25519PublicKey::from_jwk(text)?.verify_token(&case.token, Some(options())),
    }
}

pub(crate) fn options() -> VerificationOptions {
    VerificationOptions {
        allowed_issuers: Some(HashSet::from([ISSUER.to_owned()])),
        allowed_audiences: Some(HashSet::from([AUDIENCE.to_owned()])),
        ..VerificationOptions::default()
    }
}
