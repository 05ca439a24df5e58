//! countersign-session, as a service builds it.

use std::error::Error;
use std::time::Duration;

use countersign_random::{DigestKey, DigestKeys};
use countersign_revocation::AnyRevocationStore;
use countersign_session::{Account, AuthMethods, Authenticator, AuthenticatorBuilder};
use countersign_token_store::MemoryTokenStore;

use super::turns::{self, REQUESTS};
use crate::contender::Contender;
use crate::material::Material;
use crate::revoked::{Nobody, at_once};
use crate::token::{AUDIENCE, ISSUER};

/// Under the key that the others verify with.
pub(crate) fn authenticator(
    material: &Material,
    store: AnyRevocationStore,
) -> Result<AuthenticatorBuilder, Box<dyn Error>> {
    Ok(Authenticator::builder(ISSUER, AUDIENCE)
        .signing_key(material.key.clone().with_kid("2026-11")?)
        .digest_keys(DigestKeys::new(DigestKey::keyed(1, &[7; 32])?))
        .revocation_store(store)
        .token_store(MemoryTokenStore::new())
        .credentials(Nobody)
        .access_lifetime(Duration::from_secs(3600)))
}

/// The same with a memory.
pub(crate) fn remembering(builder: AuthenticatorBuilder) -> AuthenticatorBuilder {
    builder.cache_verified_tokens(10_000)
}

/// A token that is about as long as those of the comparison of signed tokens.
pub(crate) fn issue(authenticator: &Authenticator, subject: &str) -> Result<String, Box<dyn Error>> {
    let scopes = vec!["read:orders".to_owned(), "write:orders".to_owned()];
    let account = Account { subject: subject.to_owned(), roles: vec!["subscriber".to_owned()], scopes };
    Ok(at_once(authenticator.issue(&account))?.access_token().expose().to_owned())
}

/// One for each request.
pub(super) fn tokens(authenticator: &Authenticator) -> Result<Vec<String>, Box<dyn Error>> {
    (0..REQUESTS).map(|number| issue(authenticator, &format!("user-{number:010}"))).collect()
}

pub(super) fn contender(
    name: &'static str,
    authenticator: Authenticator,
    tokens: &[String],
) -> Result<Contender, Box<dyn Error>> {
    turns::contender(name, tokens, move |value| {
        at_once(authenticator.authenticate([value.as_bytes()], AuthMethods::bearer())).ok()
    })
}
