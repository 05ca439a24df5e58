//! The names of the keys, and how an entry's value is written.
//!
//! ```text
//! prefix:{NN}:e        a bucket's epoch: 16 random bytes, there as long as the server has not been emptied
//! prefix:{NN}:r:NAME   an entry of what is revoked; NAME as countersign_revocation::encode writes it
//! prefix:{NN}:f        the highest subject version that was ever written in the bucket
//! prefix:{NN}:s        the bucket's last changes, a stream
//! prefix:{tXX}:e              the epoch of a bucket of tokens
//! prefix:{tXX}:o:KIND:OWNER    an owner's records of a kind (api-key, access-token, session), a hash by id
//! prefix:{tXX}:c:KIND:OWNER    when each of these records may be collected, a sorted set of the same ids
//! prefix:{tXX}:n               the bucket's counted records, KEY:KIND:OWNER:ID, a sorted set by the same times
//! prefix:{tXX}:k               how many of them each digest key has, a hash; KEY in 8 hexadecimal digits
//! prefix:{tXX}:i:KIND:HEX      from SHA-256 of a record's id to the record
//! prefix:{tXX}:d:KIND:KEY:HEX  from a record's digest to the record; of a session from its locator, with KEY 0
//! prefix:w:{TAG}       written before a WAIT, in the slot of what the WAIT is about
//! ```
//!
//! OWNER is the SHA-256 of the owner in hexadecimal digits. XX are the first two digits of that hash, or of the HEX of a
//! pointer.
//!
//! The text in braces is the hash tag by which a cluster finds the node. So all keys of one bucket are on one node: a
//! question reads the epoch beside the entry, and one script may use an owner's records and the counts together. There
//! are 16 buckets of revocations, and not more, because each has a stream that every replica reads in every round;
//! revocations are rare enough for 16 nodes to bear them. There are 256 buckets of tokens. Both numbers are part of the
//! stored layout.
//!
//! Numbers in values are decimal digits of a fixed width, because scripts compare them: Lua's own numbers are exact
//! to 53 bits only, and digits sort alike in every locale.

use countersign_random::KeyedDigest;
use countersign_revocation::{Change, RetainUntil, encode};
use countersign_token_store::RecordKind;
use sha2::{Digest, Sha256};

use crate::error::Failure;
use crate::place::{Group, Place, hex};

/// The number of buckets of revocations.
pub(crate) const BUCKETS: u8 = 16;

/// A bucket: keys that a cluster has on one node, with an epoch of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bucket {
    Revocations(u8),
    Tokens(u8),
}

impl Bucket {
    /// All buckets, in the order of their epochs.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..BUCKETS).map(Self::Revocations).chain(Self::tokens())
    }

    pub(crate) fn tokens() -> impl Iterator<Item = Self> {
        (0..=u8::MAX).map(Self::Tokens)
    }

    /// The bucket of a SHA-256 hash or a digest.
    pub(crate) fn of_hash(hash: &[u8]) -> Self {
        Self::Tokens(hash.first().copied().unwrap_or_default())
    }

    /// The place of its epoch among those of all buckets.
    pub(crate) fn index(self) -> usize {
        match self {
            Self::Revocations(number) => usize::from(number),
            Self::Tokens(number) => usize::from(BUCKETS).saturating_add(usize::from(number)),
        }
    }

    fn tag(self) -> String {
        match self {
            Self::Revocations(number) => format!("{{{number:02}}}"),
            Self::Tokens(number) => format!("{{t{number:02x}}}"),
        }
    }
}

/// The width of a number: that of `u64::MAX`.
const DIGITS: usize = 20;

/// Makes the names of the keys.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    prefix: String,
}

impl Layout {
    pub(crate) fn new(prefix: String) -> Self {
        Self { prefix }
    }

    pub(crate) fn epoch(&self, bucket: Bucket) -> Vec<u8> {
        self.in_bucket(bucket, "e")
    }

    pub(crate) fn floor(&self, bucket: u8) -> Vec<u8> {
        self.in_bucket(Bucket::Revocations(bucket), "f")
    }

