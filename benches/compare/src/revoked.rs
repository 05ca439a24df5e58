//! What a whole request is measured over: a store in which 1,000,000 tokens, 10,000 sessions and 1,000 subjects are revoked.
//! The server under load has it too.

use std::error::Error;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use countersign_revocation::{MemoryRevocationStore, RetainUntil, RevocationStore, Target, TokenId};
use countersign_session::{Account, CredentialError, CredentialVerifier};
use time::OffsetDateTime;

pub(crate) fn revoked(issuer: &str) -> Result<MemoryRevocationStore, Box<dyn Error>> {
    let (store, now) = (MemoryRevocationStore::new(), OffsetDateTime::now_utc());
    for number in 0..1_000_000_u32 {
        let name = format!("{number:022}");
        at_once(store.revoke(issuer, Target::Token(TokenId::Jti(&name)), RetainUntil::FOREVER))?;
        if number < 10_000 {
            at_once(store.revoke(issuer, Target::Session(&name), RetainUntil::FOREVER))?;
        }
        if number < 1000 {
            at_once(store.revoke_subject(issuer, &name, RetainUntil::FOREVER, now, Duration::ZERO))?;
        }
    }
    Ok(store)
}

/// All is in memory, so it is there at the first try.
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> T {
    let (mut future, mut context) = (pin!(future), Context::from_waker(Waker::noop()));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

/// Nobody logs in here.
pub(crate) struct Nobody;

impl CredentialVerifier for Nobody {
    async fn verify(&self, _user_id: &str, _password: &str) -> Result<Option<Account>, CredentialError> {
        Ok(None)
    }

    async fn account(&self, _subject: &str) -> Result<Option<Account>, CredentialError> {
        Ok(None)
    }
}
