//! Where a record is: its kind, its owner and its id.

use countersign_token_store::{Record, RecordKind};
use sha2::{Digest, Sha256};

use crate::error::Failure;
use crate::layout::Bucket;

/// One owner's records of one kind, which are one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) kind: RecordKind,
    /// SHA-256 of the owner.
    owner: [u8; 32],
}

impl Group {
    pub(crate) fn new(kind: RecordKind, owner: &str) -> Self {
        Self { kind, owner: Sha256::digest(owner).into() }
    }

    pub(crate) fn bucket(&self) -> Bucket {
        Bucket::of_hash(&self.owner)
    }

    /// `KIND:OWNER`, as in keys.
    pub(crate) fn name(&self) -> String {
        format!("{}:{}", self.kind.as_str(), hex(&self.owner))
    }
}

/// Where a record is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) group: Group,
    pub(crate) id: String,
}

impl Place {
    pub(crate) fn new(kind: RecordKind, owner: &str, id: &str) -> Self {
        Self { group: Group::new(kind, owner), id: id.to_owned() }
    }

    pub(crate) fn of(record: &Record) -> Self {
        Self::new(record.kind(), record.owner(), record.id())
    }

    /// As a pointer has it: `KIND:OWNER:ID`.
    pub(crate) fn target(&self) -> Vec<u8> {
        format!("{}:{}", self.group.name(), self.id).into_bytes()
    }

    pub(crate) fn of_target(target: &[u8]) -> Result<Self, Failure> {
        let parse = || {
            let (kind, rest) = std::str::from_utf8(target).ok()?.split_once(':')?;
            let (owner, id) = rest.split_once(':')?;
            let kind = RecordKind::ALL.into_iter().find(|known| known.as_str() == kind)?;
            let group = Group { kind, owner: bytes(owner)? };
            Some(Self { group, id: id.to_owned() })
        };
        parse().ok_or(Failure::Corrupt)
    }
}

/// The 32 bytes that 64 hexadecimal digits stand for.
fn bytes(hex: &str) -> Option<[u8; 32]> {
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    let parse = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Vec<u8> = pairs.iter().map(parse).collect::<Option<_>>()?;
    if rest.is_empty() { bytes.try_into().ok() } else { None }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a `String` does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn target_of_a_pointer_parses_back() {
        for id in ["", ":", "a:b", "ключ"] {
            let place = Place::new(RecordKind::ApiKey, "owner", id);
            assert_eq!(Place::of_target(&place.target()).unwrap(), place);
        }
        for target in ["", "::", "session:abc:s", "other:abc:s"] {
            assert!(matches!(Place::of_target(target.as_bytes()), Err(Failure::Corrupt)), "{target}");
        }
    }
}
