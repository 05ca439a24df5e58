//! Where a record is: its owner, its family and its id.

use sha2::{Digest, Sha256};

use crate::error::Failure;

/// One owner's records of one family, which are one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    /// SHA-256 of the owner, in hex: the hash tag of its slot.
    pub(crate) owner: String,
    pub(crate) family: String,
}

impl Group {
    pub(crate) fn new(family: &str, owner: &str) -> Self {
        Self { owner: hex(&Sha256::digest(owner)), family: family.to_owned() }
    }
}

/// Where a record is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) group: Group,
    pub(crate) id: String,
}

impl Place {
    pub(crate) fn new(family: &str, owner: &str, id: &str) -> Self {
        Self { group: Group::new(family, owner), id: id.to_owned() }
    }

    /// As a pointer has it: `HEX:FAMILY:ID`.
    pub(crate) fn target(&self) -> Vec<u8> {
        format!("{}:{}:{}", self.group.owner, self.group.family, self.id).into_bytes()
    }

    pub(crate) fn of_target(target: &[u8]) -> Result<Self, Failure> {
        let parse = || {
            let (owner, rest) = std::str::from_utf8(target).ok()?.split_once(':')?;
            let (family, id) = rest.split_once(':')?;
            let group = Group { owner: owner.to_owned(), family: family.to_owned() };
            is_hash(owner).then(|| Self { group, id: id.to_owned() })
        };
        parse().ok_or(Failure::Corrupt)
    }
}

/// Whether a text is a SHA-256 in hex.
pub(crate) fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
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
            let place = Place::new("api-key", "owner", id);
            assert_eq!(Place::of_target(&place.target()).unwrap(), place);
        }
        for target in ["", "::", "abc:session:s"] {
            assert!(matches!(Place::of_target(target.as_bytes()), Err(Failure::Corrupt)), "{target}");
        }
    }
}
