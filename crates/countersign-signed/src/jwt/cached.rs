//! A verifier that remembers the tokens that it has verified.
//!
//! An asymmetric signature takes tens of microseconds to verify, and a client sends the same token for minutes. So the
//! verifier keeps the outcome under the signing input and SHA-256 of the signature. A hit skips the signature, the parsing, and the checks
//! that depend on the token alone. It never skips what may have changed since: each hit compares the times with `now`
//! and demands the same set of keys. The caller checks revocation for a remembered token as for any other.
//!
//! How such caches go wrong, and the answer here:
//!
//! - *Keyed by less than the token.* Under a key such as the signature or the `jti`, one entry would vouch for tokens
//!   that were never verified. Here an entry is found by the digest of the signature, and counts only if the signing
//!   input is the entry's, byte for byte.
//! - *Outliving the keys.* An entry holds the set of keys that verified it. A hit demands that very set, by identity,
//!   not by a version number. If the set was replaced, or its time is over, there is no hit.
//! - *Outliving the token.* Each hit compares `exp`, `nbf`, `iat` and the greatest age with `now`, by the functions
//!   that compare them the first time.
//! - *Remembering refusals.* They are not kept: an attacker could fill the cache with them, and a token that is
//!   refused now may be good later. Only tokens that a trusted key signed take up room, and the room has a bound.
//! - *Shared by verifiers.* Each has its own cache: one verifier may refuse what another accepts.
//!
//! The cache keeps no signature, only its digest, and without the signature the rest of a token lets nobody in. SHA-256
//! of the whole token would keep less, but takes 200 ns more, half of what such a request costs. The cache does not keep
//! tokens under a secret: their signature costs little more than the lookup.

use std::fmt;
use std::sync::Arc;

use quick_cache::sync::Cache;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::registered_claims::Times;
use super::{Verified, Verifier, checks};
use crate::algorithm::Kind;
use crate::compact::{self, Segments};
use crate::error::Error;
use crate::keys::KeySet;

/// The most entries that can be configured: several GB of them.
const MAX_ENTRIES: usize = 1 << 24;

/// A [`Verifier`] with a bounded cache of the tokens that it has verified. The caller turns each token into a `T`.
///
/// Use it for asymmetric algorithms, whose signatures cost a hundred times as much as a lookup, and where clients send
/// the same token again within its lifetime. Each token that comes once costs an entry.
///
/// Security: a hit says that this verifier has verified this very token under the keys that are in force, and that its
/// times are right now. It does not say that the token has not been revoked since: ask the revocation store each time.
/// Clones share the cache.
///
/// ```
/// use countersign_signed::{CachedVerifier, Error, ErrorKind, KeySet, RotatingKeySet, Signer, SigningKey, Verifier};
/// use serde_json::{Value, json};
///
/// let key = SigningKey::ed25519(&[7; 32])?;
/// let keys = RotatingKeySet::new(KeySet::new([key.verifying_key()])?);
/// let verifier = CachedVerifier::<Value>::new(Verifier::builder(keys.clone()).build()?, 10_000);
///
/// let now = time::OffsetDateTime::from_unix_timestamp(1_800_000_000)?;
/// let token = Signer::new(key).sign(&json!({"exp": 1_800_000_300, "role": "reader"}))?;
/// let verify = || verifier.verify(&token, now, |verified| Ok::<_, Error>(verified.into_claims()));
/// assert_eq!(verify()?["role"], "reader");
/// assert_eq!(verify()?["role"], "reader"); // from memory
///
/// // Other keys: what was verified under the former ones is forgotten.
/// keys.replace(KeySet::new([SigningKey::ed25519(&[8; 32])?.verifying_key()])?);
/// assert_eq!(verify().unwrap_err().kind(), ErrorKind::UnknownKey);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct CachedVerifier<T> {
    verifier: Verifier,
    /// By SHA-256 of the signature as it stands in the token.
    tokens: Arc<Cache<[u8; 32], Arc<Entry<T>>>>,
}

/// A verified token.
struct Entry<T> {
    /// Header, dot, payload.
    signing_input: Box<[u8]>,
    /// The set that verified it. While the entry holds it, no other set can have its address.
    keys: KeySet,
    times: Times,
    value: Arc<T>,
}

impl<T> CachedVerifier<T> {
    /// The verifier, with room for about this many tokens. A full cache drops tokens that have not been
    /// seen for long. Fewer than 2 count as 2, more than 16 million (16,777,216) as that many.
    #[must_use]
    pub fn new(verifier: Verifier, entries: usize) -> Self {
        Self { verifier, tokens: Arc::new(Cache::new(entries.clamp(2, MAX_ENTRIES))) }
    }

    /// The verifier.
    #[must_use]
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// What `keep` made of this token when it was verified: now, with [`Verifier::verify`], or before.
    ///
    /// `keep` sees a token that has passed every check, and is to depend on nothing else. What it refuses is
    /// refused, and not kept.
    ///
    /// # Errors
    ///
    /// As for [`Verifier::verify`], and `keep`'s own. A token that is remembered can only fail by its times.
    pub fn verify<C, E>(
        &self,
        token: &(impl AsRef<[u8]> + ?Sized),
        now: OffsetDateTime,
        keep: impl FnOnce(Verified<'_, C>) -> Result<T, E>,
    ) -> Result<Arc<T>, E>
    where
        C: DeserializeOwned,
        E: From<Error>,
    {
        let (verifier, token) = (&self.verifier, token.as_ref());
        verifier.keys.with(now, |keys| {
            if !keys.has_public_keys() {
                return Ok(Arc::new(keep(verifier.verify_under(keys, token, now)?)?));
            }
            // Too long a token is refused before any of it is hashed.
            let Segments { signing_input, signature, .. } = compact::segments(token, verifier.limits)?;
            let digest: [u8; 32] = Sha256::digest(signature).into();
            match self.tokens.get(&digest).filter(|known| *known.signing_input == *signing_input) {
                Some(known) if known.keys.is_the_same(keys) => {
                    checks::run_again(&verifier.policy, &known.times, now)?;
                    return Ok(Arc::clone(&known.value));
                }
                // The keys were replaced.
                Some(_) => drop(self.tokens.remove(&digest)),
                None => {}
            }
            let verified = verifier.verify_under(keys, token, now)?;
            let is_worth_it = verified.algorithm().kind() != Kind::Secret;
            let times = *verified.registered().places.times();
            let value = Arc::new(keep(verified)?);
            if is_worth_it {
                let (signing_input, keys) = (signing_input.into(), keys.clone());
                let entry = Entry { signing_input, keys, times, value: Arc::clone(&value) };
                self.tokens.insert(digest, Arc::new(entry));
            }
            Ok(value)
        })
    }

    /// How many tokens are remembered, for monitoring. Those whose time or keys are over are counted until their
    /// room is needed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T> Clone for CachedVerifier<T> {
    fn clone(&self) -> Self {
        Self { verifier: self.verifier.clone(), tokens: Arc::clone(&self.tokens) }
    }
}

impl<T> fmt::Debug for CachedVerifier<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedVerifier")
            .field("verifier", &self.verifier)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
