//! jsonwebtoken, told to check what countersign checks unasked.

use jsonwebtoken::crypto::{CryptoProvider, aws_lc, rust_crypto};
use jsonwebtoken::errors::Error;
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::de::DeserializeOwned;

use crate::contender::Contender;
use crate::material::{Algorithm, Material, SECRET};
use crate::ours;
use crate::token::{AUDIENCE, Claims, ISSUER, Token};

/// What jsonwebtoken calculates with, in the whole process.
#[derive(Clone, Copy)]
pub(crate) enum BackEnd {
    RustCrypto,
    AwsLcRs,
}

impl BackEnd {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::RustCrypto, Self::AwsLcRs].into_iter().find(|back_end| back_end.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::RustCrypto => "rust_crypto",
            Self::AwsLcRs => "aws_lc_rs",
        }
    }

    pub(crate) fn install(self) -> Result<(), &'static str> {
        let provider: &'static CryptoProvider = match self {
            Self::RustCrypto => &rust_crypto::DEFAULT_PROVIDER,
            Self::AwsLcRs => &aws_lc::DEFAULT_PROVIDER,
        };
        provider.install_default().map_err(|_| "a back end is installed already")
    }
}

pub(crate) fn verifications(
    material: &Material,
    token: &Token,
) -> Result<Vec<Contender>, Box<dyn std::error::Error>> {
    let owned = verification(material, token.text.clone())?;
    let refusal = verification(material, token.forged.clone())?;
    Ok(vec![
        Contender::new("jsonwebtoken", owned, |claims| claims.as_ref().is_ok_and(|it| *it == token.claims))?,
        Contender::new("jsonwebtoken, refusal", refusal, Result::is_err)?,
    ])
}

pub(crate) fn signature(material: &Material, token: &Token) -> Result<Contender, Box<dyn std::error::Error>> {
    let key = match material.algorithm {
        Algorithm::HS256 => EncodingKey::from_secret(&SECRET)?,
        Algorithm::EdDSA => EncodingKey::from_ed_pem(material.private_pem.as_bytes())?,
        Algorithm::ES256 => EncodingKey::from_ec_pem(material.private_pem.as_bytes())?,
        Algorithm::RS256 => EncodingKey::from_rsa_pem(material.private_pem.as_bytes())?,
    };
    let header = Header::new(algorithm(material));
    let claims = token.claims.clone();
    Ok(Contender::new(
        "jsonwebtoken",
        move || encode(&header, &claims, &key),
        |signed| signed.as_ref().is_ok_and(|text| ours::accepted(material, text)),
    )?)
}

fn verification(
    material: &Material,
    token: String,
) -> Result<impl Fn() -> Result<Claims, Error> + use<>, Error> {
    let verifier = PeerVerifier::new(material)?;
    Ok(move || verifier.verify(&token))
}

/// A key, and what is to be checked.
pub(crate) struct PeerVerifier {
    key: DecodingKey,
    validation: Validation,
}

impl PeerVerifier {
    pub(crate) fn new(material: &Material) -> Result<Self, Error> {
        let key = match material.algorithm {
            Algorithm::HS256 => DecodingKey::from_secret(&SECRET)?,
            Algorithm::EdDSA => DecodingKey::from_ed_pem(material.public_pem.as_bytes())?,
            Algorithm::ES256 => DecodingKey::from_ec_pem(material.public_pem.as_bytes())?,
            Algorithm::RS256 => DecodingKey::from_rsa_pem(material.public_pem.as_bytes())?,
        };
        let mut validation = Validation::new(algorithm(material));
        validation.leeway = 0;
        validation.validate_nbf = true;
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "aud", "iss"]);
        Ok(Self { key, validation })
    }

    pub(crate) fn verify<T: DeserializeOwned>(&self, token: &str) -> Result<T, Error> {
        decode::<T>(token, &self.key, &self.validation).map(|data| data.claims)
    }
}

fn algorithm(material: &Material) -> jsonwebtoken::Algorithm {
    match material.algorithm {
        Algorithm::HS256 => jsonwebtoken::Algorithm::HS256,
        Algorithm::EdDSA => jsonwebtoken::Algorithm::EdDSA,
        Algorithm::ES256 => jsonwebtoken::Algorithm::ES256,
        Algorithm::RS256 => jsonwebtoken::Algorithm::RS256,
    }
}
