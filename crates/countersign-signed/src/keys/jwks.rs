//! JWK sets (RFC 7517 section 5): the public keys of an issuer, read and published.
//!
//! A set may hold keys of kinds and for uses that its reader does not know, so such keys are passed over
//! (section 5), never trusted, and listed with the reason. What makes the text as a whole ambiguous or
//! unbounded is an error instead: broken JSON, a member name twice at whatever depth, too many keys, two
//! keys of one `kid` and algorithm.
//!
//! It fetches nothing.

use std::sync::Arc;

use super::jwk::{self, Verify, Wanted};
use super::set::MAX_KEYS;
use super::{KeySet, VerifyingKey};
use crate::algorithm::{Algorithm, Kind};
use crate::error::{Error, ErrorKind, Redacted};
use crate::json::{Fault, Kept, Raw};

/// Bytes of a set. The largest public ones have some 20 KiB, with certificates.
const MAX_LEN: usize = 256 * 1024;

/// A key of a JWK set that is not used, and why.
#[derive(Debug)]
pub struct SkippedKey {
    index: usize,
    kid: Option<Redacted>,
    error: Error,
}

impl SkippedKey {
    /// Its place in the set, from zero.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// Its `kid`, if it has one that could be read. It comes from whoever wrote the set.
    #[must_use]
    pub fn kid(&self) -> Option<&Redacted> {
        self.kid.as_ref()
    }

    /// Why it is not used.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.error
    }
}

impl KeySet {
    /// The public keys of a JWK set of at most 256 KiB and 100 keys.
    ///
    /// Keys that cannot be used are left out and listed by [`skipped`](Self::skipped): of an unknown kind,
    /// curve or algorithm, malformed, for encryption (`use`, `key_ops`), with private members, and secrets
    /// (`oct`) always. An RSA key without `alg` could be for any of six algorithms and is left out too;
    /// [`from_jwks_assuming`](Self::from_jwks_assuming) names one for those.
    ///
    /// ```
    /// use countersign_signed::KeySet;
    ///
    /// let keys = KeySet::from_jwks(
    ///     r#"{"keys": [
    ///         {"kty": "OKP", "crv": "Ed25519", "kid": "2026-a",
    ///          "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    ///         {"kty": "OKP", "crv": "X25519", "kid": "encryption",
    ///          "x": "3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08"}
    ///     ]}"#,
    /// )?;
    /// assert_eq!(keys.len(), 1);
    /// assert_eq!(keys.skipped()[0].index(), 1);
    /// # Ok::<(), countersign_signed::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidKeySet`] if the text is not such a set, is too long, has more than 100 keys,
    /// none that can be used, or two that have one `kid` and algorithm; [`ErrorKind::DuplicateMember`].
    pub fn from_jwks(text: &str) -> Result<Self, Error> {
        Self::read(text, Wanted::Any)
    }

    /// The same, where RSA keys without `alg` are for the algorithm `rsa`. Some issuers leave `alg` out
    /// and document which one they sign with.
    ///
    /// # Errors
    ///
    /// As [`from_jwks`](Self::from_jwks); [`ErrorKind::InvalidConfiguration`] if `rsa` is not an algorithm
    /// of RSA keys.
    pub fn from_jwks_assuming(text: &str, rsa: Algorithm) -> Result<Self, Error> {
        if !matches!(rsa.kind(), Kind::Rsa(_)) {
            let note = format!("{} is not an algorithm of RSA keys", rsa.name());
            return Err(Error::noted(ErrorKind::InvalidConfiguration, note));
        }
        Self::read(text, Wanted::ForRsa(rsa))
    }

    fn read(text: &str, wanted: Wanted) -> Result<Self, Error> {
        if text.len() > MAX_LEN {
            return Err(invalid("it has more than 262144 bytes"));
        }
        let members = Kept::parse(text).map_err(|fault| match fault {
            Fault::Syntax => invalid("it is not one JSON object"),
            Fault::Duplicate => ErrorKind::DuplicateMember.into(),
            Fault::Reserved => ErrorKind::ReservedMember.into(),
        })?;
        let keys = members.find("keys").and_then(Raw::elements);
        let keys = keys.ok_or_else(|| invalid("it has no array `keys`"))?;
        if keys.len() > MAX_KEYS {
            return Err(invalid("it has more than 100 keys"));
        }
        let (mut usable, mut skipped) = (Vec::new(), Vec::new());
        for (index, key) in keys.into_iter().enumerate() {
            match usable_key(key.as_str(), wanted) {
                Ok(key) => usable.push(key),
                Err(error) => skipped.push(SkippedKey { index, kid: jwk::kid_of(key.as_str()), error }),
            }
        }
        if usable.is_empty() {
            return Err(invalid("none of its keys can be used"));
        }
        Ok(Self::new(usable)?.having_skipped(Arc::from(skipped)))
    }

    /// The set's public keys as a JWK set, for others to verify with. Secrets are left out, always.
    #[must_use]
    pub fn to_jwks(&self) -> String {
        let keys: Vec<String> = self.keys().iter().filter_map(|key| key.to_jwk().ok()).collect();
        format!(r#"{{"keys":[{}]}}"#, keys.join(","))
    }
}

fn usable_key(text: &str, wanted: Wanted) -> Result<VerifyingKey, Error> {
    match jwk::read_verifying(text, wanted)? {
        (labels, Verify::Public(public)) => VerifyingKey::labelled(labels, &public),
        (_, Verify::Secret(_)) => {
            Err(Error::noted(ErrorKind::InvalidKey, "a secret is not taken from a set of public keys"))
        }
    }
}

fn invalid(note: &'static str) -> Error {
    Error::noted(ErrorKind::InvalidKeySet, note)
}
