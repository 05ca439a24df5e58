//! Sessions and tokens to test with.

use std::time::Duration;

use countersign_random::{KeyedDigest, LookupDigest};
use countersign_token_store::{
    Error, Kind, Rotation, RotationOutcome, Salt, SessionRecord, StoredSession, StoredToken, Successor,
    TokenRecord, TokenStore, TokenStoreExt,
};

use crate::common::NOW;

/// The digest number `number`, under the key 1.
pub(crate) fn keyed(number: u64) -> KeyedDigest {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    KeyedDigest { key_id: 1, digest: LookupDigest::from_bytes(bytes) }
}

/// A session of `alice` whose locator and first secret are the digest `number`.
pub(crate) fn session(number: u64) -> StoredSession {
    StoredSession {
        record: SessionRecord {
            id: format!("session-{number}"),
            subject: "alice".to_owned(),
            subject_version: 0,
            scopes: vec![],
            name: String::new(),
            created_at: NOW,
            last_refreshed_at: None,
            idle_expires_at: NOW + Duration::from_secs(3600),
            expires_at: NOW + Duration::from_secs(7200),
        },
        locator: keyed(number).digest,
        current: keyed(number),
        previous: None,
        ended: false,
    }
}

/// Trades the secret `presented` of the session `number` for `candidate`.
pub(crate) async fn rotate(
    store: &impl TokenStore,
    number: u64,
    presented: u64,
    candidate: u64,
) -> Result<RotationOutcome, Error> {
    let presented = [keyed(presented)];
    let mut salt = [0; 16];
    salt[..8].copy_from_slice(&candidate.to_be_bytes());
    let rotation = Rotation {
        locator: keyed(number).digest,
        presented: &presented,
        successor: Successor { secret: keyed(candidate), salt: Salt(salt), derivation_key_id: 1 },
        now: NOW,
        grace: Duration::from_secs(30),
        idle_lifetime: Duration::from_secs(3600),
    };
    store.rotate(&rotation).await
}

/// An API key of `alice` that expires in a minute.
pub(crate) fn token(number: u64) -> StoredToken {
    StoredToken {
        record: TokenRecord {
            id: format!("token-{number}"),
            kind: Kind::ApiKey,
            owner: "alice".to_owned(),
            name: "a name".to_owned(),
            hint: "cs_".to_owned(),
            scopes: vec![],
            roles: vec![],
            created_at: NOW,
            expires_at: Some(NOW + Duration::from_secs(60)),
            last_used_at: None,
        },
        digest: keyed(number),
    }
}
