//! Signed tokens compared with jsonwebtoken, jwt-simple and the bare primitives. `cargo xtask bench` runs it.
//!
//! One process measures everything under one back end of jsonwebtoken, which is chosen at the start and for
//! good; countersign takes part in every process, so that each ratio is taken within one. The output is one
//! line of JSON for each contender, with the nanoseconds per operation of every batch: medians and ratios are
//! for the reader to take, and what they were taken from can be kept.
//!
//! It judges nothing, and measures nothing that a service would not do: each verification reads the clock, checks
//! `exp`, `nbf`, `aud` and `iss`, and ends with the claims in a struct.

mod bare;
mod bare_aws_lc;
mod contender;
mod jsonwebtoken_peer;
mod jwt_simple_peer;
mod material;
mod ours;
mod remembered;
mod revoked;
mod timing;
mod token;

use std::error::Error;
use std::io::Write as _;

use contender::Contender;
use jsonwebtoken_peer::BackEnd;
use material::Material;
use token::Token;

const USAGE: &str = "usage: countersign-compare <rust_crypto|aws_lc_rs> ROUNDS";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let back_end = BackEnd::parse(&arguments.next().ok_or(USAGE)?).ok_or(USAGE)?;
    let rounds = arguments.next().ok_or(USAGE)?.parse().map_err(|_| USAGE)?;
    back_end.install()?;
    let mut out = std::io::stdout().lock();
    for material in Material::all()? {
        let token = Token::of(&material)?;
        for (operation, contenders) in
            [("verify", verifications(&material, &token)?), ("sign", signatures(&material, &token)?)]
        {
            let group = format!("{} {operation}", material.algorithm.name());
            for (contender, batches) in timing::interleaved(contenders, rounds) {
                let line = serde_json::json!({
                    "back_end": back_end.name(),
                    "group": group,
                    "contender": contender,
                    "batches": batches,
                });
                writeln!(out, "{line}")?;
            }
        }
    }
    Ok(())
}

/// Those that are measured in turns, so that their ratios mean something.
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
