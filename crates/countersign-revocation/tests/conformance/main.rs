//! The store in memory keeps every law, and the suite notices stores that break one on purpose.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

mod racy;
mod wrappers;

use std::sync::Arc;
use std::time::Duration;

use countersign_revocation::{
    AnyRevocationStore, Check, Counts, Error, MaybeReady, MemoryRevocationStore, Purged, RetainUntil,
    RevocationStore, Target, TokenId, Verdict, conformance,
};
use time::OffsetDateTime;

/// How a store is broken.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    ShortensOnRevokingAgain,
    IgnoresSessions,
    PurgesTooEarly,
    IgnoresTheIssuer,
    ForgetsTheSubjectAfterAPurge,
    CountsAtItsEnd,
    IgnoresSubjects,
    IgnoresKeys,
    AnswersBeforeItHasRecorded,
}

/// A correct store behind one fault.
struct Broken(Arc<MemoryRevocationStore>, Fault);

impl Broken {
    fn issuer<'a>(&self, issuer: &'a str) -> &'a str {
        if self.1 == Fault::IgnoresTheIssuer { "" } else { issuer }
    }
}

impl RevocationStore for Broken {
    async fn revoke(&self, issuer: &str, target: Target<'_>, until: RetainUntil) -> Result<(), Error> {
        let until = if self.1 == Fault::ShortensOnRevokingAgain {
            until.min(RetainUntil::from_unix_seconds(1000))
        } else {
            until
        };
        if self.1 == Fault::AnswersBeforeItHasRecorded
            && let Target::Token(TokenId::Jti(jti)) = target
        {
            let (store, issuer, jti) = (Arc::clone(&self.0), issuer.to_owned(), jti.to_owned());
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(1));
                let target = Target::Token(TokenId::Jti(&jti));
                pollster::block_on(store.revoke(&issuer, target, until)).unwrap();
            });
            return Ok(());
        }
        self.0.revoke(self.issuer(issuer), target, until).await
    }

    async fn revoke_subject(
        &self,
        issuer: &str,
        sub: &str,
        until: RetainUntil,
        now: OffsetDateTime,
        skew: Duration,
    ) -> Result<u64, Error> {
        if self.1 == Fault::ForgetsTheSubjectAfterAPurge {
            return MemoryRevocationStore::new().revoke_subject(issuer, sub, until, now, skew).await;
        }
        self.0.revoke_subject(self.issuer(issuer), sub, until, now, skew).await
    }

    async fn subject_version(&self, issuer: &str, sub: &str) -> Result<u64, Error> {
        self.0.subject_version(self.issuer(issuer), sub).await
    }

    fn check<'a>(
        &'a self,
        check: &'a Check<'a>,
        now: OffsetDateTime,
    ) -> MaybeReady<impl Future<Output = Result<Verdict, Error>> + Send + 'a> {
        let mut asked = Check::new(self.issuer(check.issuer()));
        for target in check.targets() {
            asked = match target {
                Target::Token(id) => asked.token(id),
                Target::Session(_) if self.1 == Fault::IgnoresSessions => asked,
                Target::Session(sid) => asked.session(sid),
                Target::Key(_) if self.1 == Fault::IgnoresKeys => asked,
                Target::Key(kid) => asked.key(kid),
                _ => asked,
            };
        }
        if let Some((sub, version)) = check.asked_subject()
            && self.1 != Fault::IgnoresSubjects
        {
            asked = asked.subject(sub, version);
        }
        let back =
            if self.1 == Fault::CountsAtItsEnd { time::Duration::SECOND } else { time::Duration::ZERO };
        let asked_now = now.saturating_sub(back);
        MaybeReady::Wait(async move { self.0.check(&asked, asked_now).wait().await })
    }

    async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        let early =
            if self.1 == Fault::PurgesTooEarly { time::Duration::MINUTE } else { time::Duration::ZERO };
        self.0.purge_expired(now.saturating_add(early), limit).await
    }

    async fn count(&self) -> Result<Counts, Error> {
        self.0.count().await
    }
}

#[test]
fn the_store_in_memory_conforms() {
    assert_eq!(
        conformance::run(&|future| pollster::block_on(future), async || MemoryRevocationStore::new()),
        []
    );
}

#[test]
fn an_erased_store_conforms() {
    let make = async || AnyRevocationStore::new(MemoryRevocationStore::new());
    assert_eq!(conformance::run(&|future| pollster::block_on(future), make), []);
}

#[test]
fn a_shared_store_conforms() {
    let make = async || Arc::new(MemoryRevocationStore::new());
    assert_eq!(conformance::run(&|future| pollster::block_on(future), make), []);
}

#[test]
fn an_erased_store_in_memory_answers_at_once() {
    let store = AnyRevocationStore::new(MemoryRevocationStore::new());
    let check = Check::new("i").token(TokenId::Jti("t"));
    assert!(matches!(store.check(&check, OffsetDateTime::UNIX_EPOCH), MaybeReady::Ready(Ok(_))));
}

#[test]
fn the_suite_notices_each_fault() {
    for (fault, law) in [
        (Fault::ShortensOnRevokingAgain, "revoking_again_never_shortens"),
        (Fault::IgnoresSessions, "a_revoked_target_is_revoked_and_nothing_else_is"),
        (Fault::PurgesTooEarly, "a_purge_removes_what_has_expired_and_keeps_the_rest"),
        (Fault::IgnoresTheIssuer, "a_name_counts_under_its_own_issuer_only"),
        (Fault::ForgetsTheSubjectAfterAPurge, "a_subject_version_never_falls_back"),
        (Fault::CountsAtItsEnd, "an_entry_counts_before_its_end_and_not_at_it"),
        (Fault::IgnoresSubjects, "a_revoked_subject_loses_old_tokens_and_keeps_new_ones"),
        (Fault::IgnoresKeys, "the_widest_scope_is_reported"),
        (Fault::PurgesTooEarly, "a_purge_during_load_takes_nothing_that_counts"),
        (Fault::AnswersBeforeItHasRecorded, "a_check_that_starts_after_a_revocation_sees_it"),
    ] {
        let make = async || Broken(Arc::default(), fault);
        let violations = conformance::run(&|future| pollster::block_on(future), make);
        expect_noticed(law, &violations);
    }
}

fn expect_noticed(law: &str, violations: &[conformance::Violation]) {
    let broken: Vec<_> = violations.iter().map(|violation| violation.law).collect();
    assert!(broken.contains(&law), "{law} did not notice; noticed: {broken:?}");
}

#[test]
fn the_suite_notices_a_store_that_reads_and_then_writes() {
    // On a busy machine its threads may happen to run one after the other, and nothing goes wrong.
    let mut noticed = Vec::new();
    for _ in 0..20 {
        let violations =
            conformance::run(&|future| pollster::block_on(future), async || racy::GetThenSet::default());
        let wrong_alone = violations.iter().filter(|violation| !racy::MAY_BREAK.contains(&violation.law));
        assert_eq!(wrong_alone.count(), 0, "it is right but for its races: {violations:?}");
        noticed.extend(violations);
        let laws =
            ["the_longest_of_concurrent_ends_stays", "concurrent_revocations_of_a_subject_each_raise_it"];
        if laws.iter().all(|law| noticed.iter().any(|violation| violation.law == *law)) {
            return;
        }
    }
    panic!("its races were not noticed: {noticed:?}");
}
