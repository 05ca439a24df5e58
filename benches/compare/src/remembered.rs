//! countersign-session with a memory: a whole request whose token was seen before, from the header to whom it comes
//! from, over a store in which 1,000,000 tokens, 10,000 sessions and 1,000 subjects are revoked.
//!
//! The token is one of the session's own, under the key that the others verify with, and about as long as theirs.

use std::error::Error;

use countersign_revocation::AnyRevocationStore;
use countersign_session::AuthMethods;

use crate::contender::Contender;
use crate::material::{Algorithm, Material};
use crate::request::{self, issue};
use crate::revoked::{at_once, revoked};
use crate::token::ISSUER;

const SUBJECT: &str = "user-1234567890";

/// Only under an asymmetric key is anything remembered, and one such group shows it.
pub(crate) fn authentication(material: &Material) -> Result<Option<Contender>, Box<dyn Error>> {
    if material.algorithm != Algorithm::EdDSA {
        return Ok(None);
    }
    let store = AnyRevocationStore::new(revoked(ISSUER)?);
    let authenticator = request::remembering(request::authenticator(material, store)?).build()?;
    let header = format!("Bearer {}", issue(&authenticator, SUBJECT)?);
    Ok(Some(Contender::new(
        "countersign, remembered request",
        move || at_once(authenticator.authenticate([header.as_bytes()], AuthMethods::bearer())),
        |principal| principal.as_ref().is_ok_and(|principal| principal.subject() == SUBJECT),
    )?))
}
