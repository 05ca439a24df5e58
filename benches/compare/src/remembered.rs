//! countersign-session with a memory: a whole request whose token was seen before, from the header to whom it comes
//! from, over a store in which 1,000,000 tokens, 10,000 sessions and 1,000 subjects are revoked.
//!
//! The token is one of the session's own, under the key that the others verify with, and about as long as theirs.

use std::error::Error;
use std::time::Duration;

use countersign_random::{DigestKey, DigestKeys};
use countersign_session::{Accept, Account, Authenticator};
use countersign_token_store::MemoryTokenStore;

use crate::contender::Contender;
use crate::material::{Algorithm, Material};
use crate::revoked::{Nobody, at_once, revoked};
use crate::token::{AUDIENCE, ISSUER};

const SUBJECT: &str = "user-1234567890";

/// Only under an asymmetric key is anything remembered, and one such group shows it.
pub(crate) fn authentication(material: &Material) -> Result<Option<Contender>, Box<dyn Error>> {
    if material.algorithm != Algorithm::EdDSA {
        return Ok(None);
    }
    let authenticator = Authenticator::builder(ISSUER, AUDIENCE)
        .signing_key(material.key.clone().with_kid("2026-11")?)
        .digest_keys(DigestKeys::new(DigestKey::keyed(1, &[7; 32])?))
        .revocations(revoked(ISSUER)?)
        .tokens(MemoryTokenStore::new())
        .credentials(Nobody)
        .access_lifetime(Duration::from_secs(3600))
        .remember_tokens(10_000)
        .build()?;
    let scopes = vec!["read:orders".to_owned(), "write:orders".to_owned()];
    let account = Account { subject: SUBJECT.to_owned(), roles: vec!["subscriber".to_owned()], scopes };
    let issued = at_once(authenticator.issue(&account))?;
    let header = format!("Bearer {}", issued.access_token().expose());
    Ok(Some(Contender::new(
        "countersign, remembered request",
        move || at_once(authenticator.authenticate([header.as_bytes()], Accept::bearer())),
        |principal| principal.as_ref().is_ok_and(|principal| principal.subject() == SUBJECT),
    )?))
}
