//! The route protected by countersign, with a million tokens, 10,000 sessions and 1,000 subjects revoked.

use std::error::Error;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use countersign_axum::Authenticated;
use countersign_random::{DigestKey, DigestKeys};
use countersign_revocation::{MemoryRevocationStore, RevocationStore, Target, TokenId, Until};
use countersign_session::{
    Account, Authenticator, AuthenticatorBuilder, CredentialError, CredentialVerifier,
};
use countersign_token_store::MemoryTokenStore;
use time::OffsetDateTime;

use crate::BODY;
use crate::setting::{AUDIENCE, ISSUER, Setting};

/// How many clients are active, each with a token of its own.
const CLIENTS: usize = 1000;

pub(crate) fn router(setting: &Setting, remembered: Option<usize>) -> Result<Router, Box<dyn Error>> {
    let builder = builder(setting)?.revocations(revoked()?);
    let authenticator = match remembered {
        Some(entries) => builder.remember_tokens(entries),
        None => builder,
    };
    Ok(Router::new().route("/", get(greet)).with_state(authenticator.build()?))
}

async fn greet(_: Authenticated) -> &'static str {
    BODY
}

/// Good tokens, for whichever server.
pub(crate) fn tokens(setting: &Setting) -> Result<Vec<String>, Box<dyn Error>> {
    let authenticator = builder(setting)?.revocations(MemoryRevocationStore::new()).build()?;
    (0..CLIENTS)
        .map(|client| {
            let scopes = vec!["read:orders".to_owned(), "write:orders".to_owned()];
            let account =
                Account { subject: format!("user-{client:010}"), roles: vec!["subscriber".into()], scopes };
            Ok(at_once(authenticator.issue(&account))?.access_token().expose().to_owned())
        })
        .collect()
}

fn builder(setting: &Setting) -> Result<AuthenticatorBuilder, Box<dyn Error>> {
    Ok(Authenticator::builder(ISSUER, AUDIENCE)
        .signing_key(setting.key()?)
        .digest_keys(DigestKeys::new(DigestKey::keyed(1, &[7; 32])?))
        .tokens(MemoryTokenStore::new())
        .credentials(Nobody)
        .access_lifetime(Duration::from_secs(3600)))
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
