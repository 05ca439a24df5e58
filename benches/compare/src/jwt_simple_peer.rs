//! jwt-simple, told to check what countersign checks unasked.
//!
//! It has a struct of its own for the registered claims, and takes its options and the claims to sign by value:
//! cloning them is part of using it.

use std::collections::HashSet;
use std::error::Error;

use jwt_simple::prelude::{
    Claims as Build, Duration, ECDSAP256KeyPairLike as _, ECDSAP256PublicKeyLike as _, ES256KeyPair,
    ES256PublicKey, Ed25519KeyPair, Ed25519PublicKey, EdDSAKeyPairLike as _, EdDSAPublicKeyLike as _,
    HS256Key, JWTClaims, MACLike as _, RS256KeyPair, RS256PublicKey, RSAKeyPairLike as _,
    RSAPublicKeyLike as _, UnixTimeStamp, VerificationOptions,
};
use serde::{Deserialize, Serialize};

use crate::contender::Contender;
use crate::material::{Algorithm, Material, SECRET};
use crate::ours;
use crate::token::{AUDIENCE, Claims, ISSUER, Token};

const NAME: &str = "jwt-simple";

/// The claims that are not registered.
#[derive(Clone, Serialize, Deserialize)]
struct Own {
    scope: String,
    role: String,
}

type Verified = Result<JWTClaims<Own>, jwt_simple::Error>;
type Signed = Result<String, jwt_simple::Error>;

pub(crate) fn verification(material: &Material, token: &Token) -> Result<Contender, Box<dyn Error>> {
    let text = token.text.clone();
    let options = VerificationOptions {
        allowed_issuers: Some(HashSet::from([ISSUER.to_owned()])),
        allowed_audiences: Some(HashSet::from([AUDIENCE.to_owned()])),
        time_tolerance: Some(Duration::from_secs(0)),
        ..VerificationOptions::default()
    };
    let right = |verified: &Verified| {
        verified.as_ref().is_ok_and(|it| it.custom.role == token.claims.role && it.jwt_id.is_some())
    };
    Ok(match material.algorithm {
        Algorithm::HS256 => {
            let key = HS256Key::from_bytes(&SECRET);
            Contender::new(NAME, move || key.verify_token::<Own>(&text, Some(options.clone())), right)?
        }
        Algorithm::EdDSA => {
            let key = Ed25519PublicKey::from_pem(&material.public_pem)?;
            Contender::new(NAME, move || key.verify_token::<Own>(&text, Some(options.clone())), right)?
        }
        Algorithm::ES256 => {
            let key = ES256PublicKey::from_pem(&material.public_pem)?;
            Contender::new(NAME, move || key.verify_token::<Own>(&text, Some(options.clone())), right)?
        }
        Algorithm::RS256 => {
            let key = RS256PublicKey::from_pem(&material.public_pem)?;
            Contender::new(NAME, move || key.verify_token::<Own>(&text, Some(options.clone())), right)?
        }
    })
}

pub(crate) fn signature(material: &Material, token: &Token) -> Result<Contender, Box<dyn Error>> {
    let claims = claims(&token.claims)?;
    let right = |signed: &Signed| signed.as_ref().is_ok_and(|text| ours::accepted(material, text));
    Ok(match material.algorithm {
        Algorithm::HS256 => {
            let key = HS256Key::from_bytes(&SECRET);
            Contender::new(NAME, move || key.authenticate(claims.clone()), right)?
        }
        Algorithm::EdDSA => {
            let key = Ed25519KeyPair::from_pem(&material.private_pem)?;
            Contender::new(NAME, move || key.sign(claims.clone()), right)?
        }
        Algorithm::ES256 => {
            let key = ES256KeyPair::from_pem(&material.private_pem)?;
            Contender::new(NAME, move || key.sign(claims.clone()), right)?
        }
        Algorithm::RS256 => {
            let key = RS256KeyPair::from_pem(&material.private_pem)?;
            Contender::new(NAME, move || key.sign(claims.clone()), right)?
        }
    })
}

/// The same claims as everybody's.
fn claims(claims: &Claims) -> Result<JWTClaims<Own>, Box<dyn Error>> {
    let seconds = |value: i64| u64::try_from(value).map(UnixTimeStamp::from_secs);
    let own = Own { scope: claims.scope.clone(), role: claims.role.clone() };
    let mut built = Build::with_custom_claims(own, Duration::from_secs(0))
        .with_issuer(&claims.iss)
        .with_subject(&claims.sub)
        .with_audience(&claims.aud)
        .with_jwt_id(&claims.jti);
    built.issued_at = Some(seconds(claims.iat)?);
    built.invalid_before = Some(seconds(claims.nbf)?);
    built.expires_at = Some(seconds(claims.exp)?);
    Ok(built)
}
