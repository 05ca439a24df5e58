//! The crate's one error: what went wrong as a [`ErrorKind`], and, once a signature has verified,
//! which claims failed and how.
//!
//! The kind is small and `Copy`, so that a caller can match on it and a refusal of a forged token costs
//! no allocation. Everything else sits behind one box that only slow paths fill. Values taken from a
//! token or from the configuration are wrapped in [`Redacted`], so that printing an error, or any error
//! that contains it, shows no claim value.
//!
//! It does not say what a client should be told: that is a fixed answer, whatever the kind.

mod skipped_key;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

pub use crate::error_kind::ErrorKind;
pub use skipped_key::SkippedKey;

/// Text that may be somebody's personal data: it is kept for the owner of the service and hidden from
/// `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Redacted(String);

impl Redacted {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself. It may hold a claim's value: do not send it to the client.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// One thing that a verified token's claims, or its `typ` or `cty`, did not satisfy.
#[derive(Debug, Clone)]
pub struct ClaimFailure {
    kind: ErrorKind,
    claim: Cow<'static, str>,
    expected: Option<Redacted>,
    got: Option<Redacted>,
}

impl ClaimFailure {
    pub(crate) fn new(kind: ErrorKind, claim: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, claim: claim.into(), expected: None, got: None }
    }

    pub(crate) fn with_expected(mut self, text: impl Into<String>) -> Self {
        self.expected = Some(Redacted::new(text));
        self
    }

    pub(crate) fn with_got(mut self, text: impl Into<String>) -> Self {
        self.got = Some(Redacted::new(text));
        self
    }

    /// What is wrong with it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The name of the claim, such as `iss`; or `typ` or `cty`, which are header members.
    #[must_use]
    pub fn claim(&self) -> &str {
        &self.claim
    }

    /// What the verifier wanted.
    ///
    /// - For `iss`, `sub`, `typ`: the configured text. For `aud`: the configured audiences, a space between.
    /// - For a date out of bounds: `after`, `not after` or `not before` and the bound, in seconds of Unix time,
    ///   the leeway counted in. For a lifetime: `at most` and its seconds `after iat`.
    /// - For a claim that is malformed, whatever its value: its form, such as `a string`.
    /// - Nothing where a claim must only be there, whatever it says, or must not be there at all.
    #[must_use]
    pub fn expected(&self) -> Option<&Redacted> {
        self.expected.as_ref()
    }

    /// What the token said instead: the text of a string, else the JSON as it stood. Of several audiences
    /// the texts, a space between; of a date out of bounds its seconds, to the nanosecond; of a lifetime that is
    /// too long its seconds `after iat`. Nothing where the claim was missing.
    #[must_use]
    pub fn got(&self) -> Option<&Redacted> {
        self.got.as_ref()
    }
}

/// Why a key, a token or a configuration was refused.
///
/// `Display` and `Debug` show the kind and the name of the claim or header member, never a value. For a key set
/// without a usable key `Display` also shows the first [skipped keys](SkippedKey), with their `kid`s.
pub struct Error {
    kind: ErrorKind,
    /// The header member that is the cause. It is not in `details`, so that refusing a forged token allocates
    /// nothing.
    member: Option<&'static str>,
    details: Option<Box<Details>>,
}

#[derive(Default)]
struct Details {
    failures: Vec<ClaimFailure>,
    /// Keys of a set that are not used.
    skipped: Arc<[SkippedKey]>,
    /// Fixed words of this crate, safe to print.
    note: Option<Cow<'static, str>>,
    /// Words of a parser, which may quote the text it read.
    detail: Option<Redacted>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    pub(crate) fn noted(kind: ErrorKind, note: impl Into<Cow<'static, str>>) -> Self {
        Self::with_details(kind, Details { note: Some(note.into()), ..Details::default() })
    }

    pub(crate) fn caused(kind: ErrorKind, source: impl StdError + Send + Sync + 'static) -> Self {
        let source: Option<Box<dyn StdError + Send + Sync>> = Some(Box::new(source));
        Self::with_details(kind, Details { source, ..Details::default() })
    }