    pub(crate) fn stream(&self, bucket: u8) -> Vec<u8> {
        self.in_bucket(Bucket::Revocations(bucket), "s")
    }

    fn in_bucket(&self, bucket: Bucket, what: &str) -> Vec<u8> {
        format!("{}:{}:{what}", self.prefix, bucket.tag()).into_bytes()
    }

    /// The channel on which writers say that there is something new in a stream.
    pub(crate) fn channel(&self) -> Vec<u8> {
        format!("{}:changed", self.prefix).into_bytes()
    }

    /// A key that nothing is ever kept under.
    pub(crate) fn guard(&self) -> Vec<u8> {
        format!("{}:guard", self.prefix).into_bytes()
    }

    pub(crate) fn entry(&self, name: &Name) -> Vec<u8> {
        let mut key = self.in_bucket(Bucket::Revocations(name.bucket), "r:");
        key.extend_from_slice(&name.bytes);
        key
    }

    /// Matches all entries, and little else.
    pub(crate) fn entry_pattern(&self) -> Vec<u8> {
        format!("{}:{{[01][0-9]}}:r:*", self.prefix).into_bytes()
    }

    /// The name in an entry's key; `None` for a key that is no entry's.
    pub(crate) fn name_of(&self, key: &[u8]) -> Option<Name> {
        let rest = key.strip_prefix(self.prefix.as_bytes())?.strip_prefix(b":{")?;
        let (bucket, rest) = rest.split_at_checked(2)?;
        let bytes = rest.strip_prefix(b"}:r:")?;
        let bucket: u8 = std::str::from_utf8(bucket).ok()?.parse().ok()?;
        let name = Name::of_bytes(bytes.to_vec());
        (name.bucket == bucket).then_some(name)
    }

    /// The records of one owner and kind.
    pub(crate) fn records(&self, group: &Group) -> Vec<u8> {
        self.in_bucket(group.bucket(), &format!("o:{}", group.name()))
    }

    /// The times at which these records may be collected.
    fn collection(&self, group: &Group) -> Vec<u8> {
        self.in_bucket(group.bucket(), &format!("c:{}", group.name()))
    }

    /// The counted records of a bucket, and their number for each digest key.
    pub(crate) fn counts(&self, bucket: Bucket) -> [Vec<u8>; 2] {
        [self.in_bucket(bucket, "n"), self.in_bucket(bucket, "k")]
    }

    /// The keys that a script on an owner's records uses.
    pub(crate) fn keys_of(&self, group: &Group) -> Vec<Vec<u8>> {
        let [counted, counts] = self.counts(group.bucket());
        vec![self.records(group), self.collection(group), counted, counts]
    }

    /// Matches the records of all owners, and little else.
    pub(crate) fn records_pattern(&self, kind: RecordKind) -> Vec<u8> {
        format!("{}:{{t??}}:o:{}:*", self.prefix, kind.as_str()).into_bytes()
    }

    /// The group in the key of its records; `None` for another key.
    pub(crate) fn group_of(&self, key: &[u8]) -> Option<Group> {
        let rest = std::str::from_utf8(key).ok()?.strip_prefix(&self.prefix)?.strip_prefix(":{t")?;
        let (_, name) = rest.split_once("}:o:")?;
        let group = Place::of_target(format!("{name}:").as_bytes()).ok()?.group;
        (self.records(&group) == key).then_some(group)
    }

    /// The pointer from an id.
    pub(crate) fn id(&self, kind: RecordKind, id: &str) -> Pointer {
        let hash = Sha256::digest(id);
        let bucket = Bucket::of_hash(&hash);
        Pointer { key: self.in_bucket(bucket, &format!("i:{}:{}", kind.as_str(), hex(&hash))), bucket }
    }

    /// The pointer from a digest.
    pub(crate) fn digest(&self, kind: RecordKind, digest: &KeyedDigest) -> Pointer {
        let bytes = digest.digest.as_bytes();
        let bucket = Bucket::of_hash(bytes);
        let name = format!("d:{}:{}:{}", kind.as_str(), digest.key_id, hex(bytes));
        Pointer { key: self.in_bucket(bucket, &name), bucket }
    }

