//! A record as the server has it: a head of fixed width, and the record in JSON.
//!
//! The head is the version (16 characters), the marks of the two pointers (16 each), the counted digest key (8
//! hexadecimal digits, or dashes), the end (20 digits) and the digest (its key in 8 digits, and 64). Scripts compare
//! parts of the head and do not look into the JSON.

use countersign_random::{KeyedDigest, LookupDigest};
use countersign_token_store::{Record, RecordKind, Version, Versioned};
use rand::TryRng;
use rand::rngs::SysRng;
use time::OffsetDateTime;

use crate::error::Failure;
use crate::place::hex;

/// The length of a mark, and of a version.
pub(crate) const MARK: usize = 16;

/// The length of the head.
const HEAD: usize = 148;

/// What no end is in the head: it sorts after every end.
const NEVER: &str = "99999999999999999999";

/// What distinguishes one writing from another: 64 random bits in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark([u8; MARK]);

impl Mark {
    pub(crate) fn random() -> Result<Self, Failure> {
        let mut bytes = [0; 8];
        SysRng.try_fill_bytes(&mut bytes).map_err(|_| Failure::Random)?;
        Self::parse(format!("{:016x}", u64::from_ne_bytes(bytes)).as_bytes())
    }

    fn parse(bytes: &[u8]) -> Result<Self, Failure> {
        Ok(Self(bytes.try_into().map_err(|_| Failure::Corrupt)?))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A version as the head has it.
pub(crate) fn version_text(version: Version) -> String {
    format!("{:016x}", version.0)
}

/// What the head says.
#[derive(Clone)]
pub(crate) struct Head {
    pub(crate) version: Version,
    /// The marks of the pointers from the id and from the digest.
    pub(crate) marks: [Mark; 2],
    /// In milliseconds of Unix time.
    pub(crate) end: Option<u64>,
    pub(crate) digest: KeyedDigest,
}

impl Head {
    pub(crate) fn parse(head: &[u8]) -> Result<Self, Failure> {
        let mut rest =
            std::str::from_utf8(head.get(..HEAD).ok_or(Failure::Corrupt)?).map_err(|_| Failure::Corrupt)?;
        let mut take = |length| {
            let (part, after) = rest.split_at_checked(length).ok_or(Failure::Corrupt)?;
            rest = after;
            Ok::<_, Failure>(part)
        };
        let number = |text| u64::from_str_radix(text, 16).map_err(|_| Failure::Corrupt);
        let version = Version(number(take(MARK)?)?);
        let marks = [Mark::parse(take(MARK)?.as_bytes())?, Mark::parse(take(MARK)?.as_bytes())?];
        take(8)?;
        let end = match take(20)? {
            NEVER => None,
            end => Some(end.parse().map_err(|_| Failure::Corrupt)?),
        };
        let key_id = u32::from_str_radix(take(8)?, 16).map_err(|_| Failure::Corrupt)?;
        let mut bytes = [0; 32];
        for byte in &mut bytes {
            *byte = u8::from_str_radix(take(2)?, 16).map_err(|_| Failure::Corrupt)?;
        }
        Ok(Self {
            version,
            marks,
            end,
            digest: KeyedDigest { key_id, digest: LookupDigest::from_bytes(bytes) },
        })
    }
}

/// A stored value.
pub(crate) struct Stored {
    pub(crate) head: Head,
    pub(crate) record: Record,
}

impl Stored {
    pub(crate) fn parse(kind: RecordKind, value: &[u8]) -> Result<Self, Failure> {
        let (head, json) = value.split_at_checked(HEAD).ok_or(Failure::Corrupt)?;
        let record = Record::from_json(kind, json).map_err(|_| Failure::Corrupt)?;
        Ok(Self { head: Head::parse(head)?, record })
    }

    pub(crate) fn versioned(self) -> Versioned {
        Versioned { record: self.record, version: self.head.version }
    }
}

/// The value without the version and the marks.
pub(crate) fn rest(record: &Record) -> Result<Vec<u8>, Failure> {
    let counted = record.digest_key().map_or_else(|| "-".repeat(8), |key| format!("{key:08x}"));
    let end = end_of(record).map_or_else(|| NEVER.to_owned(), |end| format!("{end:020}"));
    let digest = record.digest();
    let head = format!("{counted}{end}{:08x}{}", digest.key_id, hex(digest.digest.as_bytes()));
    let mut rest = head.into_bytes();
    rest.extend(record.to_json().map_err(|_| Failure::Corrupt)?);
    Ok(rest)
}

/// The end after which the server may collect a record and its pointers, in milliseconds of Unix time.
///
/// Of a session that is its absolute end, not the idle end: each rotation moves the idle end, and would have to move
/// the lifetimes of both pointers too, on other nodes.
pub(crate) fn end_of(record: &Record) -> Option<u64> {
    let end = match record {
        Record::Session(session) => Some(session.record.expires_at),
        Record::Token(token) => token.record.expires_at,
    };
    end.map(milliseconds)
}

fn milliseconds(end: OffsetDateTime) -> u64 {
    u64::try_from(end.unix_timestamp_nanos().div_euclid(1_000_000)).unwrap_or(0)
}
