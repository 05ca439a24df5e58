//! countersign, used as a service uses it: one verifier and one signer, prepared once.

use std::cell::RefCell;
use std::error::Error;

use countersign_signed::{ClaimsBuffer, KeySet, Signer, SigningKey, Verified, Verifier, VerifyingKey};
use time::OffsetDateTime;

use crate::contender::Contender;
use crate::material::{Algorithm, Material};
use crate::token::{AUDIENCE, Borrowed, Claims, ISSUER, Token};

const NAME: &str = "countersign";
const NAME_AWS: &str = "countersign, aws-lc";

pub(crate) fn verifications(material: &Material, token: &Token) -> Result<Vec<Contender>, Box<dyn Error>> {
    let key = material.key.verifying_key();
    let mut contenders = vec![
        verification(NAME, &key, token)?,
        borrowed(verifier(&key)?, token)?,
        refusal(verifier(&key)?, token.forged.clone())?,
    ];
    if material.algorithm != Algorithm::HS256 {
        contenders.push(verification(NAME_AWS, &countersign_aws_lc::verifying_key(key)?, token)?);
    }
    Ok(contenders)
}

pub(crate) fn signatures(material: &Material, token: &Token) -> Result<Vec<Contender>, Box<dyn Error>> {
    let mut contenders = vec![signature(NAME, material, material.key.clone(), token)?];
    if material.algorithm != Algorithm::HS256 {
        let key = countersign_aws_lc::signing_key(material.key.clone())?;
        contenders.push(signature(NAME_AWS, material, key, token)?);
    }
    Ok(contenders)
}

/// Whether countersign takes a contender's token.
pub(crate) fn accepted(material: &Material, text: &str) -> bool {
    verifier(&material.key.verifying_key())
        .is_ok_and(|verifier| verifier.verify::<Claims>(text, OffsetDateTime::now_utc()).is_ok())
}

/// The peers read the clock themselves; here and below the caller does.
fn verification(name: &'static str, key: &VerifyingKey, token: &Token) -> Result<Contender, Box<dyn Error>> {
    let (verifier, text) = (verifier(key)?, token.text.clone());
    Ok(Contender::new(
        name,
        move || verifier.verify::<Claims>(&text, OffsetDateTime::now_utc()).map(Verified::into_claims),
        |claims| claims.as_ref().is_ok_and(|it| *it == token.claims),
    )?)
}

/// Claims that borrow from a buffer cannot leave the operation, so what is kept of them is a fingerprint.
fn borrowed(verifier: Verifier, token: &Token) -> Result<Contender, Box<dyn Error>> {
    let (text, buffer) = (token.text.clone(), RefCell::new(ClaimsBuffer::new()));
    let expected = Borrowed::from(&token.claims).fingerprint();
    Ok(Contender::new(
        "countersign, borrowed",
        move || {
            let mut buffer = buffer.borrow_mut();
            let verified = verifier.verify_in::<Borrowed<'_>>(&mut buffer, &text, OffsetDateTime::now_utc());
            verified.map(|verified| std::hint::black_box(verified.claims()).fingerprint())
        },
        |fingerprint| fingerprint.as_ref().is_ok_and(|it| *it == expected),
    )?)
}

fn refusal(verifier: Verifier, forged: String) -> Result<Contender, Box<dyn Error>> {
    Ok(Contender::new(
        "countersign, refusal",
        move || verifier.verify::<Claims>(&forged, OffsetDateTime::now_utc()).map(Verified::into_claims),
        Result::is_err,
    )?)
}

fn signature(
    name: &'static str,
    material: &Material,
    key: SigningKey,
    token: &Token,
) -> Result<Contender, Box<dyn Error>> {
    let (signer, claims) = (Signer::new(key), token.claims.clone());
    Ok(Contender::new(
        name,
        move || signer.sign(&claims),
        |signed| signed.as_ref().is_ok_and(|text| accepted(material, text)),
    )?)
}

fn verifier(key: &VerifyingKey) -> Result<Verifier, countersign_signed::Error> {
    Verifier::builder(KeySet::new([key.clone()])?).issuer(ISSUER).audience(AUDIENCE).build()
}
