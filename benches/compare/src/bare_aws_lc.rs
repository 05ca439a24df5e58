//! The bare primitives of aws-lc-rs, on the same bytes, with keys that are parsed already.

use std::error::Error;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, Ed25519KeyPair, ParsedPublicKey, RsaKeyPair, VerificationAlgorithm,
};
use countersign_signed::KeyFormat;

use crate::contender::Contender;
use crate::material::{Algorithm, Material};
use crate::token::Token;

const NAME: &str = "bare, aws-lc";

pub(crate) fn verification(material: &Material, token: &Token) -> Result<Option<Contender>, Box<dyn Error>> {
    let (algorithm, key): (&'static dyn VerificationAlgorithm, Vec<u8>) = match material.algorithm {
        Algorithm::HS256 => return Ok(None),
        Algorithm::EdDSA => (&signature::ED25519, material.key.verifying_key().to_bytes()?),
        Algorithm::ES256 => (&signature::ECDSA_P256_SHA256_FIXED, material.key.verifying_key().to_bytes()?),
        Algorithm::RS256 => {
            (&signature::RSA_PKCS1_2048_8192_SHA256, material.key.verifying_key().to_der(KeyFormat::Pkcs1)?)
        }
    };
    let key = ParsedPublicKey::new(algorithm, key).map_err(|error| error.to_string())?;
    let input = token.signing_input().to_owned().into_bytes();
    let signature = token.signature()?;
    Ok(Some(Contender::new(NAME, move || key.verify_sig(&input, &signature), Result::is_ok)?))
}

pub(crate) fn signature(material: &Material, token: &Token) -> Result<Option<Contender>, Box<dyn Error>> {
    let input = token.signing_input().to_owned().into_bytes();
    let random = SystemRandom::new();
    Ok(match material.algorithm {
        Algorithm::HS256 => None,
        Algorithm::EdDSA => {
            let (seed, public) = (material.key.to_bytes()?, material.key.verifying_key().to_bytes()?);
            let key = Ed25519KeyPair::from_seed_and_public_key(seed.expose(), &public)?;
            Some(Contender::new(NAME, move || key.try_sign(&input), Result::is_ok)?)
        }
        Algorithm::ES256 => {
            let der = material.key.to_der(KeyFormat::Pkcs8)?;
            let key = EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, der.expose())?;
            Some(Contender::new(NAME, move || key.sign(&random, &input), Result::is_ok)?)
        }
        Algorithm::RS256 => {
            let key = RsaKeyPair::from_pkcs8(material.key.to_der(KeyFormat::Pkcs8)?.expose())?;
            let sign = move || {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&signature::RSA_PKCS1_SHA256, &random, &input, &mut signature).map(|()| signature)
            };
            Some(Contender::new(NAME, sign, Result::is_ok)?)
        }
    })
}
