//! JWK sets (RFC 7517 section 5): the public keys of an issuer, read and published.
//!
//! A set may hold keys of kinds and for uses that its reader does not know, so such keys are skipped
//! (section 5), never trusted, and listed with the reason. What makes the text as a whole ambiguous or
//! unbounded is an error instead: broken JSON, a member name twice at whatever depth, too many keys, two
//! different keys of one `kid` and algorithm.
//!
//! It fetches nothing.

use std::sync::Arc;

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::jwk::{self, Verify, Wanted};
use super::set::MAX_KEYS;
use super::{KeySet, VerifyingKey};
use crate::algorithm::{Algorithm, Kind};
use crate::error::{Error, ErrorKind, SkippedKey};
use crate::json::{Fault, Raw, parse_object};

/// Bytes of a set. The largest public ones have some 20 KiB, with certificates.
const MAX_LEN: usize = 256 * 1024;

impl KeySet {
    /// The public keys of a JWK set of at most 256 KiB and 100 keys, for example one that an issuer publishes.
    ///
    /// Keys that cannot be used are left out and listed by [`skipped`](Self::skipped), each with the reason: of an
    /// unknown kind, curve or algorithm, malformed, for encryption (`use`, `key_ops`), with private members, and
    /// secrets (`oct`) always. An RSA key without `alg` could be for any of six algorithms and is left out too:
    /// for the key sets of Microsoft Entra and others use [`from_jwks_assuming`](Self::from_jwks_assuming).
    ///
    /// What issuers write beyond the RFC and can mean one thing only is accepted: members that are `null`, leading
    /// zeros in integers, a byte order mark, the same key twice.
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
    /// for skipped in keys.skipped() {
    ///     eprintln!("{skipped}"); // keys[1] (kid "encryption", kty OKP, no alg): the key is not valid: ...
    /// }
    /// # assert_eq!(keys.skipped()[0].index(), 1);
    /// # Ok::<(), countersign_signed::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidKeySet`] if the text is not such a set, is too long, has more than 100 keys, has two
    /// different keys of one `kid` and algorithm, or none that can be used: then [`Error::skipped`] says why, for
    /// each key. [`ErrorKind::DuplicateMember`].
    pub fn from_jwks(text: &str) -> Result<Self, Error> {
        read(text, Wanted::Any, usable_public_key)
    }

    /// The same, where RSA keys without `alg` are for the algorithm `rsa`. Some issuers leave `alg` out
    /// and document the algorithm that they sign with: for Microsoft Entra it is RS256.
    ///
    /// # Errors
    ///
    /// As [`from_jwks`](Self::from_jwks); [`ErrorKind::InvalidConfiguration`] if `rsa` is not an algorithm
    /// of RSA keys.
    pub fn from_jwks_assuming(text: &str, rsa: Algorithm) -> Result<Self, Error> {
        check_assumed_rsa(rsa)?;
        read(text, Wanted::Assuming(rsa), usable_public_key)
    }

    /// The keys of a JWK set of your own, from a private source such as a file that only the service can read: also
    /// secrets (`oct`), as a rotation of HMAC secrets has them, each with its `kid` and `alg`. Of a private key
    /// the public half is taken.
    ///
    /// Limits and errors are those of [`from_jwks`](Self::from_jwks), and [`skipped`](Self::skipped) lists the keys
    /// that cannot be used.
    ///
    /// Security: never use it for a set that comes over the network. An attacker who can put a secret into the set
    /// of an issuer could sign tokens with it.
    ///
    /// ```
    /// use countersign_signed::KeySet;
    ///
    /// let keys = KeySet::from_private_jwks(
    ///     r#"{"keys": [
    ///         {"kty": "oct", "alg": "HS256", "kid": "2026-a", "k": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"},
    ///         {"kty": "oct", "alg": "HS256", "kid": "2026-b", "k": "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA"}
    ///     ]}"#,
    /// )?;
    /// assert_eq!(keys.len(), 2);
    /// # Ok::<(), countersign_signed::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`from_jwks`](Self::from_jwks). A secret that is there twice under one `kid` and `alg` is one key.
    pub fn from_private_jwks(text: &str) -> Result<Self, Error> {
        read(text, Wanted::Any, usable_private_key)
    }

    /// The same, where keys without `alg` are for `algorithm`, if they can be: secrets for one of HMAC, RSA keys for
    /// one of RSA.
    ///
    /// # Errors
    ///
    /// As [`from_jwks`](Self::from_jwks).
    pub fn from_private_jwks_assuming(text: &str, algorithm: Algorithm) -> Result<Self, Error> {
        read(text, Wanted::Assuming(algorithm), usable_private_key)
    }

