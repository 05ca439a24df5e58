//! A verifier that remembers the tokens that it has verified.
//!
//! An asymmetric signature takes tens of microseconds to verify, and a client shows the same token for minutes.
//! So what came of a token can be kept, and found by the token's text. What a hit skips is the signature, the
//! reading, and the checks that look at the token alone; never what may have changed since: the times are judged
//! anew, and the set of keys must be the very one that the token was verified under. Whether it has been revoked
//! is asked by whoever asks it for any other token.
//!
//! How such caches go wrong, and what is done here:
//!
//! - *Keyed by less than the token.* By the signature alone, or by claims, one entry would speak for tokens that
//!   nobody verified. An entry is found by SHA-256 of the text's end, compared in full, and only if all that is
//!   before is the entry's to the letter ([`parting`]). So what is found was verified to the letter; and comparing
//!   a text costs a tenth of what hashing it does.
//! - *Outliving the keys.* An entry is under the set that it was verified with, and is held against the set that
//!   counts now, by identity and not by a number that somebody must remember to raise. A set that was replaced, or
//!   whose time is over, finds nothing; there is no call by which an entry gets past it.
//! - *Outliving the token.* `exp`, `nbf`, `iat` and the greatest age are compared with `now` each time, by the
//!   functions that compare them the first time.
//! - *Remembering refusals.* They are not kept: an attacker could fill it with them, and a token that is refused
//!   now may be good later. Only who can have tokens signed takes up room, and the room has a bound.
//! - *Shared by verifiers.* Each has its own: what one takes, another may refuse.
//!
//! It keeps no token: of the signature, but for a part of some, the digest alone, and without it the rest lets
//! nobody in. Tokens under a secret are not kept: their signature costs not much more than the look-up.

mod parting;
mod table;

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use time::OffsetDateTime;

use self::table::{Entry, Known, Table};
use super::{Verified, Verifier, checks};
use crate::algorithm::Kind;
use crate::error::{Error, ErrorKind};

/// A [`Verifier`] with a bounded memory of what it has verified, as a `T` that the caller makes of each token.
///
/// For asymmetric algorithms, whose signatures cost a hundred times what a look-up does. It is worth having where
/// the same tokens come again within their lifetime, and costs an entry for each token that does not.
///
/// Security: a hit says that this verifier has verified this very text under the keys that are in force, and that
/// its times are right now. It does not say that the token has not been revoked since: that is to be asked each
/// time. Cloning shares the memory.
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
    table: Arc<Table<T>>,
}

impl<T> CachedVerifier<T> {
    /// The verifier, with room for this many tokens. Room that is full gives up those that have not been seen
    /// for longest, more or less. Fewer than two count as two, more than 16 million as that many.
    #[must_use]
    pub fn new(verifier: Verifier, entries: usize) -> Self {
        Self { verifier, table: Arc::new(Table::new(entries)) }
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
        // Before any of it is hashed.
        if token.len() > verifier.limits.token {
            return Err(Error::from(ErrorKind::TokenTooLong).into());
        }
        verifier.keys.with(now, |keys| {
            if !keys.has_public_keys() {
                return Ok(Arc::new(keep(verifier.verify_under(keys, token, now)?)?));
            }
            let (front, digest) = parting::part(token);
            if let Some(Known { times, value }) = self.table.find(&digest, front, keys) {
                checks::run_again(&verifier.policy, &times, now)?;
                return Ok(value);
            }
            let verified = verifier.verify_under(keys, token, now)?;
            let is_worth_it = verified.algorithm().kind() != Kind::Secret;
            let times = *verified.registered().places.times();
            let value = Arc::new(keep(verified)?);
            if is_worth_it {
                let known = Known { times, value: Arc::clone(&value) };
                self.table.insert(digest, keys, Entry { front: front.into(), known });
            }
            Ok(value)
        })
    }

    /// How many tokens are remembered, for monitoring. Those whose time or keys are over are counted until their
    /// room is needed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T> Clone for CachedVerifier<T> {
    fn clone(&self) -> Self {
        Self { verifier: self.verifier.clone(), table: Arc::clone(&self.table) }
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
