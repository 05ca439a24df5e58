//! countersign-session with a memory: a whole request whose token was seen before, from the header to whom it comes
//! from, over a store in which 1,000,000 tokens, 10,000 sessions and 1,000 subjects are revoked.
//!
//! The token is one of the session's own, under the key that the others verify with, and about as long as theirs.

use std::error::Error;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use countersign_random::{DigestKey, DigestKeys};
use countersign_revocation::{MemoryRevocationStore, RevocationStore, Target, TokenId, Until};
use countersign_session::{Accept, Account, Authenticator, CredentialError, CredentialVerifier};
use countersign_token_store::MemoryTokenStore;
use time::OffsetDateTime;

use crate::contender::Contender;
use crate::material::{Algorithm, Material};
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
        .revocations(revoked()?)
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

fn revoked() -> Result<MemoryRevocationStore, Box<dyn Error>> {
    let (store, now) = (MemoryRevocationStore::new(), OffsetDateTime::now_utc());
    for number in 0..1_000_000_u32 {
        let name = format!("{number:022}");
        at_once(store.revoke(ISSUER, Target::Token(TokenId::Jti(&name)), Until::FOREVER))?;
        if number < 10_000 {
            at_once(store.revoke(ISSUER, Target::Session(&name), Until::FOREVER))?;
        }
        if number < 1000 {
            at_once(store.revoke_subject(ISSUER, &name, Until::FOREVER, now, Duration::ZERO))?;
        }
    }
    Ok(store)
}

/// All is in memory, so it is there at the first try.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    let (mut future, mut context) = (pin!(future), Context::from_waker(Waker::noop()));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

/// Nobody logs in here.
struct Nobody;

impl CredentialVerifier for Nobody {
    async fn verify(&self, _user_id: &str, _password: &str) -> Result<Option<Account>, CredentialError> {
        Ok(None)
    }

    async fn account(&self, _subject: &str) -> Result<Option<Account>, CredentialError> {
        Ok(None)
    }
}
