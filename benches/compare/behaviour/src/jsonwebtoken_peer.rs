//! jsonwebtoken, with issuer and audience set; told to, with all that it can be told of these cases.

use jsonwebtoken::crypto::{CryptoProvider, aws_lc, rust_crypto};
use jsonwebtoken::errors::Error;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;
use serde_json::Value;

use crate::case::{Ask, Case, Key, Outcome};
use crate::token::{AUDIENCE, ISSUER, SECRET};

#[derive(Deserialize)]
struct Own {
    role: String,
}

/// One back end serves the whole process.
pub(crate) fn install(back_end: &str) -> Result<(), &'static str> {
    let provider: &'static CryptoProvider = match back_end {
        "rust_crypto" => &rust_crypto::DEFAULT_PROVIDER,
        "aws_lc_rs" => &aws_lc::DEFAULT_PROVIDER,
        _ => return Err("no such back end"),
    };
    provider.install_default().map_err(|_| "a back end is installed already")
}

pub(crate) fn judge(case: &Case, told: bool) -> Outcome {
    if let (Ask::Debug, Key::Jwk(text)) = (case.ask, &case.key) {
        return match serde_json::from_str::<Jwk>(text) {
            Ok(jwk) => Outcome::of_debug(&format!("{jwk:?}"), SECRET),
            Err(error) => Outcome::of(case.ask, Err(error.to_string())),
        };
    }
    let words = |error: Error| format!("{:?}", error.kind());
    let key = match &case.key {
        Key::Secret(secret) => DecodingKey::from_secret(secret).map_err(words),
        Key::Jwk(text) => match serde_json::from_str::<Jwk>(text) {
            Ok(jwk) => DecodingKey::from_jwk(&jwk).map_err(words),
            Err(error) => Err(error.to_string()),
        },
    };
    Outcome::of(case.ask, key.and_then(|key| verify(case, &key, told).map_err(words)))
}

fn verify(case: &Case, key: &DecodingKey, told: bool) -> Result<Option<String>, Error> {
    let algorithm = if case.secret().is_some() { Algorithm::HS256 } else { Algorithm::EdDSA };
    let validation = validation(algorithm, told);
    if case.ask == Ask::Struct {
        return decode::<Own>(&case.token, key, &validation).map(|data| Some(data.claims.role));
    }
    let claims = decode::<Value>(&case.token, key, &validation)?.claims;
    Ok(claims.get("role").and_then(Value::as_str).map(str::to_owned))
}

pub(crate) fn validation(algorithm: Algorithm, told: bool) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.set_audience(&[AUDIENCE]);
    validation.set_issuer(&[ISSUER]);
    if told {
        validation.validate_nbf = true;
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    }
    validation
}

/// What the page says of other types for the claims.
#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::de::DeserializeOwned;

    use super::*;
    use crate::cases;

    #[derive(Deserialize)]
    struct Issued {
        #[expect(dead_code, reason = "to be read is all it is for")]
        iss: String,
    }

    fn is_taken<T: DeserializeOwned>(id: &str) -> bool {
        // The other test of this process may have been first.
        let _ = install("rust_crypto");
        let case = cases::all().unwrap().into_iter().find(|case| case.id == id).unwrap();
        let key = DecodingKey::from_secret(case.secret().unwrap()).unwrap();
        decode::<T>(&case.token, &key, &validation(Algorithm::HS256, false)).is_ok()
    }

    #[test]
    fn an_array_of_claims_fits_no_map() {
        assert!(is_taken::<Value>("claims-array"));
        assert!(!is_taken::<BTreeMap<String, Value>>("claims-array"));
        assert!(is_taken::<BTreeMap<String, Value>>("good"));
    }

    #[test]
    fn an_array_of_issuers_fits_no_string() {
        assert!(is_taken::<Value>("iss-list"));
        assert!(!is_taken::<Issued>("iss-list"));
        assert!(is_taken::<Issued>("good"));
    }

    #[test]
    fn a_key_shows_no_secret_where_its_jwk_does() {
        let case = cases::all().unwrap().into_iter().find(|case| case.id == "jwk-debug").unwrap();
        let Key::Jwk(text) = &case.key else { panic!("not a JWK") };
        let jwk: Jwk = serde_json::from_str(text).unwrap();
        let key = DecodingKey::from_jwk(&jwk).unwrap();
        assert_ne!(
            Outcome::of_debug(&format!("{jwk:?}"), SECRET),
            Outcome::of_debug(&format!("{key:?}"), SECRET)
        );
    }
}
