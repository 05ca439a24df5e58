//! The route protected by what people put together: `TypedHeader` of axum-extra, and jsonwebtoken on its faster back
//! end, told to check what countersign checks unasked. Nothing here asks whether a token was revoked.

use std::error::Error;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum_extra::TypedHeader;
use axum_extra::headers::Authorization;
use axum_extra::headers::authorization::Bearer;
use countersign_signed::KeyFormat;
use jsonwebtoken::crypto::aws_lc;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;

use crate::BODY;
use crate::setting::{AUDIENCE, ISSUER, SECRET, Setting};

/// What ours reads, too.
#[derive(Deserialize)]
struct Claims {
    sub: String,
    #[expect(dead_code, reason = "a handler would read it")]
    jti: String,
    #[expect(dead_code, reason = "a handler would read it")]
    sid: String,
    #[expect(dead_code, reason = "a handler would read it")]
    scope: String,
    #[expect(dead_code, reason = "a handler would read it")]
    roles: Vec<String>,
}

type Policy = Arc<(DecodingKey, Validation)>;

pub(crate) fn router(setting: &Setting) -> Result<Router, Box<dyn Error>> {
    aws_lc::DEFAULT_PROVIDER.install_default().map_err(|_| "a back end is installed already")?;
    let (algorithm, key) = match setting {
        Setting::HS256 => (Algorithm::HS256, DecodingKey::from_secret(&SECRET)?),
        Setting::EdDSA => {
            let pem = setting.key()?.verifying_key().to_pem(KeyFormat::Spki)?;
            (Algorithm::EdDSA, DecodingKey::from_ed_pem(pem.as_bytes())?)
        }
    };
    let mut validation = Validation::new(algorithm);
    validation.leeway = 0;
    validation.validate_nbf = true;
    validation.set_audience(&[AUDIENCE]);
    validation.set_issuer(&[ISSUER]);
    validation.set_required_spec_claims(&["exp", "aud", "iss"]);
    Ok(Router::new().route("/", get(greet)).with_state(Arc::new((key, validation))))
}

async fn greet(
    State(policy): State<Policy>,
    TypedHeader(Authorization(bearer)): TypedHeader<Authorization<Bearer>>,
) -> Result<&'static str, StatusCode> {
    let (key, validation) = &*policy;
    match decode::<Claims>(bearer.token(), key, validation) {
        Ok(data) if !data.claims.sub.is_empty() => Ok(BODY),
        _ => Err(StatusCode::UNAUTHORIZED),
    }
}