    /// A key in the slot of another one.
    pub(crate) fn beside(&self, key: &[u8]) -> Vec<u8> {
        let tag = |key: &[u8]| {
            let start = key.iter().position(|&byte| byte == b'{')?.checked_add(1)?;
            let (_, rest) = key.split_at_checked(start)?;
            let end = rest.iter().position(|&byte| byte == b'}')?;
            Some(rest.get(..end)?.to_vec())
        };
        let mut beside = format!("{}:w:{{", self.prefix).into_bytes();
        beside.extend(tag(key).unwrap_or_else(|| key.to_vec()));
        beside.push(b'}');
        beside
    }
}

/// A pointer's key, and the bucket that it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pointer {
    pub(crate) key: Vec<u8>,
    pub(crate) bucket: Bucket,
}

/// An entry's name in its canonical bytes, and the bucket that it is in.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) bytes: Vec<u8>,
    pub(crate) bucket: u8,
}

impl Name {
    pub(crate) fn new(issuer: &str, tag: u8, name: &[u8]) -> Self {
        // The tag and the length stand before the issuer.
        let mut bytes = Vec::with_capacity(issuer.len().saturating_add(name.len()).saturating_add(9));
        encode(issuer, tag, name, |part| bytes.extend_from_slice(part));
        Self::of_bytes(bytes)
    }

    pub(crate) fn of_bytes(bytes: Vec<u8>) -> Self {
        let [low, ..] = crc32fast::hash(&bytes).to_le_bytes();
        Self { bytes, bucket: low % BUCKETS }
    }
}

/// What is recorded of one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) until: RetainUntil,
    /// Of a subject; 0 of anything else.
    pub(crate) subject_version: u64,
    /// Of a subject, in seconds of Unix time.
    pub(crate) cutoff: i64,
}

impl Entry {
    /// Reads a value: the end, or end, subject version and cutoff of a subject.
    pub(crate) fn parse(value: &[u8], is_subject: bool) -> Result<Self, Failure> {
        let mut numbers = [0; 3];
        let expected = if is_subject { 3 } else { 1 };
        let (chunks, rest) = value.as_chunks::<DIGITS>();
        if chunks.len() != expected || !rest.is_empty() {
            return Err(Failure::Corrupt);
        }
        for (number, chunk) in numbers.iter_mut().zip(chunks) {
            if !chunk.iter().all(u8::is_ascii_digit) {
                return Err(Failure::Corrupt);
            }
            let text = std::str::from_utf8(chunk).map_err(|_| Failure::Corrupt)?;
            *number = text.parse().map_err(|_| Failure::Corrupt)?;
        }
        let [until, subject_version, cutoff] = numbers;
        let cutoff = if is_subject { shifted_back(cutoff) } else { 0 };
        Ok(Self { until: RetainUntil::from_unix_seconds(until), subject_version, cutoff })
    }

    /// What a replica takes in. `None` if the bytes name nothing that is known.
    pub(crate) fn change(self, name: Name) -> Option<Change> {
        Change::from_entry(name.bytes, self.until, self.subject_version, self.cutoff)
    }
}

/// A number as scripts compare it.
pub(crate) fn digits(number: u64) -> String {
    format!("{number:0DIGITS$}")
}

/// A cutoff as scripts compare it: moved up by 2^63, so that it is never below zero.
pub(crate) fn cutoff_digits(cutoff: i64) -> String {
    digits(cutoff.cast_unsigned() ^ (1 << 63))
}

fn shifted_back(number: u64) -> i64 {
    (number ^ (1 << 63)).cast_signed()
}

#[cfg(test)]
mod tests {
    use countersign_random::LookupDigest;

    use super::*;
    use crate::place::Place;

