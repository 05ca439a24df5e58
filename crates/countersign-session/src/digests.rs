//! Digests of presented texts.

use countersign_random::{DigestKey, Digests, KeyedDigest};
use countersign_token_store::Kind;

use crate::authenticator::Inner;
use crate::{ConfigurationFault, Error};

/// A digest together with the id of its key.
pub(crate) fn keyed(key: &DigestKey, domain: &str, parts: &[&[u8]]) -> KeyedDigest {
    KeyedDigest { key_id: key.id(), digest: key.digest(domain, parts) }
}

impl Inner {
    /// The digest under which a new token is stored.
    pub(crate) fn primary_digest(&self, kind: Kind, text: &str) -> Result<KeyedDigest, Error> {
        Ok(keyed(self.digest_keys()?.primary(), kind.domain(), &[text.as_bytes()]))
    }

    /// The digests under which a presented token may be stored.
    pub(crate) fn all_digests(&self, kind: Kind, text: &str) -> Result<Digests, ConfigurationFault> {
        Ok(self.digest_keys()?.digests(kind.domain(), &[text.as_bytes()]))
    }
}
