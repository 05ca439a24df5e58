//! What is in the file.

use std::time::Duration;

use countersign_random::{DigestKey, KeyedDigest, LookupDigest};
use countersign_token_store::{
    Kind, Rotation, Salt, SessionRecord, StoredSession, StoredToken, Successor, TokenRecord,
};
use time::OffsetDateTime;
use time::macros::datetime;

pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-30 12:00 UTC);
/// The end of all that ends and is not purged.
pub(crate) const END: OffsetDateTime = datetime!(2126-01-01 0:00 UTC);
/// The text of the API key and of the access token.
pub(crate) const TOKEN: &str = "acme_golden_token";
/// The digest key's id.
pub(crate) const KEY_ID: u32 = 7;

/// The digest of [`TOKEN`] as the session crate computes it, under the key of the bytes 0 to 31.
pub(crate) fn digest(kind: Kind) -> KeyedDigest {
    let secret: Vec<u8> = (0..32).collect();
    let key = DigestKey::keyed(KEY_ID, &secret).unwrap();
    KeyedDigest { key_id: KEY_ID, digest: key.digest(kind.domain(), &[ISSUER.as_bytes(), TOKEN.as_bytes()]) }
}

pub(crate) fn token(kind: Kind, id: &str, expires_at: Option<OffsetDateTime>) -> StoredToken {
    let record = TokenRecord {
        id: id.into(),
        kind,
        owner: "alice".into(),
        name: "deploy".into(),
        hint: "acme_gold".into(),
        scopes: vec!["read".into(), "write".into()],
        roles: vec!["admin".into()],
        created_at: NOW,
        expires_at,
        last_used_at: Some(NOW),
    };
    StoredToken { record, digest: digest(kind) }
}

/// The digest of the session's secret of that number.
pub(crate) fn secret(number: u8) -> KeyedDigest {
    KeyedDigest { key_id: KEY_ID, digest: LookupDigest::from_bytes([number; 32]) }
}

pub(crate) fn locator(byte: u8) -> LookupDigest {
    LookupDigest::from_bytes([byte; 32])
}

/// A session whose locator is of this byte.
pub(crate) fn session(id: &str, byte: u8) -> StoredSession {
    let record = SessionRecord {
        id: id.into(),
        subject: "alice".into(),
        subject_version: 4,
        scopes: vec!["read".into()],
        name: "Firefox on Linux".into(),
        created_at: NOW,
        last_refreshed_at: None,
        idle_expires_at: END,
        expires_at: END,
    };
    StoredSession { record, locator: locator(byte), current: secret(byte), previous: None, ended: false }
}

/// The rotation of the session with locator 1 from one secret to another.
pub(crate) fn rotation<'a>(presented: &'a [KeyedDigest; 1], next: u8, now: OffsetDateTime) -> Rotation<'a> {
    Rotation {
        locator: locator(1),
        presented,
        successor: Successor { secret: secret(next), salt: Salt([next; 16]), derivation_key_id: KEY_ID },
        now,
        grace: Duration::from_secs(30),
        idle_lifetime: Duration::from_secs(3600),
    }
}
