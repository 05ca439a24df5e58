//! One line of a change feed: what a store has recorded of one name.

use std::fmt;

use crate::{RetainUntil, SUBJECT_TAG, Scope, Target, TokenId, decode};

/// What an engine has recorded of one name, for a replica to take in.
///
/// It is the state of the entry and no step: taking in the same change twice, or an older one after a newer,
/// does no harm, because every part of it only ever rises. Debug shows the scope, never the name.
#[derive(Clone, PartialEq, Eq)]
pub struct Change {
    issuer: Box<str>,
    tag: u8,
    name: Box<[u8]>,
    until: RetainUntil,
    recorded: Recorded,
}

/// What there is to know beside the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recorded {
    Entry(Scope),
    Subject { subject_version: u64, cutoff: i64 },
}

impl Change {
    /// A target that is revoked until `until`.
    #[must_use]
    pub fn of_target(issuer: &str, target: Target<'_>, until: RetainUntil) -> Self {
        let (tag, name) = target.name();
        Self::new(issuer, tag, name, until, Recorded::Entry(target.scope()))
    }

    /// A subject's version, and its cutoff in seconds of Unix time.
    #[must_use]
    pub fn of_subject(
        issuer: &str,
        sub: &str,
        until: RetainUntil,
        subject_version: u64,
        cutoff: i64,
    ) -> Self {
        Self::new(issuer, SUBJECT_TAG, sub.as_bytes(), until, Recorded::Subject { subject_version, cutoff })
    }

    fn new(issuer: &str, tag: u8, name: &[u8], until: RetainUntil, recorded: Recorded) -> Self {
        Self { issuer: issuer.into(), tag, name: name.into(), until, recorded }
    }

    /// An entry as an engine keeps it: the canonical bytes of its name ([`encode`](crate::encode)), its end and, where it is
    /// a subject, subject version and cutoff. `None` if the bytes name nothing that this crate knows: the engine
    /// holds what it did not write, or what a newer version wrote.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "engines hand over the row that they have read")]
    pub fn from_entry(name: Vec<u8>, until: RetainUntil, subject_version: u64, cutoff: i64) -> Option<Self> {
        let (issuer, tag, bytes) = decode(&name)?;
        let recorded = if tag == SUBJECT_TAG {
            Recorded::Subject { subject_version, cutoff }
        } else {
            Recorded::Entry(scope(tag, bytes)?)
        };
        Some(Self::new(issuer, tag, bytes, until, recorded))
    }

    /// Issuer, tag and name.
    pub(crate) fn parts(&self) -> (&str, u8, &[u8]) {
        (&self.issuer, self.tag, &self.name)
    }

    /// Until when the entry counts.
    #[must_use]
    pub fn until(&self) -> RetainUntil {
        self.until
    }

    pub(crate) fn recorded(&self) -> Recorded {
        self.recorded
    }

    /// What kind of name it is.
    #[must_use]
    pub fn scope(&self) -> Scope {
        match self.recorded {
            Recorded::Entry(scope) => scope,
            Recorded::Subject { .. } => Scope::Subject,
        }
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Change::{:?}", self.scope())
    }
}

/// The scope of a target's tag, if its name is one that the tag can have.
fn scope(tag: u8, name: &[u8]) -> Option<Scope> {
    let text = || std::str::from_utf8(name).ok();
    let target = match tag {
        b'j' => Target::Token(TokenId::Jti(text()?)),
        b'i' => Target::Token(TokenId::SigningInput(name.try_into().ok()?)),
        b's' => Target::Session(text()?),
        b'k' => Target::Key(text()?),
        _ => return None,
    };
    Some(target.scope())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode;

    fn encoded(issuer: &str, tag: u8, name: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        encode(issuer, tag, name, |part| bytes.extend_from_slice(part));
        bytes
    }

    fn entry(change: &Change) -> Vec<u8> {
        let (issuer, tag, name) = change.parts();
        encoded(issuer, tag, name)
    }

    #[test]
    fn an_entry_is_read_back_as_what_it_was_made_of() {
        let until = RetainUntil::from_unix_seconds(1000);
        for target in [
            Target::Token(TokenId::Jti("x")),
            Target::Token(TokenId::SigningInput([7; 32])),
            Target::Session(""),
            Target::Key("ключ"),
        ] {
            let change = Change::of_target("issuer", target, until);
            assert_eq!(Change::from_entry(entry(&change), until, 0, 0), Some(change));
        }
        let change = Change::of_subject("issuer", "alice", until, 5, 6);
        assert_eq!(Change::from_entry(entry(&change), until, 5, 6), Some(change));
    }

    #[test]
    fn bytes_that_name_nothing_are_no_change() {
        let until = RetainUntil::FOREVER;
        let name = |tag: u8, name: &[u8]| encoded("issuer", tag, name);
        for bytes in [vec![], vec![b'j'], name(b'x', b"a"), name(b'j', b"\xff"), name(b'i', b"short")] {
            assert_eq!(Change::from_entry(bytes, until, 0, 0), None);
        }
    }
}
