//! The route protected by countersign, with a million tokens, 10,000 sessions and 1,000 subjects revoked.

use std::error::Error;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use countersign_axum::Authenticated;
use countersign_random::{DigestKey, DigestKeys};
use countersign_revocation::MemoryRevocationStore;
use countersign_session::{Account, Authenticator, AuthenticatorBuilder};
use countersign_token_store::MemoryTokenStore;

use crate::BODY;
use crate::revoked::{Nobody, at_once, revoked};
use crate::setting::{AUDIENCE, ISSUER, Setting};

/// How many clients are active, each with a token of its own.
const CLIENTS: usize = 1000;

pub(crate) fn router(setting: &Setting, remembered: Option<usize>) -> Result<Router, Box<dyn Error>> {
    let builder = builder(setting)?.revocation_store(revoked(ISSUER)?);
    let authenticator = match remembered {
        Some(entries) => builder.cache_verified_tokens(entries),
        None => builder,
    };
    Ok(Router::new().route("/", get(greet)).with_state(authenticator.build()?))
}

async fn greet(_: Authenticated) -> &'static str {
    BODY
}

/// Good tokens, for whichever server.
pub(crate) fn tokens(setting: &Setting) -> Result<Vec<String>, Box<dyn Error>> {
    let authenticator = builder(setting)?.revocation_store(MemoryRevocationStore::new()).build()?;
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
        .token_store(MemoryTokenStore::new())
        .credentials(Nobody)
        .access_lifetime(Duration::from_secs(3600)))
}