    /// For the errors of a deserialiser: their text quotes the values it met, so it may only travel
    /// redacted, and never as a `source`, which a reporter would print.
    pub(crate) fn detailed(kind: ErrorKind, error: &impl fmt::Display) -> Self {
        let detail = Some(Redacted::new(error.to_string()));
        Self::with_details(kind, Details { detail, ..Details::default() })
    }

    /// The kind is the first failure's.
    pub(crate) fn failed(failures: Vec<ClaimFailure>) -> Self {
        let kind = failures.first().map_or(ErrorKind::InvalidClaim, ClaimFailure::kind);
        Self::with_details(kind, Details { failures, ..Details::default() })
    }

    fn with_details(kind: ErrorKind, details: Details) -> Self {
        Self { kind, member: None, details: Some(Box::new(details)) }
    }

    /// For a header member of this name.
    pub(crate) fn of_member(kind: ErrorKind, member: &'static str) -> Self {
        Self { kind, member: Some(member), details: None }
    }

    /// Claims that no verifier would take: the note says the form that the first of them must have.
    #[cfg(feature = "sign")]
    pub(crate) fn unsignable(failures: Vec<ClaimFailure>) -> Self {
        let form = failures.first().and_then(ClaimFailure::expected);
        let note = form.map(|form| Cow::Owned(format!("it must be {}", form.expose())));
        Self::with_details(ErrorKind::ClaimsSerialize, Details { failures, note, ..Details::default() })
    }

    /// For a key set of which no key can be used: the error says why for each of the first keys, and holds them all.
    pub(crate) fn no_usable_key(skipped: Arc<[SkippedKey]>) -> Self {
        let note = Some(format!("none of its keys can be used: {}", skipped_key::summary(&skipped)).into());
        Self::with_details(ErrorKind::InvalidKeySet, Details { note, skipped, ..Details::default() })
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Every claim that failed, once each, in the order in which they are checked. A verifier fills it only
    /// once the signature was right; a signer fills it with the registered claims that it refuses to sign.
    #[must_use]
    pub fn failures(&self) -> &[ClaimFailure] {
        self.details.as_deref().map_or(&[], |details| &details.failures)
    }

    /// The name of the first claim that failed (or `typ` or `cty`, header members).
    #[must_use]
    pub fn claim(&self) -> Option<&str> {
        self.failures().first().map(ClaimFailure::claim)
    }

    /// What the verifier wanted of [`claim`](Self::claim), as [`ClaimFailure::expected`] has it.
    #[must_use]
    pub fn expected(&self) -> Option<&Redacted> {
        self.failures().first().and_then(ClaimFailure::expected)
    }

    /// What the token said instead, as [`ClaimFailure::got`] has it.
    #[must_use]
    pub fn got(&self) -> Option<&Redacted> {
        self.failures().first().and_then(ClaimFailure::got)
    }

    /// The keys of a JWK set of which none can be used, each with the reason; empty for all other errors.
    ///
    /// A set that has a usable key is no error, and lists the others in
    /// [`KeySet::skipped`](crate::KeySet::skipped).
    #[must_use]
    pub fn skipped(&self) -> &[SkippedKey] {
        self.details.as_deref().map_or(&[], |details| &details.skipped)
    }

    /// What serde said when claims could not be read into, or written from, the caller's type. It may
    /// quote values.
    #[must_use]
    pub fn detail(&self) -> Option<&Redacted> {
        self.details.as_deref().and_then(|details| details.detail.as_ref())
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self { kind, member: None, details: None }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.text())?;
        if let Some(name) = self.member.or(self.claim()) {
            write!(f, " (`{name}`)")?;
        }
        if let Some(note) = self.details.as_deref().and_then(|details| details.note.as_deref()) {
            write!(f, ": {note}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Error");
        shown.field("kind", &self.kind);
        if let Some(member) = self.member {
            shown.field("member", &member);
        }
        if let Some(details) = self.details.as_deref() {
            if !details.failures.is_empty() {
                shown.field("failures", &details.failures);
            }
            if details.skipped.is_empty() {
                if let Some(note) = &details.note {
                    shown.field("note", note);
                }
            } else {
                // The note quotes the `kid`s, which `Debug` hides.
                shown.field("skipped", &details.skipped);
            }
            if let Some(source) = &details.source {
                shown.field("source", source);
            }
        }
        shown.finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.details.as_deref()?.source.as_deref()?;
        Some(source)
    }
}
