//! The choice of the one key that a token can be verified with.
//!
//! The choice looks at the token's `alg` and at how it names its key, and is made once: a token's `alg` can only
//! fail to match a key, never make a key be used in another way. No key is ever tried because another did not fit.
//!
//! A token that names neither a `kid` nor a certificate of the set goes to the key of its algorithm without `kid`, if
//! the set has one, and otherwise only to the one key of its algorithm. So the tokens of an unnamed key still verify
//! when a named successor joins the set.

use super::VerifyingKey;
use super::certificate::KeyHint;
use crate::algorithm::Algorithm;
use crate::error::{Error, ErrorKind};

/// The key for a token of this `alg` that names its key so.
pub(super) fn resolve<'k>(
    keys: &'k [VerifyingKey],
    hint: KeyHint<'_>,
    algorithm: Algorithm,
) -> Result<&'k VerifyingKey, Error> {
    let fitting = || keys.iter().filter(|key| key.algorithm() == algorithm);
    let unknown = || if keys.is_empty() { ErrorKind::KeysUnavailable } else { ErrorKind::UnknownKey };
    if let Some(kid) = hint.kid {
        return Ok(fitting().find(|key| key.kid() == Some(kid)).ok_or_else(unknown)?);
    }
    if hint.names_a_certificate() {
        let mut named = fitting().filter(|key| key.certificates().are_named_by(hint));
        match (named.next(), named.next()) {
            (Some(key), None) => return Ok(key),
            (Some(_), Some(_)) => return Err(ErrorKind::AmbiguousKey.into()),
            (None, _) => {}
        }
    }
    // A set has at most one key of an algorithm that has no `kid`.
    if let Some(unnamed) = fitting().find(|key| key.kid().is_none()) {
        return Ok(unnamed);
    }
    let only = fitting().next().ok_or_else(unknown)?;
    if fitting().nth(1).is_none() {
        return Ok(only);
    }
    // All keys have a certificate, and the token names another one: the issuer has a new key.
    let is_elsewhere = hint.names_a_certificate() && fitting().all(|key| !key.certificates().is_empty());
    Err(if is_elsewhere { ErrorKind::UnknownKey } else { ErrorKind::AmbiguousKey }.into())
}
