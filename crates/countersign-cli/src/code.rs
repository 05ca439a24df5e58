//! Stable codes: the first word of every line on standard error, and what `--jsonl` puts into `error`.
//!
//! They are written out, and not derived from the names in the crates below, so that a name can change there
//! and no script breaks. A test holds the table to those names and to the README.

use std::fmt;

use countersign_signed::ErrorKind;

/// A word that names what went wrong, for scripts to go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code(&'static str);

impl Code {
    /// An option is missing, or cannot stand beside another.
    pub(crate) const USAGE: Self = Self("usage");
    /// A file, the standard input or a variable of the environment could not be read.
    pub(crate) const UNREADABLE: Self = Self("unreadable");
    /// The output could not be written.
    pub(crate) const UNWRITABLE: Self = Self("unwritable");
    /// The file or the store exists already, and is not written over.
    pub(crate) const EXISTS: Self = Self("exists");
    /// An API key is not well formed.
    pub(crate) const MALFORMED_KEY: Self = Self("malformed-api-key");
    /// An API key's checksum is not that of its text.
    pub(crate) const CHECKSUM_MISMATCH: Self = Self("checksum-mismatch");
    /// An API key has another prefix than was asked for.
    pub(crate) const UNEXPECTED_PREFIX: Self = Self("unexpected-prefix");
    /// Something that the check named is revoked.
    #[cfg(any(feature = "postgres", feature = "redb", feature = "redis"))]
    pub(crate) const REVOKED: Self = Self("revoked");
    /// The store is out of reach.
    #[cfg(any(feature = "postgres", feature = "redb", feature = "redis"))]
    pub(crate) const UNAVAILABLE: Self = Self("store-unavailable");
    /// The store cannot be taken as one: foreign, damaged, of a newer version, or set up so that it forgets.
    #[cfg(any(feature = "postgres", feature = "redb", feature = "redis"))]
    pub(crate) const UNUSABLE_STORE: Self = Self("store-unusable");
    /// There is no store by that name, and no command but `store create` makes one.
    #[cfg(any(feature = "postgres", feature = "redb", feature = "redis"))]
    pub(crate) const NO_SUCH_STORE: Self = Self("no-such-store");
    /// The operating system gave no random bytes.
    pub(crate) const RANDOM_SOURCE: Self = Self("random-source");

    /// The code of an error of `countersign-signed`.
    pub(crate) fn of(kind: ErrorKind) -> Self {
        let found = SIGNED_CODES.iter().find(|(other, _)| *other == kind);
        // Of a kind that is newer than the table, which the test does not let stand.
        found.map_or(Self("refused"), |(_, code)| *code)
    }

    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The code of every kind of error of `countersign-signed`.
pub const SIGNED_CODES: &[(ErrorKind, Code)] = &[
    (ErrorKind::TokenTooLong, Code("token-too-long")),
    (ErrorKind::MalformedToken, Code("malformed-token")),
    (ErrorKind::EncryptedToken, Code("encrypted-token")),
    (ErrorKind::JsonSerialization, Code("json-serialization")),
    (ErrorKind::InvalidJson, Code("invalid-json")),
    (ErrorKind::DuplicateMember, Code("duplicate-member")),
    (ErrorKind::ReservedMember, Code("reserved-member")),
    (ErrorKind::InvalidHeader, Code("invalid-header")),
    (ErrorKind::UnsupportedHeader, Code("unsupported-header")),
    (ErrorKind::UnsupportedAlgorithm, Code("unsupported-algorithm")),
    (ErrorKind::UnknownIssuer, Code("unknown-issuer")),
    (ErrorKind::UnknownKey, Code("unknown-key")),
    (ErrorKind::KeysUnavailable, Code("keys-unavailable")),
    (ErrorKind::AmbiguousKey, Code("ambiguous-key")),
    (ErrorKind::InvalidSignature, Code("invalid-signature")),
    (ErrorKind::UnexpectedType, Code("unexpected-type")),
    (ErrorKind::MissingClaim, Code("missing-claim")),
    (ErrorKind::InvalidClaim, Code("invalid-claim")),
    (ErrorKind::UnexpectedClaim, Code("unexpected-claim")),
    (ErrorKind::Expired, Code("expired")),
    (ErrorKind::NotYetValid, Code("not-yet-valid")),
    (ErrorKind::IssuedInFuture, Code("issued-in-future")),
    (ErrorKind::TooOld, Code("too-old")),
    (ErrorKind::IssuedTooEarly, Code("issued-too-early")),
    (ErrorKind::LifetimeTooLong, Code("lifetime-too-long")),
    (ErrorKind::SenderConstrained, Code("sender-constrained")),
    (ErrorKind::ClaimsDeserialize, Code("claims-deserialize")),
    (ErrorKind::ClaimsSerialize, Code("claims-serialize")),
    (ErrorKind::SigningFailed, Code("signing-failed")),
    (ErrorKind::RandomSource, Code::RANDOM_SOURCE),
    (ErrorKind::SecretTooShort, Code("secret-too-short")),
    (ErrorKind::SecretIsAKey, Code("secret-is-a-key")),
    (ErrorKind::InvalidKey, Code("invalid-key")),
    (ErrorKind::VulnerableKey, Code("vulnerable-key")),
    (ErrorKind::InvalidKid, Code("invalid-kid")),
    (ErrorKind::NotExportable, Code("not-exportable")),
    (ErrorKind::InvalidKeySet, Code("invalid-key-set")),
    (ErrorKind::InvalidConfiguration, Code("invalid-configuration")),
];
