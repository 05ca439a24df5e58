//! Signed tokens, against jsonwebtoken, jwt-simple and the bare primitives.
//!
//! Nothing is measured that a service would not do: each verification reads the clock, checks `exp`, `nbf`, `aud` and
//! `iss`, and ends with the claims in a struct.

use std::error::Error;

use crate::contender::Contender;
use crate::material::Material;
use crate::report::Report;
use crate::token::Token;
use crate::{bare, bare_aws_lc, jsonwebtoken_peer, jwt_simple_peer, ours, remembered};

pub(crate) fn measure(report: &Report) -> Result<(), Box<dyn Error>> {
    for material in Material::all()? {
        let (token, algorithm) = (Token::of(&material)?, material.algorithm.name());
        report.group(&format!("{algorithm} verify"), verifications(&material, &token)?)?;
        report.group(&format!("{algorithm} sign"), signatures(&material, &token)?)?;
    }
    Ok(())
}

fn verifications(material: &Material, token: &Token) -> Result<Vec<Contender>, Box<dyn Error>> {
    let mut contenders = ours::verifications(material, token)?;
    contenders.extend(remembered::authentication(material)?);
    contenders.extend(jsonwebtoken_peer::verifications(material, token)?);
    contenders.push(jwt_simple_peer::verification(material, token)?);
    contenders.extend(bare::verification(material, token)?);
    contenders.extend(bare_aws_lc::verification(material, token)?);
    Ok(contenders)
}

fn signatures(material: &Material, token: &Token) -> Result<Vec<Contender>, Box<dyn Error>> {
    let mut contenders = ours::signatures(material, token)?;
    contenders.push(jsonwebtoken_peer::signature(material, token)?);
    contenders.push(jwt_simple_peer::signature(material, token)?);
    contenders.extend(bare::signature(material, token)?);
    contenders.extend(bare_aws_lc::signature(material, token)?);
    Ok(contenders)
}
