//! A service over an engine's stores, with a clock that the test moves.

use std::sync::Arc;

use countersign::random::{DigestKey, DigestKeys};
use countersign::session::{
    Account, Authenticator, CredentialError, CredentialVerifier, TestClock, TokenResponse,
};
use countersign::signed::SigningKey;
use time::OffsetDateTime;
use time::macros::datetime;

use crate::engine::Engine;

pub(crate) const START: OffsetDateTime = datetime!(2026-11-01 12:00 UTC);
const URL: &str = "https://api.example";

/// Anybody has an account, and nobody a password.
struct Users;

impl CredentialVerifier for Users {
    async fn verify(&self, _user_id: &str, _password: &str) -> Result<Option<Account>, CredentialError> {
        Ok(None)
    }

    async fn account(&self, subject: &str) -> Result<Option<Account>, CredentialError> {
        Ok(Some(account(subject)))
    }
}

pub(crate) fn account(subject: &str) -> Account {
    Account { subject: subject.to_owned(), roles: vec![], scopes: vec!["read".to_owned()] }
}

/// Every one over the same engine is the same service: it has the same keys.
pub(crate) fn service(engine: &dyn Engine, clock: &Arc<TestClock>) -> Authenticator {
    let (revocations, tokens) = engine.stores();
    Authenticator::builder(URL, URL)
        .signing_key(SigningKey::hs256(&[b's'; 32]).unwrap().with_kid("test").unwrap())
        .digest_keys(DigestKeys::new(DigestKey::keyed(1, &[b'd'; 32]).unwrap()))
        .revocation_store(revocations)
        .token_store(tokens)
        .credentials(Users)
        .clock(Arc::clone(clock))
        .build()
        .unwrap()
}

/// Access and refresh token.
pub(crate) fn texts(issued: &TokenResponse) -> (String, String) {
    let refresh = issued.refresh_token().expect("a pair").expose().to_owned();
    (issued.access_token().expose().to_owned(), refresh)
}
