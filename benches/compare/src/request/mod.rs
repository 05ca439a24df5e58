//! Whole requests, from the value of `Authorization` to whom it comes from, against what people put together by hand:
//! the header by `headers`, the token by jsonwebtoken, and revocation in maps behind locks.
//!
//! Both have the same 1,000,000 tokens, 10,000 sessions and 1,000 subjects revoked, and are shown the same tokens,
//! which take turns so that none is always in the nearest cache.

mod by_hand;
mod by_key;
mod ours;
mod turns;

use std::error::Error;
use std::rc::Rc;

use countersign_revocation::AnyRevocationStore;

use crate::contender::Contender;
use crate::material::{Algorithm, Material};
use crate::report::Report;
use crate::revoked::revoked;
use crate::token::ISSUER;
use by_hand::{ByHand, Revoked};
pub(crate) use ours::{authenticator, issue, remembering};

const OURS: &str = "countersign";
const REMEMBERED: &str = "countersign, remembered";
const PEER: &str = "by hand";
const PEER_REMEMBERED: &str = "by hand, with moka";

pub(crate) fn measure(report: &Report) -> Result<(), Box<dyn Error>> {
    let (store, maps) = (AnyRevocationStore::new(revoked(ISSUER)?), Rc::new(Revoked::filled()));
    for material in Material::all()? {
        let contenders = match material.algorithm {
            Algorithm::HS256 => signed(&material, &store, &maps)?,
            Algorithm::EdDSA => {
                let mut contenders = signed(&material, &store, &maps)?;
                contenders.extend(remembered(&material, &store, &maps)?);
                contenders
            }
            _ => continue,
        };
        report.group(&format!("{} request", material.algorithm.name()), contenders)?;
    }
    report.group("API key request", by_key::contenders(&store)?)?;
    Ok(())
}

/// With the token verified each time.
fn signed(
    material: &Material,
    store: &AnyRevocationStore,
    maps: &Rc<Revoked>,
) -> Result<Vec<Contender>, Box<dyn Error>> {
    let authenticator = authenticator(material, store.clone())?.build()?;
    let tokens = ours::tokens(&authenticator)?;
    let by_hand = ByHand::new(material, maps)?;
    Ok(vec![
        ours::contender(OURS, authenticator, &tokens)?,
        turns::contender(PEER, &tokens, move |value| by_hand.authenticate(value))?,
    ])
}

/// With the token remembered from the second time on.
fn remembered(
    material: &Material,
    store: &AnyRevocationStore,
    maps: &Rc<Revoked>,
) -> Result<Vec<Contender>, Box<dyn Error>> {
    let authenticator = remembering(authenticator(material, store.clone())?).build()?;
    let tokens = ours::tokens(&authenticator)?;
    let by_hand = ByHand::new(material, maps)?;
    Ok(vec![
        ours::contender(REMEMBERED, authenticator, &tokens)?,
        turns::contender(PEER_REMEMBERED, &tokens, move |value| by_hand.authenticate_remembered(value))?,
    ])
}
