//! Our store in memory.

use std::error::Error;
use std::hint::black_box;
use std::rc::Rc;
use std::time::Duration;

use countersign_revocation::{
    Check, MaybeReady, MemoryRevocationStore, RetainUntil, RevocationStore, SubjectVersion, Target, TokenId,
    Verdict,
};
use time::OffsetDateTime;

use super::names::text;
use super::questions::{Question, Questions};
use super::{KEYS, LATER, NOW, SESSIONS, SUBJECTS, TOKENS};
use crate::contender::Contender;
use crate::revoked::at_once;

pub(super) const NAME: &str = "countersign";
const ISSUER: &str = "https://login.example.com";

/// Entries that one call of a purge forgets at most.
const PURGED: usize = 10_000;

/// A time in seconds since 1970.
fn at(seconds: u64) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

pub(super) fn store() -> Result<Rc<MemoryRevocationStore>, Box<dyn Error>> {
    let (store, until) = (MemoryRevocationStore::new(), RetainUntil::from_unix_seconds(LATER));
    for number in 0..TOKENS {
        revoke(&store, &text(number), LATER)?;
    }
    for number in 0..SESSIONS {
        at_once(store.revoke(ISSUER, Target::Session(&text(number)), until))?;
    }
    for number in 0..SUBJECTS {
        at_once(store.revoke_subject(ISSUER, &text(number), until, at(NOW), Duration::ZERO))?;
    }
    for number in 0..KEYS {
        at_once(store.revoke(ISSUER, Target::Key(&text(number)), until))?;
    }
    Ok(Rc::new(store))
}

pub(super) fn revoke(store: &MemoryRevocationStore, jti: &str, until: u64) -> Result<(), Box<dyn Error>> {
    let until = RetainUntil::from_unix_seconds(until);
    Ok(at_once(store.revoke(ISSUER, Target::Token(TokenId::Jti(jti)), until))?)
}

/// Forgets what may be forgotten at this time, some at a time.
pub(super) fn purge(store: &MemoryRevocationStore, now: u64) -> Result<(), Box<dyn Error>> {
    while at_once(store.purge_expired(at(now), PURGED))?.more {}
    Ok(())
}

/// Asked about the token alone.
pub(super) fn one(
    store: &Rc<MemoryRevocationStore>,
    questions: &Rc<Questions>,
    expected: bool,
) -> Result<Contender, String> {
    let (store, now) = (Rc::clone(store), at(NOW));
    questions.contender(NAME, expected, Question::read_jti, move |question| {
        is_revoked(&store, &Check::new(black_box(ISSUER)).token(TokenId::Jti(&question.jti)), now)
    })
}

/// Asked about token, session, subject and key.
pub(super) fn whole(
    store: &Rc<MemoryRevocationStore>,
    questions: &Rc<Questions>,
) -> Result<Contender, String> {
    let (store, now) = (Rc::clone(store), at(NOW));
    questions.contender(NAME, false, Question::read_all, move |question| {
        let check = Check::new(black_box(ISSUER))
            .token(TokenId::Jti(&question.jti))
            .session(&question.sid)
            .subject(&question.sub, SubjectVersion::Version(0))
            .key(&question.kid);
        is_revoked(&store, &check, now)
    })
}

/// Without an answer it counts as revoked, which no good token's question takes.
fn is_revoked(store: &MemoryRevocationStore, check: &Check<'_>, now: OffsetDateTime) -> bool {
    match store.check(check, now) {
        MaybeReady::Ready(verdict) => !matches!(verdict, Ok(Verdict::NotRevoked)),
        MaybeReady::Wait(_) => true,
    }
}
