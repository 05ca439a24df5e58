//! A digest as an engine writes it: the key's id and the 32 bytes.

use countersign_random::{KeyedDigest, LookupDigest};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(crate) fn serialize<S: Serializer>(digest: &KeyedDigest, serializer: S) -> Result<S::Ok, S::Error> {
    (digest.key_id, digest.digest.as_bytes()).serialize(serializer)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<KeyedDigest, D::Error> {
    let (key_id, bytes) = <(u32, [u8; 32])>::deserialize(deserializer)?;
    Ok(KeyedDigest { key_id, digest: LookupDigest::from_bytes(bytes) })
}

/// A digest that no key has made.
pub(crate) mod plain {
    use countersign_random::LookupDigest;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(digest: &LookupDigest, serializer: S) -> Result<S::Ok, S::Error> {
        digest.as_bytes().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<LookupDigest, D::Error> {
        <[u8; 32]>::deserialize(deserializer).map(LookupDigest::from_bytes)
    }
}
