//! The digest keys in force, and how one is replaced by the next.
//!
//! New digests are stored under the primary key. Records stored under a former one are still found, for a
//! look-up sends the digests under all of them in one query; the caller then stores the primary's digest in
//! place of the old one, and drops the former key once no record is left under it. Three keys are the most,
//! so that the price of a look-up has a bound. Nothing here knows when a key may go.

use std::{fmt, ops::Deref};

use crate::{DigestKey, Error, ErrorKind, KeyedDigest};

/// The most former keys in a [`DigestKeys`].
pub const MAX_FORMER_KEYS: usize = 2;
/// The primary key and the former ones.
const MAX_KEYS: usize = 3;

/// The digest keys in force: the primary, under which new digests are stored, and at most
/// [`MAX_FORMER_KEYS`] that older records may still be stored under. Their ids are distinct.
///
/// ```
/// use countersign_random::{DigestKey, DigestKeys};
///
/// let keys = DigestKeys::new(DigestKey::keyed(2, &[7; 32])?).with_former(DigestKey::plain(1))?;
/// let candidates = keys.digests("example.com API key", &[b"token"]);
/// assert_eq!(candidates.iter().map(|candidate| candidate.key_id).collect::<Vec<_>>(), [2, 1]);
/// # Ok::<(), countersign_random::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct DigestKeys {
    primary: DigestKey,
    former: Vec<DigestKey>,
}

impl DigestKeys {
    /// A primary key and no former one.
    #[must_use]
    pub const fn new(primary: DigestKey) -> Self {
        Self { primary, former: Vec::new() }
    }

    /// Adds a former key.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::DuplicateDigestKey`] if its id is taken, [`ErrorKind::TooManyDigestKeys`] if there are
    /// [`MAX_FORMER_KEYS`] already.
    pub fn with_former(mut self, key: DigestKey) -> Result<Self, Error> {
        if self.get(key.id()).is_some() {
            return Err(Error::new(ErrorKind::DuplicateDigestKey));
        }
        if self.former.len() >= MAX_FORMER_KEYS {
            return Err(Error::new(ErrorKind::TooManyDigestKeys));
        }
        self.former.push(key);
        Ok(self)
    }

    /// The key to store new digests under.
    #[must_use]
    pub const fn primary(&self) -> &DigestKey {
        &self.primary
    }

    /// The key of this id, primary or former.
    #[must_use]
    pub fn get(&self, id: u32) -> Option<&DigestKey> {
        std::iter::once(&self.primary).chain(&self.former).find(|key| key.id() == id)
    }

    /// The [digests](DigestKey::digest) under all keys, the primary's first, then the former keys' in the
    /// order in which they were added. Nothing is allocated.
    #[must_use]
    pub fn digests(&self, domain: &str, parts: &[&[u8]]) -> Digests {
        let under = |key: &DigestKey| KeyedDigest { key_id: key.id(), digest: key.digest(domain, parts) };
        let mut entries = [under(&self.primary); MAX_KEYS];
        for (entry, key) in entries.iter_mut().skip(1).zip(&self.former) {
            *entry = under(key);
        }
        Digests { entries, len: self.former.len().saturating_add(1) }
    }
}

/// One to three digests of the same token, the primary key's first.
#[derive(Clone, Copy)]
pub struct Digests {
    /// Entries from `len` on repeat the first.
    entries: [KeyedDigest; MAX_KEYS],
    len: usize,
}

impl Digests {
    /// The digests, to be looked up in one query.
    #[must_use]
    pub fn as_slice(&self) -> &[KeyedDigest] {
        // The length is never past the end. Were it, all entries would be as good: the rest repeat one.
        self.entries.get(..self.len).unwrap_or(&self.entries)
    }
}

impl Deref for Digests {
    type Target = [KeyedDigest];

    fn deref(&self) -> &[KeyedDigest] {
        self.as_slice()
    }
}

impl fmt::Debug for Digests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.as_slice()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> DigestKeys {
        DigestKeys::new(DigestKey::keyed(30, &[1; 32]).unwrap())
            .with_former(DigestKey::keyed(20, &[2; 32]).unwrap())
            .unwrap()
            .with_former(DigestKey::plain(10))
            .unwrap()
    }

    #[test]
    fn digests_come_under_every_key_with_the_primary_first() {
        let keys = three();
        for (keys, ids) in [(DigestKeys::new(DigestKey::plain(5)), &[5][..]), (keys, &[30, 20, 10])] {
            let digests = keys.digests("domain", &[b"a", b"b"]);
            assert_eq!(digests.iter().map(|entry| entry.key_id).collect::<Vec<_>>(), ids);
            for entry in digests.as_slice() {
                let alone = keys.get(entry.key_id).unwrap().digest("domain", &[b"a", b"b"]);
                assert!(entry.digest.matches(&alone), "key {}", entry.key_id);
            }
        }
    }

    #[test]
    fn an_id_is_taken_once() {
        let keys = DigestKeys::new(DigestKey::plain(1)).with_former(DigestKey::plain(2)).unwrap();
        for id in [1, 2] {
            let error = keys.clone().with_former(DigestKey::keyed(id, &[9; 32]).unwrap()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::DuplicateDigestKey);
        }
    }

    #[test]
    fn a_third_former_key_is_refused() {
        let error = three().with_former(DigestKey::plain(40)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooManyDigestKeys);
    }

    #[test]
    fn keys_are_found_by_their_id() {
        let keys = three();
        assert_eq!(keys.primary().id(), 30);
        assert_eq!([30, 20, 10].map(|id| keys.get(id).unwrap().id()), [30, 20, 10]);
        assert!(keys.get(0).is_none());
    }

    #[test]
    fn debug_shows_ids_alone() {
        let shown = format!("{:?} {:?}", three(), three().digests("d", &[]));
        assert_eq!(
            shown,
            "DigestKeys { primary: DigestKey { id: 30, is_keyed: true, .. }, former: \
             [DigestKey { id: 20, is_keyed: true, .. }, DigestKey { id: 10, is_keyed: false, .. }] } \
             [KeyedDigest { key_id: 30, digest: LookupDigest([redacted]) }, \
             KeyedDigest { key_id: 20, digest: LookupDigest([redacted]) }, \
             KeyedDigest { key_id: 10, digest: LookupDigest([redacted]) }]"
        );
    }
}
