//! Texts of any length as an index and a lock have them.

use countersign_random::DigestKey;
use countersign_token_store::RecordKind;
use sha2::{Digest as _, Sha256};

use crate::error::Failure;

pub(crate) fn id(id: &str) -> Vec<u8> {
    DigestKey::plain(0).digest("countersign-sqlx/id", &[id.as_bytes()]).as_bytes().to_vec()
}

pub(crate) fn owner(kind: RecordKind, owner: &str) -> Vec<u8> {
    let parts = [kind.as_str().as_bytes(), owner.as_bytes()];
    DigestKey::plain(0).digest("countersign-sqlx/owner", &parts).as_bytes().to_vec()
}

/// The key of a revoked name.
pub(crate) fn revoked(issuer: &str, tag: u8, name: &[u8]) -> Vec<u8> {
    Sha256::digest(crate::row::name(issuer, tag, name)).to_vec()
}

/// The number of an advisory lock: the first 8 bytes of a digest. If two owners share a number, an insertion for one
/// waits for a removal of the other.
pub(crate) fn lock(digest: &[u8]) -> i64 {
    digest.iter().take(8).fold(0, |number: i64, byte| number.wrapping_shl(8) | i64::from(*byte))
}

/// Refuses the answer of a standby.
pub(crate) fn from_primary(is_standby: bool) -> Result<(), Failure> {
    if is_standby { Err(Failure::Standby) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lock_number_is_the_first_eight_bytes() {
        assert_eq!(lock(&[0, 0, 0, 0, 0, 0, 1, 2, 99]), 258);
        assert_eq!(lock(&[0xff; 32]), -1);
    }

    #[test]
    fn key_of_revoked_name_is_the_digest_of_its_canonical_bytes() {
        // printf 'j\0\0\0\0\0\0\0\002abxyz' | sha256sum
        let expected = "1ab68d94e59ab070a0025a201b4f9f37df7b4c962c7e1e3027f435f20f04f8b0";
        let hex: String = revoked("ab", b'j', b"xyz").iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, expected);
    }
}
