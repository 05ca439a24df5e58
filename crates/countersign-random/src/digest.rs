//! What a store keeps instead of a token.
//!
//! A token is long and random, so one fast hash is enough where a password needs a slow one: there is
//! nothing to guess. [`DigestKey::keyed`] adds a secret from outside the database, so that a leaked or
//! altered table is of no use without it: nobody can tell which token a digest belongs to, nor write a
//! digest for a token of their own. Each key has a number that is stored beside the digest, so that keys
//! can be replaced; see [`DigestKeys`](crate::DigestKeys).
//!
//! # The bytes
//!
//! `SHA-256(m)`, or `HMAC-SHA-256(secret, m)` (RFC 2104), over
//!
//! ```text
//! m = len(domain) domain len(part 1) part 1 ... len(part n) part n
//! ```
//!
//! where `len` is the number of bytes (of UTF-8, for the domain) as 8 bytes, big-endian. The lengths make
//! `m` readable in one way only, so two different inputs never give the same `m`: neither characters moved
//! from one part to the next, nor an empty part more, nor another domain.
//!
//! This module does not choose domains, and keeps no digests.

use std::{fmt, sync::Arc};

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256, digest::Update};
use subtle::ConstantTimeEq;

use crate::{Error, ErrorKind};

/// The shortest secret of a keyed digest, in bytes: the size of the hash (RFC 2104, section 3).
pub const MIN_SECRET_BYTES: usize = 32;

/// A digest of a token: 32 bytes, to look the token's record up by.
///
/// Security: under a plain key anyone who has a token can compute it, and it is no secret; it is redacted
/// in `Debug` all the same, because it singles out a credential. There is no `PartialEq`; compare with
/// [`Self::matches`].
#[derive(Clone, Copy)]
pub struct LookupDigest([u8; 32]);

impl LookupDigest {
    /// A digest that a store kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes to store and to look up by.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether both are the same, in time that does not depend on where they differ.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for LookupDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LookupDigest([redacted])")
    }
}

/// A digest and the id of the key it was made with, as they are stored side by side.
#[derive(Clone, Copy, Debug)]
pub struct KeyedDigest {
    /// The id of the [`DigestKey`].
    pub key_id: u32,
    /// The digest under that key.
    pub digest: LookupDigest,
}

/// How tokens are digested: by SHA-256 alone, or by HMAC-SHA-256 with a secret.
///
/// A clone shares the secret. `Debug` shows the id and whether there is a secret.
#[derive(Clone)]
pub struct DigestKey {
    id: u32,
    /// HMAC with the secret already taken in, so that a digest costs no more than hashing its input.
    prepared: Option<Arc<Hmac<Sha256>>>,
}

impl DigestKey {
    /// SHA-256, without a secret.
    ///
    /// Security: enough for tokens of 128 random bits and more, and for nothing shorter. A leaked table
    /// lets anyone check whether a token they have is in it, and anyone who can write to the table can
    /// enter a token of their own; [`Self::keyed`] prevents both.
    #[must_use]
    pub const fn plain(id: u32) -> Self {
        Self { id, prepared: None }
    }

    /// HMAC-SHA-256 under `secret`, which should be random and kept outside the database.
    ///
    /// The caller's copy of the secret is the caller's to wipe. The prepared state is wiped when the last
    /// clone is dropped; copies that the hash makes on the stack while it prepares are not.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::DigestSecretTooShort`] if it has fewer than [`MIN_SECRET_BYTES`] bytes.
    pub fn keyed(id: u32, secret: &[u8]) -> Result<Self, Error> {
        let too_short = || Error::new(ErrorKind::DigestSecretTooShort);
        if secret.len() < MIN_SECRET_BYTES {
            return Err(too_short());
        }
        let prepared = Hmac::new_from_slice(secret).map_err(|_| too_short())?;
        Ok(Self { id, prepared: Some(Arc::new(prepared)) })
    }

    /// The number that names this key beside the digests made with it.
    #[must_use]
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// Whether there is a secret.
    #[must_use]
    pub const fn is_keyed(&self) -> bool {
        self.prepared.is_some()
    }

