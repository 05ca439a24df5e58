//! Parameters of statements, and the digests among them.
//!
//! The driver writes parameters to its log at the level `debug`, by their Debug. So each goes in a wrapper that shows
//! nothing.

use std::error::Error;
use std::fmt;

use bytes::BytesMut;
use countersign_random::DigestKey;
use countersign_revocation::encode;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

/// A parameter that Debug does not show.
pub(crate) struct Hidden<T>(pub(crate) T);

impl<T> fmt::Debug for Hidden<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

impl<T: ToSql> ToSql for Hidden<T> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        self.0.to_sql(ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        T::accepts(ty)
    }

    to_sql_checked!();
}

/// What a row of `revoked` is found by: SHA-256 of the canonical bytes of the name.
pub(crate) fn revoked_key(issuer: &str, tag: u8, name: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    encode(issuer, tag, name, |part| hash.update(part));
    hash.finalize().into()
}

/// The canonical bytes themselves, for the replicas.
pub(crate) fn revoked_name(issuer: &str, tag: u8, name: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(issuer, tag, name, |part| bytes.extend_from_slice(part));
    bytes
}

/// A text as an index has it. An index of PostgreSQL takes no more than some 2,700 bytes, and texts have any length.
pub(crate) fn indexed(domain: &str, texts: &[&str]) -> Vec<u8> {
    let parts: Vec<_> = texts.iter().map(|text| text.as_bytes()).collect();
    DigestKey::plain(0).digest(domain, &parts).as_bytes().to_vec()
}

/// A moment as an index has it: in Unix milliseconds, cut off as the record itself has it once it has been written
/// (`time::serde::timestamp::milliseconds`).
pub(crate) fn milliseconds(moment: OffsetDateTime) -> i64 {
    i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// A limit as a statement takes it.
pub(crate) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_digest_of_the_canonical_bytes() {
        // printf 'j\0\0\0\0\0\0\0\002abxyz' | sha256sum
        let expected = "1ab68d94e59ab070a0025a201b4f9f37df7b4c962c7e1e3027f435f20f04f8b0";
        let hex: String = revoked_key("ab", b'j', b"xyz").iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, expected);
        assert_eq!(revoked_name("ab", b'j', b"xyz"), b"j\0\0\0\0\0\0\0\x02abxyz");
    }

    #[test]
    fn a_parameter_does_not_show_in_debug() {
        assert_eq!(format!("{:?}", Hidden("canary")), "[hidden]");
    }
}
