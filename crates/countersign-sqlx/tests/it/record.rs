//! Records for tests.

use countersign_random::{KeyedDigest, LookupDigest};
use countersign_token_store::{Kind, Record, StoredToken, TokenRecord};
use time::macros::datetime;

/// An API key, whose digest is made of its id.
pub(crate) fn api_key(id: &str, owner: &str) -> Record {
    let mut bytes = [0; 32];
    for (byte, of_id) in bytes.iter_mut().zip(id.bytes()) {
        *byte = of_id;
    }
    let record = TokenRecord {
        id: id.to_owned(),
        kind: Kind::ApiKey,
        owner: owner.to_owned(),
        name: String::new(),
        hint: String::new(),
        scopes: vec![],
        roles: vec![],
        created_at: datetime!(2026-11-01 12:00 UTC),
        expires_at: None,
        last_used_at: None,
    };
    StoredToken { record, digest: KeyedDigest { key_id: 1, digest: LookupDigest::from_bytes(bytes) } }.into()
}