    #[test]
    fn keys_are_written_as_pinned() {
        let layout = Layout::new("p".to_owned());
        let digest = KeyedDigest { key_id: 7, digest: LookupDigest::from_bytes([0xab; 32]) };
        let text = |key: Vec<u8>| String::from_utf8(key).unwrap();
        assert_eq!(text(layout.epoch(Bucket::Revocations(3))), "p:{03}:e");
        assert_eq!(text(layout.epoch(Bucket::Tokens(10))), "p:{t0a}:e");
        let kind = RecordKind::ApiKey;
        let expected = format!("p:{{tab}}:d:api-key:7:{}", "ab".repeat(32));
        assert_eq!(text(layout.digest(kind, &digest).key), expected);
        // SHA-256 of "abc" (FIPS 180-2, appendix B.1).
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(text(layout.id(kind, "abc").key), format!("p:{{tba}}:i:api-key:{abc}"));
        let place = Place::new(RecordKind::Session, "abc", "id:1");
        let keys = layout.keys_of(&place.group).into_iter().map(text).collect::<Vec<_>>();
        let expected = [
            format!("p:{{tba}}:o:session:{abc}"),
            format!("p:{{tba}}:c:session:{abc}"),
            "p:{tba}:n".to_owned(),
            "p:{tba}:k".to_owned(),
        ];
        assert_eq!(keys, expected);
        assert_eq!(text(place.target()), format!("session:{abc}:id:1"));
        // CRC-32 of "123456789" is 0xcbf43926, the algorithm's check value.
        assert_eq!(Name::of_bytes(b"123456789".to_vec()).bucket, 6);
    }

    #[test]
    fn each_bucket_has_an_epoch_of_its_own() {
        assert!(Bucket::all().map(Bucket::index).eq(0..272));
    }

    #[test]
    fn key_of_records_gives_their_group_back() {
        let layout = Layout::new("p".to_owned());
        for kind in RecordKind::ALL {
            let group = Group::new(kind, "owner");
            assert_eq!(layout.group_of(&layout.records(&group)), Some(group.clone()));
            assert_eq!(layout.group_of(&layout.collection(&group)), None);
        }
        assert_eq!(layout.group_of(&layout.stream(3)), None);
    }

    #[test]
    fn key_written_before_a_wait_shares_the_slot() {
        let layout = Layout::new("p".to_owned());
        assert_eq!(layout.beside(b"p:{07}:r:x{y}"), b"p:w:{07}");
        assert_eq!(layout.beside(b"p:abc"), b"p:w:{p:abc}");
    }

    #[test]
    fn an_entrys_key_gives_its_name_back_and_other_keys_give_none() {
        let layout = Layout::new("p".to_owned());
        let name = Name::new("issuer", b's', b"a}:{\0\xff");
        let key = layout.entry(&name);
        assert!(layout.name_of(&key) == Some(name));
        let moved = String::from_utf8_lossy(&key).replace("p:{", "q:{").into_bytes();
        for other in [
            layout.epoch(Bucket::Revocations(0)),
            layout.stream(1),
            b"p:{xx}:r:a".to_vec(),
            b"p:{".to_vec(),
            moved,
        ] {
            assert!(layout.name_of(&other).is_none());
        }
    }

    #[test]
    fn numbers_sort_as_their_texts_do_and_come_back() {
        assert_eq!(digits(u64::MAX), "18446744073709551615");
        assert_eq!(digits(5), "00000000000000000005");
        let cutoffs = [i64::MIN, -1, 0, 1, i64::MAX];
        assert!(cutoffs.map(cutoff_digits).is_sorted());
        for cutoff in cutoffs {
            let value = digits(9) + &digits(8) + &cutoff_digits(cutoff);
            let entry = Entry::parse(value.as_bytes(), true).unwrap();
            assert_eq!((entry.until.as_unix_seconds(), entry.subject_version, entry.cutoff), (9, 8, cutoff));
        }
    }

    #[test]
    fn a_value_of_another_shape_is_corrupt() {
        let (one, three) = (digits(1), digits(1).repeat(3));
        assert!(Entry::parse(one.as_bytes(), false).is_ok());
        for (value, is_subject) in [
            (one.clone(), true),
            (three.clone(), false),
            (String::new(), false),
            (String::new(), true),
            ("+0000000000000000001".to_owned(), false),
            ("99999999999999999999".to_owned(), false),
            (three + "0", true),
        ] {
            assert!(matches!(Entry::parse(value.as_bytes(), is_subject), Err(Failure::Corrupt)), "{value}");
        }
    }
}
