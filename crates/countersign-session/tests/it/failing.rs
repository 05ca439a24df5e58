//! Stores that fail at a chosen call: before it was done, or after it was done but before it was answered; once,
//! or from then on, as if the process had died there.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use countersign_random::KeyedDigest;
use countersign_revocation::{self as revocation, AnyRevocationStore, MaybeReady, MemoryRevocationStore};
use countersign_revocation::{Check, Counts, RetainUntil, RevocationStore, Target, Verdict};
use countersign_token_store::{self as token_store, AnyTokenStore, MemoryTokenStore};
use countersign_token_store::{Record, RecordKind, TokenStore, Version, Versioned};
use time::OffsetDateTime;

/// The text of the driver behind the stores' errors.
pub(crate) const CONNECTION: &str = "postgres://canary-user:canary-db-password@db.example/tokens";

/// The cause in words that are safe to log.
pub(crate) const CAUSE: &str = "the server refused the password";

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Fault {
    /// Whether it is done all the same, and its answer lost.
    pub(crate) done: bool,
    /// Whether all later calls fail too.
    pub(crate) for_good: bool,
}

pub(crate) const FAULTS: [Fault; 4] = [
    Fault { done: false, for_good: false },
    Fault { done: true, for_good: false },
    Fault { done: false, for_good: true },
    Fault { done: true, for_good: true },
];

/// Decides which calls of the stores that share it fail.
#[derive(Clone, Default)]
pub(crate) struct Faults(Arc<Mutex<Option<Plan>>>);

struct Plan {
    /// Calls until the one that fails, itself included; 0 once it has.
    left: usize,
    fault: Fault,
    struck: bool,
}

enum Turn {
    Pass,
    Fail,
    FailDone,
}

impl Faults {
    /// Lets the n-th call from now on fail; the first is 1.
    pub(crate) fn arm(&self, nth: usize, fault: Fault) {
        *self.0.lock().unwrap() = Some(Plan { left: nth, fault, struck: false });
    }

    /// Lets all calls pass again, and says whether any has failed.
    pub(crate) fn disarm(&self) -> bool {
        self.0.lock().unwrap().take().is_some_and(|plan| plan.struck)
    }

    /// A call of something else that is down with the stores.
    #[cfg(feature = "tracing")]
    pub(crate) fn pass(&self) -> Result<(), &'static str> {
        match self.turn() {
            Turn::Pass => Ok(()),
            Turn::Fail | Turn::FailDone => Err(CONNECTION),
        }
    }

    fn turn(&self) -> Turn {
        let mut plan = self.0.lock().unwrap();
        let Some(plan) = &mut *plan else { return Turn::Pass };
        if plan.struck {
            return if plan.fault.for_good { Turn::Fail } else { Turn::Pass };
        }
        plan.left -= 1;
        if plan.left > 0 {
            return Turn::Pass;
        }
        plan.struck = true;
        if plan.fault.done { Turn::FailDone } else { Turn::Fail }
    }

    /// A store in memory does its work when it is called, and not when its future is polled.
    async fn run<T, E, F: Future<Output = Result<T, E>>>(
        &self,
        call: impl FnOnce() -> F,
        error: impl FnOnce(&'static str) -> E,
    ) -> Result<T, E> {
        match self.turn() {
            Turn::Pass => call().await,
            Turn::Fail => Err(error(CONNECTION)),
            Turn::FailDone => call().await.and(Err(error(CONNECTION))),
        }
    }

    /// Stores in memory that fail as this says.
    pub(crate) fn stores(&self) -> (AnyRevocationStore, AnyTokenStore) {
        let revocations = FailingRevocations(MemoryRevocationStore::new(), self.clone());
        let tokens = FailingTokens(MemoryTokenStore::new(), self.clone());
        (AnyRevocationStore::new(revocations), AnyTokenStore::new(tokens))
    }
}

struct FailingRevocations(MemoryRevocationStore, Faults);

