//! countersign, used as a service uses it: one verifier and one signer, prepared once.

use countersign_signed::{Error, KeySet, Signer, Verified, Verifier};
use time::OffsetDateTime;

use crate::contender::Contender;
use crate::material::Material;
use crate::token::{AUDIENCE, Claims, ISSUER, Token};

pub(crate) fn verifications(
    material: &Material,
    token: &Token,
) -> Result<Vec<Contender>, Box<dyn std::error::Error>> {
    let owned = verification(verifier(material)?, token.text.clone());
    let refusal = verification(verifier(material)?, token.forged.clone());
    Ok(vec![
        Contender::new("countersign", owned, |claims| claims.as_ref().is_ok_and(|it| *it == token.claims))?,
        Contender::new("countersign, refusal", refusal, Result::is_err)?,
    ])
}

pub(crate) fn signature(material: &Material, token: &Token) -> Result<Contender, Box<dyn std::error::Error>> {
    let signer = Signer::new(material.key.clone());
    let claims = token.claims.clone();
    Ok(Contender::new(
        "countersign",
        move || signer.sign(&claims),
        |signed| signed.as_ref().is_ok_and(|text| accepted(material, text)),
    )?)
}

/// Whether countersign takes a contender's token.
pub(crate) fn accepted(material: &Material, text: &str) -> bool {
    verifier(material)
        .is_ok_and(|verifier| verifier.verify::<Claims>(text, OffsetDateTime::now_utc()).is_ok())
}

fn verification(verifier: Verifier, token: String) -> impl Fn() -> Result<Claims, Error> {
    // The peers read the clock themselves; here the caller does.
    move || verifier.verify::<Claims>(&token, OffsetDateTime::now_utc()).map(Verified::into_claims)
}

fn verifier(material: &Material) -> Result<Verifier, Error> {
    let keys = KeySet::new([material.key.verifying_key()])?;
    Verifier::builder(keys).issuer(ISSUER).audience(AUDIENCE).build()
}
