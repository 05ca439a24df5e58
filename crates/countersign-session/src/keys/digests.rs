//! Digests of presented texts. The issuer goes into each of them, so that a token of one issuer is unknown to
//! another, though they share a store and a digest key.

use countersign_random::{DigestKey, Digests, KeyedDigest};
use countersign_token_store::Kind;

use crate::error::Error;
use crate::error::kind::ConfigurationFault;
use crate::state::Inner;

/// A digest together with the id of its key.
pub(crate) fn keyed(key: &DigestKey, domain: &str, parts: &[&[u8]]) -> KeyedDigest {
    KeyedDigest { key_id: key.id(), digest: key.digest(domain, parts) }
}

impl Inner {
    /// The digest under which a new token is stored.
    pub(crate) fn primary_digest(&self, kind: Kind, text: &str) -> Result<KeyedDigest, Error> {
        Ok(keyed(self.digest_keys()?.primary(), kind.domain(), &self.digested(text)))
    }

    /// The digests under which a presented token may be stored, the primary key's first.
    pub(crate) fn all_digests(&self, kind: Kind, text: &str) -> Result<Digests, ConfigurationFault> {
        Ok(self.digest_keys()?.digests(kind.domain(), &self.digested(text)))
    }

    fn digested<'a>(&'a self, text: &'a str) -> [&'a [u8]; 2] {
        [self.issuer.as_bytes(), text.as_bytes()]
    }
}
