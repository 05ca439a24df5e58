//! The suite notices wrappers that vouch for what only their engine knows.

use std::sync::Mutex;
use std::time::Duration;

use countersign_revocation::conformance::{self, Engine};
use countersign_revocation::{
    Check, Counts, Error, MaybeReady, Purged, Replica, RetainUntil, RevocationStore, Target, Verdict,
};
use time::OffsetDateTime;

use crate::expect_noticed;

/// How a wrapper is broken.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    DropsTheDemand,
    IsOpenToEveryCheck,
    RemembersSubjectVersions,
    SaysZeroInAnOutage,
    AcknowledgesInAnOutage,
}

/// A copy that has caught up, with its engine beside it, behind one fault.
struct Broken {
    copy: Replica<Engine>,
    engine: Engine,
    fault: Fault,
    subject_version: Mutex<Option<u64>>,
}

impl Broken {
    fn new(engine: Engine, fault: Fault) -> Self {
        let copy = Replica::new(engine.clone(), Duration::from_secs(3600));
        let mut feed = copy.feed();
        let round = feed.begin();
        feed.caught_up(round, ());
        Self { copy, engine, fault, subject_version: Mutex::new(None) }
    }

    /// An error becomes this while the engine cannot answer, if the fault is `fault`.
    fn or<T>(&self, fault: Fault, result: Result<T, Error>, otherwise: T) -> Result<T, Error> {
        if self.fault == fault { Ok(result.unwrap_or(otherwise)) } else { result }
    }
}

impl RevocationStore for Broken {
    async fn revoke(&self, issuer: &str, target: Target<'_>, until: RetainUntil) -> Result<(), Error> {
        let recorded = self.copy.revoke(issuer, target, until).await;
        self.or(Fault::AcknowledgesInAnOutage, recorded, ())
    }

    async fn revoke_subject(
        &self,
        issuer: &str,
        sub: &str,
        until: RetainUntil,
        now: OffsetDateTime,
        skew: Duration,
    ) -> Result<u64, Error> {
        let recorded = self.copy.revoke_subject(issuer, sub, until, now, skew).await;
        self.or(Fault::AcknowledgesInAnOutage, recorded, 1)
    }

    async fn subject_version(&self, issuer: &str, sub: &str) -> Result<u64, Error> {
        let remembered = *self.subject_version.lock().unwrap();
        if let (Fault::RemembersSubjectVersions, Some(subject_version)) = (self.fault, remembered) {
            return Ok(subject_version);
        }
        let subject_version = self.engine.subject_version(issuer, sub).await;
        let subject_version = self.or(Fault::SaysZeroInAnOutage, subject_version, 0)?;
        *self.subject_version.lock().unwrap() = Some(subject_version);
        Ok(subject_version)
    }

    fn check<'a>(
        &'a self,
        check: &'a Check<'a>,
        now: OffsetDateTime,
    ) -> MaybeReady<impl Future<Output = Result<Verdict, Error>> + Send + 'a> {
        let mut other = Check::new(check.issuer());
        for target in check.targets() {
            other = match target {
                Target::Token(id) => other.token(id),
                Target::Session(sid) => other.session(sid),
                Target::Key(kid) => other.key(kid),
                _ => other,
            };
        }
        if let Some((sub, version)) = check.asked_subject() {
            other = other.subject(sub, version);
        }
        MaybeReady::Wait(async move {
            let asked = if self.fault == Fault::DropsTheDemand { &other } else { check };
            let verdict = self.copy.check(asked, now).wait().await;
            self.or(Fault::IsOpenToEveryCheck, verdict, Verdict::NotRevoked)
        })
    }

    async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        self.copy.purge_expired(now, limit).await
    }

    async fn count(&self) -> Result<Counts, Error> {
        self.copy.count().await
    }
}

#[test]
fn the_suite_notices_each_fault_of_a_wrapper() {
    let unheard = "a_check_that_asks_the_engine_sees_what_the_wrapper_has_not_heard";
    let cut_off = "a_check_that_asks_the_engine_is_an_error_while_the_engine_is_cut_off";
    let subject_version = "a_subject_version_is_the_engines_or_an_error";
    for (fault, law) in [
        (Fault::DropsTheDemand, unheard),
        (Fault::DropsTheDemand, cut_off),
        (Fault::IsOpenToEveryCheck, cut_off),
        (Fault::RemembersSubjectVersions, subject_version),
        (Fault::SaysZeroInAnOutage, subject_version),
        (Fault::AcknowledgesInAnOutage, "nothing_is_acknowledged_that_the_engine_has_not_recorded"),
    ] {
        let wrap = async |engine| Broken::new(engine, fault);
        let violations = conformance::run_wrapper(&|future| pollster::block_on(future), wrap);
        expect_noticed(law, &violations);
    }
}
