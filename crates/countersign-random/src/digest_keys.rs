//! The digest keys in force, and how one is replaced by the next.
//!
//! New digests are stored under the primary key. Records stored under a previous one are still found, for a
//! look-up sends the digests under all of them in one query; the caller then stores the primary's digest in
//! place of the old one, and drops the previous key once no record is left under it. Three keys are the most,
//! so that the price of a look-up has a bound. Nothing here knows when a key may go.

use std::{fmt, ops::Deref};

use crate::{DigestKey, Error, ErrorKind, KeyedDigest};

/// The most previous keys in a [`DigestKeys`].
pub const MAX_PREVIOUS_KEYS: usize = 2;
/// The primary key and the previous ones.
const MAX_KEYS: usize = 3;

/// The digest keys in force: the primary, under which new digests are stored, and at most
/// [`MAX_PREVIOUS_KEYS`] that older records may still be stored under. Their ids are distinct.
///
/// ```
/// use countersign_random::{DigestKey, DigestKeys};
///
/// let (new, old) = ([7; 32], [6; 32]); // random, from the service's configuration
/// let keys = DigestKeys::new(DigestKey::keyed(2, &new)?).with_previous(DigestKey::keyed(1, &old)?)?;
/// let candidates = keys.digests("example.com API key", &[b"token"]);
/// assert_eq!(candidates.iter().map(|candidate| candidate.key_id).collect::<Vec<_>>(), [2, 1]);
/// # Ok::<(), countersign_random::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct DigestKeys {
    primary: DigestKey,
    previous: Vec<DigestKey>,
}

impl DigestKeys {
    /// A primary key and no previous one.
    #[must_use]
    pub const fn new(primary: DigestKey) -> Self {
        Self { primary, previous: Vec::new() }
    }

    /// Adds a previous key.
    ///
    /// Security: beside a keyed primary key, a plain previous one is refused. Records are looked up under
    /// all keys, and anyone can compute a plain digest, so whoever can write to the table could enter
    /// tokens of their own under it: what the primary's secret prevents.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::PlainFormerKey`]; [`ErrorKind::DuplicateDigestKey`] if its id is taken;
    /// [`ErrorKind::TooManyDigestKeys`] if there are [`MAX_PREVIOUS_KEYS`] already.
    pub fn with_previous(self, key: DigestKey) -> Result<Self, Error> {
        if self.primary.is_keyed() && !key.is_keyed() {
            return Err(Error::new(ErrorKind::PlainFormerKey));
        }
        self.with_previous_plain_while_migrating(key)
    }

    /// Adds a previous key that may be plain though the primary is keyed: for a service that began with
    /// plain digests and is moving to keyed ones.
    ///
    /// Security: for as long as the plain key is there, whoever can write to the table can enter tokens of
    /// their own under it, as if the primary were plain too. Drop it once no record is left under it, or
    /// let the records that are left die with it, and use [`Self::with_previous`] from then on.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::DuplicateDigestKey`] if its id is taken; [`ErrorKind::TooManyDigestKeys`] if there are
    /// [`MAX_PREVIOUS_KEYS`] already.
    pub fn with_previous_plain_while_migrating(mut self, key: DigestKey) -> Result<Self, Error> {
        if self.get(key.id()).is_some() {
            return Err(Error::new(ErrorKind::DuplicateDigestKey));
        }
        if self.previous.len() >= MAX_PREVIOUS_KEYS {
            return Err(Error::new(ErrorKind::TooManyDigestKeys));
        }
        self.previous.push(key);
        Ok(self)
    }

    /// The key to store new digests under.
    #[must_use]
    pub const fn primary(&self) -> &DigestKey {
        &self.primary
    }

    /// The key of this id, primary or previous.
    #[must_use]
    pub fn get(&self, id: u32) -> Option<&DigestKey> {
        std::iter::once(&self.primary).chain(&self.previous).find(|key| key.id() == id)
    }

    /// The [digests](DigestKey::digest) under all keys, the primary's first, then the previous keys' in the
    /// order in which they were added. Nothing is allocated.
    #[must_use]
    pub fn digests(&self, domain: &str, parts: &[&[u8]]) -> Digests {
        let under = |key: &DigestKey| KeyedDigest { key_id: key.id(), digest: key.digest(domain, parts) };
        let mut entries = [under(&self.primary); MAX_KEYS];
        for (entry, key) in entries.iter_mut().skip(1).zip(&self.previous) {
            *entry = under(key);
        }
        Digests { entries, len: self.previous.len().saturating_add(1) }
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
            .with_previous(DigestKey::keyed(20, &[2; 32]).unwrap())
            .unwrap()
            .with_previous_plain_while_migrating(DigestKey::plain(10))
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
        let keys = DigestKeys::new(DigestKey::plain(1)).with_previous(DigestKey::plain(2)).unwrap();
        for id in [1, 2] {
            let error = keys.clone().with_previous(DigestKey::keyed(id, &[9; 32]).unwrap()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::DuplicateDigestKey);
        }
    }

    #[test]
    fn a_plain_key_stands_beside_a_keyed_primary_only_where_that_is_named() {
        let keyed = |id| DigestKey::keyed(id, &[9; 32]).unwrap();
        let refused = |primary: DigestKey, previous| {
            DigestKeys::new(primary).with_previous(previous).err().map(|error| error.kind())
        };
        assert_eq!(refused(keyed(1), DigestKey::plain(2)), Some(ErrorKind::PlainFormerKey));
        assert_eq!(refused(keyed(1), keyed(2)), None);
        assert_eq!(refused(DigestKey::plain(1), DigestKey::plain(2)), None);
        assert_eq!(refused(DigestKey::plain(1), keyed(2)), None);
        let behind = DigestKeys::new(keyed(1)).with_previous(keyed(2)).unwrap();
        let error = behind.clone().with_previous(DigestKey::plain(3)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PlainFormerKey);
        let migrating = behind.with_previous_plain_while_migrating(DigestKey::plain(3)).unwrap();
        assert_eq!(
            migrating.digests("d", &[]).iter().map(|entry| entry.key_id).collect::<Vec<_>>(),
            [1, 2, 3]
        );
    }

    #[test]
    fn a_third_previous_key_is_refused() {
        let key = DigestKey::keyed(40, &[4; 32]).unwrap();
        for error in [three().with_previous(key.clone()), three().with_previous_plain_while_migrating(key)] {
            assert_eq!(error.unwrap_err().kind(), ErrorKind::TooManyDigestKeys);
        }
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
            "DigestKeys { primary: DigestKey { id: 30, is_keyed: true, .. }, previous: \
             [DigestKey { id: 20, is_keyed: true, .. }, DigestKey { id: 10, is_keyed: false, .. }] } \
             [KeyedDigest { key_id: 30, digest: LookupDigest([redacted]) }, \
             KeyedDigest { key_id: 20, digest: LookupDigest([redacted]) }, \
             KeyedDigest { key_id: 10, digest: LookupDigest([redacted]) }]"
        );
    }
}