impl FailingRevocations {
    async fn run<T, F: Future<Output = Result<T, revocation::Error>>>(
        &self,
        call: impl FnOnce() -> F,
    ) -> Result<T, revocation::Error> {
        self.1.run(call, |source| revocation::Error::unavailable(source).with_cause(CAUSE)).await
    }
}

impl RevocationStore for FailingRevocations {
    async fn revoke(
        &self,
        issuer: &str,
        target: Target<'_>,
        until: RetainUntil,
    ) -> Result<(), revocation::Error> {
        self.run(|| self.0.revoke(issuer, target, until)).await
    }

    async fn revoke_subject(
        &self,
        issuer: &str,
        sub: &str,
        until: RetainUntil,
        now: OffsetDateTime,
        skew: Duration,
    ) -> Result<u64, revocation::Error> {
        self.run(|| self.0.revoke_subject(issuer, sub, until, now, skew)).await
    }

    async fn subject_version(&self, issuer: &str, sub: &str) -> Result<u64, revocation::Error> {
        self.run(|| self.0.subject_version(issuer, sub)).await
    }

    fn check<'a>(
        &'a self,
        check: &'a Check<'a>,
        now: OffsetDateTime,
    ) -> MaybeReady<impl Future<Output = Result<Verdict, revocation::Error>> + Send + 'a> {
        match self.1.turn() {
            Turn::Pass => self.0.check(check, now),
            // A check changes nothing, so that it makes no difference whether it was done.
            Turn::Fail | Turn::FailDone => {
                MaybeReady::Ready(Err(revocation::Error::unavailable(CONNECTION).with_cause(CAUSE)))
            }
        }
    }

    async fn purge_expired(
        &self,
        now: OffsetDateTime,
        limit: usize,
    ) -> Result<revocation::Purged, revocation::Error> {
        self.run(|| self.0.purge_expired(now, limit)).await
    }

    async fn count(&self) -> Result<Counts, revocation::Error> {
        self.run(|| self.0.count()).await
    }
}

struct FailingTokens(MemoryTokenStore, Faults);

type Result2<T> = Result<T, token_store::Error>;

impl FailingTokens {
    async fn run<T, F: Future<Output = Result2<T>>>(&self, call: impl FnOnce() -> F) -> Result2<T> {
        self.1.run(call, |source| token_store::Error::unavailable(source).with_cause(CAUSE)).await
    }
}

impl TokenStore for FailingTokens {
    async fn insert(&self, record: Record) -> Result2<()> {
        self.run(|| self.0.insert(record)).await
    }

    async fn find(&self, kind: RecordKind, digests: &[KeyedDigest]) -> Result2<Option<Versioned>> {
        self.run(|| self.0.find(kind, digests)).await
    }

    async fn get(&self, kind: RecordKind, id: &str) -> Result2<Option<Versioned>> {
        self.run(|| self.0.get(kind, id)).await
    }

    async fn replace(&self, version: Version, next: Record) -> Result2<bool> {
        self.run(|| self.0.replace(version, next)).await
    }

    async fn confirm(&self, kind: RecordKind, owner: &str) -> Result2<()> {
        self.run(|| self.0.confirm(kind, owner)).await
    }

    async fn list(&self, kind: RecordKind, owner: &str) -> Result2<Vec<Versioned>> {
        self.run(|| self.0.list(kind, owner)).await
    }

    async fn remove(&self, kind: RecordKind, owner: &str, id: &str) -> Result2<bool> {
        self.run(|| self.0.remove(kind, owner, id)).await
    }

    async fn remove_by_owner(&self, kind: RecordKind, owner: &str) -> Result2<u64> {
        self.run(|| self.0.remove_by_owner(kind, owner)).await
    }

    async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result2<token_store::Purged> {
        self.run(|| self.0.purge_expired(now, limit)).await
    }

    async fn count_by_digest_key(&self) -> Result2<BTreeMap<u32, u64>> {
        self.run(|| self.0.count_by_digest_key()).await
    }
}