    /// The digest of `parts` in `domain`, over exactly these bytes: `domain` and then each part, every one
    /// preceded by its length in bytes as 8 bytes, big-endian.
    ///
    /// `domain` says what the digest is for, such as `example.com API key`. The same token in two domains
    /// has two unrelated digests, so that a record of one kind is never found as another.
    ///
    /// ```
    /// use countersign_random::DigestKey;
    ///
    /// let key = DigestKey::plain(0);
    /// let stored = key.digest("example.com API key", &[b"token"]);
    /// assert!(key.digest("example.com API key", &[b"token"]).matches(&stored));
    /// assert!(!key.digest("example.com session", &[b"token"]).matches(&stored));
    /// ```
    #[must_use]
    pub fn digest(&self, domain: &str, parts: &[&[u8]]) -> LookupDigest {
        match &self.prepared {
            None => {
                let mut hash = Sha256::new();
                absorb(&mut hash, domain, parts);
                LookupDigest(hash.finalize().into())
            }
            Some(prepared) => {
                let mut mac = Hmac::clone(prepared);
                absorb(&mut mac, domain, parts);
                LookupDigest(mac.finalize().into_bytes().into())
            }
        }
    }
}

/// Takes in `domain` and `parts`, each preceded by its length.
fn absorb(hash: &mut impl Update, domain: &str, parts: &[&[u8]]) {
    let mut one = |bytes: &[u8]| {
        // A slice's length is at most isize::MAX, so it fits 64 bits on every platform.
        hash.update(&(bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    one(domain.as_bytes());
    parts.iter().for_each(|part| one(part));
}

impl fmt::Debug for DigestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DigestKey")
            .field("id", &self.id)
            .field("is_keyed", &self.is_keyed())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_of_31_bytes_is_refused_and_one_of_32_is_taken() {
        for length in [0, 31] {
            let error = DigestKey::keyed(1, &vec![1; length]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::DigestSecretTooShort);
        }
        assert!(DigestKey::keyed(1, &[1; 32]).unwrap().is_keyed());
        assert!(!DigestKey::plain(1).is_keyed());
    }

    #[test]
    fn a_clone_gives_the_same_digests_and_shares_the_prepared_state() {
        let key = DigestKey::keyed(9, &[3; 32]).unwrap();
        let clone = key.clone();
        assert_eq!(clone.id(), 9);
        assert!(key.digest("d", &[b"t"]).matches(&clone.digest("d", &[b"t"])));
        assert!(Arc::ptr_eq(key.prepared.as_ref().unwrap(), clone.prepared.as_ref().unwrap()));
    }

    #[test]
    fn digests_match_only_if_every_bit_is_the_same() {
        let digest = LookupDigest::from_bytes([0x5a; 32]);
        assert!(digest.matches(&LookupDigest::from_bytes([0x5a; 32])));
        for bit in 0..256 {
            let mut bytes = *digest.as_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(!digest.matches(&LookupDigest::from_bytes(bytes)), "bit {bit}");
        }
    }

    #[test]
    fn the_hash_that_holds_the_secret_wipes_its_state() {
        // As for SecretString: what cannot be observed in safe code is held fast by a bound. HMAC is two
        // such cores and a block buffer; the feature of sha2 that makes them wipe themselves is on.
        fn wiped<T: zeroize::ZeroizeOnDrop>() {}
        wiped::<Sha256>();
        wiped::<<Sha256 as hmac::EagerHash>::Core>();
    }

    #[test]
    fn debug_shows_ids_and_neither_secret_nor_digest() {
        let key = DigestKey::keyed(7, b"canary canary canary canary 0123").unwrap();
        assert_eq!(format!("{key:?}"), "DigestKey { id: 7, is_keyed: true, .. }");
        let digest = KeyedDigest { key_id: 7, digest: LookupDigest::from_bytes([0x63; 32]) };
        assert_eq!(format!("{digest:?}"), "KeyedDigest { key_id: 7, digest: LookupDigest([redacted]) }");
    }
}
