//! The one question that a request asks: is anything that this token stands on revoked?

use std::fmt;

use time::OffsetDateTime;

use crate::target::{KEY_TAG, SESSION_TAG};
use crate::{Scope, Target, TokenId};

/// What is known of a token, to be checked in one call: its name, its session, its subject and the key
/// that signed it, all under its issuer. What a token does not have is left out.
///
/// ```
/// use countersign_revocation::{Check, SubjectVersion, TokenId};
///
/// let check = Check::new("https://issuer.example")
///     .token(TokenId::Jti("b5c1"))
///     .session("s-17")
///     .subject("alice", SubjectVersion::Version(0))
///     .key("2026-11");
/// assert_eq!(check.issuer(), "https://issuer.example");
/// ```
///
/// Debug shows the scopes asked about, never the names.
#[derive(Clone, Copy)]
pub struct Check<'a> {
    issuer: &'a str,
    token: Option<TokenId<'a>>,
    session: Option<&'a str>,
    subject: Option<(&'a str, SubjectVersion)>,
    key: Option<&'a str>,
    asks_engine: bool,
}

/// What tells a subject's old tokens from its new ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubjectVersion {
    /// The subject version that login put into the token: dead if the subject's has risen above it. 0 where
    /// the subject had none.
    Version(u64),
    /// A token from an issuer that knows no subject versions, with its `iat`: dead if that is at or before
    /// the cutoff, and dead if there is none.
    IssuedAt(Option<OffsetDateTime>),
}

/// The outcome of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub enum Verdict {
    /// Nothing that the check named is revoked.
    NotRevoked,
    /// Something is, and this is the widest scope that says so.
    Revoked(Scope),
}

impl<'a> Check<'a> {
    /// A check under one issuer (`iss`), of nothing yet.
    #[must_use]
    pub fn new(issuer: &'a str) -> Self {
        Self { issuer, token: None, session: None, subject: None, key: None, asks_engine: false }
    }

    /// Asks about one token.
    #[must_use]
    pub fn token(mut self, id: TokenId<'a>) -> Self {
        self.token = Some(id);
        self
    }

    /// Asks about the session (`sid`) that the token comes from.
    #[must_use]
    pub fn session(mut self, sid: &'a str) -> Self {
        self.session = Some(sid);
        self
    }

    /// Asks about the token's subject (`sub`).
    #[must_use]
    pub fn subject(mut self, sub: &'a str, version: SubjectVersion) -> Self {
        self.subject = Some((sub, version));
        self
    }

    /// Asks about the key (`kid`) that signed the token.
    #[must_use]
    pub fn key(mut self, kid: &'a str) -> Self {
        self.key = Some(kid);
        self
    }

    /// Demands the answer of the engine itself. Set this before a credential is issued on the strength of another one.
    ///
    /// A request may be answered from a copy that is some seconds old, since its token is short-lived. A credential
    /// that is issued from such an answer would outlive the copy's error: for example an API key, made with a token
    /// that another node has just revoked. So a store that wraps an engine passes this check on to the engine, and
    /// returns the engine's error where the engine cannot answer.
    ///
    /// ```
    /// use countersign_revocation::Check;
    ///
    /// let check = Check::new("https://issuer.example").session("s-17").ask_engine();
    /// assert!(check.asks_engine());
    /// ```
    #[must_use]
    pub fn ask_engine(mut self) -> Self {
        self.asks_engine = true;
        self
    }

    /// Whether the engine itself must answer: no copy, cache or fallback. See [`ask_engine`](Self::ask_engine).
    #[must_use]
    pub fn asks_engine(&self) -> bool {
        self.asks_engine
    }

    /// The issuer under which all names of this check are looked up.
    #[must_use]
    pub fn issuer(&self) -> &'a str {
        self.issuer
    }

    /// The subject asked about, with what tells its old tokens from its new ones.
    #[must_use]
    pub fn asked_subject(&self) -> Option<(&'a str, SubjectVersion)> {
        self.subject
    }

    /// The targets asked about (all but the subject), the widest first: for an engine to look up.
    pub fn targets(&self) -> impl Iterator<Item = Target<'a>> + use<'a> {
        let key = self.key.map(Target::Key);
        let session = self.session.map(Target::Session);
        let token = self.token.map(Target::Token);
        [key, session, token].into_iter().flatten()
    }
}

/// What the store in memory asks for: names as [`encode`](crate::encode) takes them, where they stand. A
/// [`Target`] has room for a digest, and copying three of them would cost as much as a look-up.
impl Check<'_> {
    pub(crate) fn key_name(&self) -> Option<(u8, &[u8])> {
        self.key.map(|kid| (KEY_TAG, kid.as_bytes()))
    }

    pub(crate) fn session_name(&self) -> Option<(u8, &[u8])> {
        self.session.map(|sid| (SESSION_TAG, sid.as_bytes()))
    }

    pub(crate) fn token_name(&self) -> Option<(u8, &[u8])> {
        self.token.as_ref().map(TokenId::name)
    }
}

impl fmt::Debug for Check<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = self.subject.map(|_| Scope::Subject);
        let scopes = self.targets().map(|target| target.scope()).chain(subject);
        f.write_str("Check ")?;
        f.debug_set().entries(scopes).finish()
    }
}

impl SubjectVersion {
    /// Whether a token of this version is dead under a subject's `subject_version`, or, if it is from
    /// elsewhere, under its `cutoff` in seconds of Unix time. Every engine uses this one rule.
    #[must_use]
    pub fn is_dead(self, subject_version: u64, cutoff: i64) -> bool {
        match self {
            Self::Version(own) => own < subject_version,
            Self::IssuedAt(Some(iat)) => iat.unix_timestamp() <= cutoff,
            Self::IssuedAt(None) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_version_is_dead_only_below_the_current_one() {
        assert!(SubjectVersion::Version(4).is_dead(5, 0));
        assert!(!SubjectVersion::Version(5).is_dead(5, 0));
    }

    #[test]
    fn an_external_token_is_dead_up_to_and_at_the_cutoff_and_without_iat() {
        let at = |seconds| Some(OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(seconds));
        assert!(SubjectVersion::IssuedAt(at(100)).is_dead(0, 100));
        assert!(!SubjectVersion::IssuedAt(at(101)).is_dead(0, 100));
        assert!(SubjectVersion::IssuedAt(None).is_dead(0, 100));
    }

    #[test]
    fn debug_shows_no_name() {
        let check = Check::new("canary").token(TokenId::Jti("canary")).session("canary");
        let check = check.subject("canary", SubjectVersion::Version(1)).key("canary");
        assert_eq!(format!("{check:?}"), "Check {Key, Session, Token, Subject}");
        assert_eq!(format!("{:?}", Target::Token(TokenId::Jti("canary"))), "Target::Token");
        assert_eq!(format!("{:?}", TokenId::Jti("canary")), "TokenId::Jti");
    }

    #[test]
    fn targets_come_widest_first() {
        let check = Check::new("i").token(TokenId::Jti("t")).session("s").key("k");
        let scopes: Vec<_> = check.targets().map(|target| target.scope()).collect();
        assert_eq!(scopes, [Scope::Key, Scope::Session, Scope::Token]);
    }
}
