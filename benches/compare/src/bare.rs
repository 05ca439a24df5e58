//! The bare primitives: the library that countersign calls, on the same bytes, with the key and the signature
//! in its own types already. What a token costs beyond this is countersign's doing.

use std::error::Error;

use ed25519_dalek::pkcs8::DecodePrivateKey as _;
use ed25519_dalek::{Signer as _, Verifier as _};
use rand::rngs::SysRng;
use rsa::signature::{Keypair as _, RandomizedSigner as _};
use sha2::Sha256;

use crate::contender::Contender;
use crate::material::{Algorithm, Material, SECRET};
use crate::token::Token;

const NAME: &str = "bare";

type RsaKey = rsa::pkcs1v15::SigningKey<Sha256>;

pub(crate) fn verification(material: &Material, token: &Token) -> Result<Option<Contender>, Box<dyn Error>> {
    let input = token.signing_input().to_owned().into_bytes();
    Ok(match material.algorithm {
        Algorithm::HS256 => None,
        Algorithm::EdDSA => {
            let key = ed25519_dalek::SigningKey::from_pkcs8_pem(&material.private_pem)?;
            let signature = key.sign(&input);
            let key = key.verifying_key();
            Some(Contender::new(NAME, move || key.verify(&input, &signature), Result::is_ok)?)
        }
        Algorithm::ES256 => {
            let key = p256::ecdsa::SigningKey::from_slice(&SECRET)?;
            let signature: p256::ecdsa::Signature = key.try_sign(&input)?;
            let key = *key.verifying_key();
            Some(Contender::new(NAME, move || key.verify(&input, &signature), Result::is_ok)?)
        }
        Algorithm::RS256 => {
            let key = RsaKey::from_pkcs8_pem(&material.private_pem)?;
            let signature = key.try_sign_with_rng(&mut SysRng, &input)?;
            let key = key.verifying_key();
            Some(Contender::new(NAME, move || key.verify(&input, &signature), Result::is_ok)?)
        }
    })
}

pub(crate) fn signature(material: &Material, token: &Token) -> Result<Option<Contender>, Box<dyn Error>> {
    let input = token.signing_input().to_owned().into_bytes();
    Ok(match material.algorithm {
        Algorithm::HS256 => None,
        Algorithm::EdDSA => {
            let key = ed25519_dalek::SigningKey::from_pkcs8_pem(&material.private_pem)?;
            Some(Contender::new(NAME, move || key.try_sign(&input), Result::is_ok)?)
        }
        Algorithm::ES256 => {
            // Hedged, as countersign signs.
            let key = p256::ecdsa::SigningKey::from_slice(&SECRET)?;
            let sign =
                move || -> Result<p256::ecdsa::Signature, _> { key.try_sign_with_rng(&mut SysRng, &input) };
            Some(Contender::new(NAME, sign, Result::is_ok)?)
        }
        Algorithm::RS256 => {
            let key = RsaKey::from_pkcs8_pem(&material.private_pem)?;
            Some(Contender::new(NAME, move || key.try_sign_with_rng(&mut SysRng, &input), Result::is_ok)?)
        }
    })
}
