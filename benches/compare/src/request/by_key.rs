//! API keys, ours in the store in memory; by hand, the digest of what the header brings in a map behind a lock.

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, PoisonError, RwLock};

use countersign_revocation::AnyRevocationStore;
use countersign_session::NewApiKey;
use sha2::{Digest as _, Sha256};

use super::by_hand::token;
use super::turns::{self, REQUESTS};
use super::{OURS, PEER, authenticator, ours};
use crate::contender::Contender;
use crate::material::Material;
use crate::revoked::at_once;

/// What is kept of a key.
struct Record {
    #[expect(dead_code, reason = "a handler would read it")]
    owner: String,
    #[expect(dead_code, reason = "a handler would read it")]
    scopes: Vec<String>,
}

pub(super) fn contenders(store: &AnyRevocationStore) -> Result<Vec<Contender>, Box<dyn Error>> {
    let material = Material::all()?.into_iter().next().ok_or("no key")?;
    let authenticator = authenticator(&material, store.clone())?.build()?;
    let (mut keys, mut records) = (Vec::new(), HashMap::new());
    for number in 0..REQUESTS {
        let owner = format!("user-{number:010}");
        let created = at_once(authenticator.create_api_key_for(&owner, &NewApiKey::default()))?;
        let key = created.key.expose().to_owned();
        let record = Record { owner, scopes: vec!["read:orders".to_owned()] };
        records.insert(digest(&key), Arc::new(record));
        keys.push(key);
    }
    let records = RwLock::new(records);
    let by_hand = move |value: &_| {
        let digest = digest(token(value)?.token());
        records.read().unwrap_or_else(PoisonError::into_inner).get(&digest).cloned()
    };
    Ok(vec![ours::contender(OURS, authenticator, &keys)?, turns::contender(PEER, &keys, by_hand)?])
}

fn digest(key: &str) -> [u8; 32] {
    Sha256::digest(key).into()
}
