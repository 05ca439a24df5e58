//! What can be revoked, and the bytes that name it in a store.
//!
//! A token is named by its issuer and `jti`, or by the SHA-256 of its signing input where it has no
//! `jti`. Never by its text or its signature: one token has many spellings (another base64 tail, the
//! other half of an ECDSA signature), and each of them must be revoked too.

use std::fmt;

/// How far a revocation reaches, in the order in which a check reports it: the widest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Scope {
    /// Every token signed with one key (`kid`).
    Key,
    /// Every token of one subject (`sub`) up to some moment.
    Subject,
    /// Every token from one login (`sid`).
    Session,
    /// One token.
    Token,
}

/// The name of one token under its issuer. Debug shows which kind of name it is, never the name.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenId<'a> {
    /// The token's `jti` claim (RFC 7519 section 4.1.7), any text.
    Jti(&'a str),
    /// SHA-256 of the signing input (RFC 7515 section 2), for a token without `jti`. The signing input
    /// has one spelling only, since the verifier takes canonical base64url alone.
    SigningInput([u8; 32]),
}

/// What one call to [`revoke`](crate::RevocationStore::revoke) ends, under an issuer.
///
/// A subject is revoked by [`revoke_subject`](crate::RevocationStore::revoke_subject), because its
/// tokens are told apart by subject version and not only named. Debug shows the scope, never the name.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Target<'a> {
    /// One token.
    Token(TokenId<'a>),
    /// Everything from one login, by its `sid`.
    Session(&'a str),
    /// Everything signed with one key, by its `kid`.
    Key(&'a str),
}

impl fmt::Debug for TokenId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jti(_) => "TokenId::Jti",
            Self::SigningInput(_) => "TokenId::SigningInput",
        })
    }
}

impl fmt::Debug for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target::{:?}", self.scope())
    }
}

impl<'a> Target<'a> {
    /// The scope that this target is of.
    #[must_use]
    pub fn scope(&self) -> Scope {
        match self {
            Self::Token(_) => Scope::Token,
            Self::Session(_) => Scope::Session,
            Self::Key(_) => Scope::Key,
        }
    }

    /// The target's name as [`encode`] takes it: a tag that keeps the kinds apart, and the bytes.
    #[must_use]
    pub fn name(&'a self) -> (u8, &'a [u8]) {
        match self {
            Self::Token(id) => id.name(),
            Self::Session(sid) => (SESSION_TAG, sid.as_bytes()),
            Self::Key(kid) => (KEY_TAG, kid.as_bytes()),
        }
    }
}

impl TokenId<'_> {
    pub(crate) fn name(&self) -> (u8, &[u8]) {
        match self {
            Self::Jti(jti) => (b'j', jti.as_bytes()),
            Self::SigningInput(digest) => (b'i', digest),
        }
    }
}

/// The tags of a session's and of a key's name.
pub(crate) const SESSION_TAG: u8 = b's';
pub(crate) const KEY_TAG: u8 = b'k';

/// The tag of a subject's name (see [`encode`]).
pub const SUBJECT_TAG: u8 = b'u';

/// Hands `write` the canonical bytes of a name under its issuer: the tag, the issuer's length in bytes
/// as eight bytes big-endian, the issuer, and the name. The one length makes it unambiguous: no two
/// different (issuer, tag, name) give the same bytes.
///
/// An engine that keeps text collects them into a key; a store in memory feeds them to a hasher and
/// needs no buffer. The tag of a subject is
/// [`SUBJECT_TAG`]; the others come from [`Target::name`].
pub fn encode(issuer: &str, tag: u8, name: &[u8], mut write: impl FnMut(&[u8])) {
    write(&[tag]);
    write(&(issuer.len() as u64).to_be_bytes());
    write(issuer.as_bytes());
    write(name);
}

/// The reverse of [`encode`]: issuer, tag and name. `None` for bytes that it never writes.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<(&str, u8, &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_be_bytes(*length)).ok()?;
    let (issuer, name) = rest.split_at_checked(length)?;
    Some((std::str::from_utf8(issuer).ok()?, tag, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(issuer: &str, target: Target<'_>) -> Vec<u8> {
        let (tag, name) = target.name();
        let mut out = Vec::new();
        encode(issuer, tag, name, |part| out.extend_from_slice(part));
        out
    }

    #[test]
    fn the_encoding_is_tag_length_issuer_name() {
        let expected = b"j\0\0\0\0\0\0\0\x02abxyz";
        assert_eq!(bytes("ab", Target::Token(TokenId::Jti("xyz"))), expected);
    }

    #[test]
    fn decoding_undoes_encoding_and_refuses_what_it_never_writes() {
        assert_eq!(decode(b"j\0\0\0\0\0\0\0\x02abxyz"), Some(("ab", b'j', b"xyz".as_slice())));
        assert_eq!(decode(b"s\0\0\0\0\0\0\0\0"), Some(("", b's', b"".as_slice())));
        for bytes in [
            b"".as_slice(),
            b"j",
            b"j\0\0\0\0\0\0\0",
            b"j\0\0\0\0\0\0\0\x03ab",
            b"j\xff\xff\xff\xff\xff\xff\xff\xffab",
            b"j\0\0\0\0\0\0\0\x01\xff",
        ] {
            assert_eq!(decode(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn moving_a_character_between_issuer_and_name_changes_the_bytes() {
        assert_ne!(bytes("ab", Target::Session("c")), bytes("a", Target::Session("bc")));
    }

    #[test]
    fn the_same_text_in_another_scope_is_another_name() {
        let all = [
            bytes("a", Target::Token(TokenId::Jti("x"))),
            bytes("a", Target::Session("x")),
            bytes("a", Target::Key("x")),
        ];
        assert_ne!(all[0], all[1]);
        assert_ne!(all[1], all[2]);
        assert_ne!(all[0], all[2]);
    }
}