    /// The set's public keys as a JWK set, for others to verify with. Secrets are left out, always.
    #[must_use]
    pub fn to_jwks(&self) -> String {
        let keys: Vec<String> = self.keys().iter().filter_map(|key| key.to_jwk().ok()).collect();
        format!(r#"{{"keys":[{}]}}"#, keys.join(","))
    }
}

/// An algorithm for RSA keys without `alg`.
pub(crate) fn check_assumed_rsa(algorithm: Algorithm) -> Result<(), Error> {
    if matches!(algorithm.kind(), Kind::Rsa(_)) {
        return Ok(());
    }
    let note = format!("{} is not an algorithm of RSA keys", algorithm.name());
    Err(Error::noted(ErrorKind::InvalidConfiguration, note))
}

/// A key of a set, and its secret if it is one.
type Usable = (VerifyingKey, Option<Zeroizing<Vec<u8>>>);

type Reader = fn(&str, Wanted) -> Result<Usable, Error>;

fn read(text: &str, wanted: Wanted, reader: Reader) -> Result<KeySet, Error> {
    let text = jwk::without_bom(text);
    if text.len() > MAX_LEN {
        return Err(invalid("it has more than 262144 bytes"));
    }
    let members = parse_object(text).map_err(|fault| match fault {
        Fault::Syntax => invalid("it is not one JSON object"),
        Fault::Duplicate => ErrorKind::DuplicateMember.into(),
        Fault::Reserved => ErrorKind::ReservedMember.into(),
    })?;
    let keys = members.find("keys").and_then(Raw::elements);
    let keys = keys.ok_or_else(|| invalid("it has no array `keys`"))?;
    if keys.is_empty() {
        return Err(invalid("its array `keys` is empty"));
    }
    if keys.len() > MAX_KEYS {
        return Err(invalid("it has more than 100 keys"));
    }
    let (mut usable, mut skipped): (Vec<Usable>, _) = (Vec::new(), Vec::new());
    for (index, key) in keys.into_iter().map(Raw::as_str).enumerate() {
        match reader(key, wanted) {
            Ok(key) if usable.iter().any(|other| is_the_same_secret(other, &key)) => {}
            Ok(key) => usable.push(key),
            Err(error) => {
                let helps = |algorithm| reader(key, Wanted::Assuming(algorithm)).is_ok();
                let needs_algorithm = [Algorithm::RS256, Algorithm::HS256].into_iter().any(helps);
                skipped.push(jwk::skipped(index, key, error).needing_an_algorithm(needs_algorithm));
            }
        }
    }
    let skipped: Arc<[SkippedKey]> = skipped.into();
    if usable.is_empty() {
        return Err(Error::no_usable_key(skipped));
    }
    Ok(KeySet::new(usable.into_iter().map(|(key, _)| key))?.having_skipped(skipped))
}

fn is_the_same_secret((one, secret): &Usable, (other, others): &Usable) -> bool {
    let secrets = secret.as_ref().zip(others.as_ref());
    one.is_namesake_of(other) && secrets.is_some_and(|(one, other)| one.as_slice().ct_eq(other).into())
}

fn usable_public_key(text: &str, wanted: Wanted) -> Result<Usable, Error> {
    match jwk::read_verifying(text, wanted)? {
        (labels, Verify::Public(public)) => Ok((VerifyingKey::labelled(labels, &public)?, None)),
        (_, Verify::Secret(_)) => Err(Error::noted(
            ErrorKind::InvalidKey,
            "a secret is not taken from a set of public keys: read a set of your own with `from_private_jwks`",
        )),
    }
}

fn usable_private_key(text: &str, wanted: Wanted) -> Result<Usable, Error> {
    #[cfg(feature = "sign")]
    if jwk::is_private(text) {
        return Ok((super::SigningKey::read_jwk(text, wanted)?.verifying_key(), None));
    }
    match jwk::read_verifying(text, wanted)? {
        (labels, Verify::Public(public)) => Ok((VerifyingKey::labelled(labels, &public)?, None)),
        (labels, Verify::Secret(secret)) => {
            Ok((VerifyingKey::labelled_secret(labels, &secret)?, Some(secret)))
        }
    }
}

fn invalid(note: &'static str) -> Error {
    Error::noted(ErrorKind::InvalidKeySet, note)
}
