//! A store that cannot answer refuses everybody, and nothing is told that was not done.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use countersign_revocation::{
    AnyRevocationStore, Check, Counts, Error, MaybeReady, MemoryRevocationStore, Purged, RetainUntil,
    RevocationStore, Target, Verdict,
};
use countersign_session::{ErrorKind, GrantFault, NewApiKey};
use countersign_token_store::{AnyTokenStore, MemoryTokenStore};
use pollster::block_on;
use time::OffsetDateTime;

use crate::support::Service;

/// A revocation store behind two switches: down altogether, and unable to record a revocation.
struct Switched(MemoryRevocationStore, Arc<AtomicBool>, Arc<AtomicBool>);

impl Switched {
    fn check_up(&self) -> Result<(), Error> {
        if self.1.load(Ordering::SeqCst) {
            Err(Error::unavailable("canary-connection-string"))
        } else {
            Ok(())
        }
    }
}

impl RevocationStore for Switched {
    async fn revoke(&self, issuer: &str, target: Target<'_>, until: RetainUntil) -> Result<(), Error> {
        self.check_up()?;
        if self.2.load(Ordering::SeqCst) {
            return Err(Error::unavailable("canary-connection-string"));
        }
        self.0.revoke(issuer, target, until).await
    }

    async fn revoke_subject(
        &self,
        issuer: &str,
        sub: &str,
        until: RetainUntil,
        now: OffsetDateTime,
        skew: Duration,
    ) -> Result<u64, Error> {
        self.check_up()?;
        self.0.revoke_subject(issuer, sub, until, now, skew).await
    }

    async fn subject_version(&self, issuer: &str, sub: &str) -> Result<u64, Error> {
        self.check_up()?;
        self.0.subject_version(issuer, sub).await
    }

    fn check<'a>(
        &'a self,
        check: &'a Check<'a>,
        now: OffsetDateTime,
    ) -> MaybeReady<impl Future<Output = Result<Verdict, Error>> + Send + 'a> {
        match self.check_up() {
            Ok(()) => self.0.check(check, now),
            Err(error) => MaybeReady::Ready(Err(error)),
        }
    }

    async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        self.check_up()?;
        self.0.purge_expired(now, limit).await
    }

    async fn count(&self) -> Result<Counts, Error> {
        self.check_up()?;
        self.0.count().await
    }
}

fn service() -> (Service, Arc<AtomicBool>) {
    let (service, down, _) = service_with_switches();
    (service, down)
}

fn service_with_switches() -> (Service, Arc<AtomicBool>, Arc<AtomicBool>) {
    let (down, read_only) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let store = Switched(MemoryRevocationStore::new(), Arc::clone(&down), Arc::clone(&read_only));
    let tokens = AnyTokenStore::new(MemoryTokenStore::new());
    (Service::over(AnyRevocationStore::new(store), tokens, |builder| builder), down, read_only)
}

#[test]
fn a_store_that_is_down_lets_nobody_in_and_is_answered_with_503() {
    let (service, down) = service();
    let pair = service.alice();
    down.store(true, Ordering::SeqCst);
    assert_eq!(service.bearer(&pair.access).unwrap_err(), ErrorKind::Unavailable);
    let error = service.log_in("alice", "wonderland").unwrap_err();
    let reply = service.authenticator.error_response(&error);
    assert_eq!((reply.status(), reply.retry_after()), (503, Some(Duration::from_secs(1))));
    assert_eq!(reply.body(), r#"{"error":"temporarily_unavailable"}"#);
    assert!(!format!("{error} {error:?} {reply:?}").contains("canary"));
    // An API key does not depend on it.
    let created = block_on(service.authenticator.create_api_key_for("alice", &NewApiKey::default())).unwrap();
    service.bearer(created.key.expose()).unwrap();
    down.store(false, Ordering::SeqCst);
    service.bearer(&pair.access).unwrap();
}

#[test]
fn a_logout_that_could_not_be_recorded_is_an_error() {
    let (service, down) = service();
    let pair = service.alice();
    let alice = service.bearer(&pair.access).unwrap();
    down.store(true, Ordering::SeqCst);
    let error = block_on(service.authenticator.revoke(&alice)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    down.store(false, Ordering::SeqCst);
    service.bearer(&pair.access).unwrap();
    service.refresh(&pair.refresh).unwrap();
}

#[test]
fn reuse_is_answered_only_once_the_access_tokens_are_dead() {
    let (service, _, read_only) = service_with_switches();
    let first = service.alice();
    let second = service.refresh(&first.refresh).unwrap();
    service.advance(60);
    read_only.store(true, Ordering::SeqCst);
    assert_eq!(service.refresh(&first.refresh).unwrap_err(), ErrorKind::Unavailable);
    // The session has been ended, its access tokens live on: still 503, and nothing is told.
    assert_eq!(service.refresh(&first.refresh).unwrap_err(), ErrorKind::Unavailable);
    service.bearer(&second.access).unwrap();
    read_only.store(false, Ordering::SeqCst);
    // Asking again finishes what was left undone.
    let gone = ErrorKind::InvalidGrant(GrantFault::Revoked);
    assert_eq!(service.refresh(&first.refresh).unwrap_err(), gone);
    assert!(service.bearer(&second.access).is_err());
}

#[test]
fn reuse_while_the_store_is_down_changes_nothing() {
    let (service, down) = service();
    let first = service.alice();
    let second = service.refresh(&first.refresh).unwrap();
    service.advance(60);
    down.store(true, Ordering::SeqCst);
    assert_eq!(service.refresh(&first.refresh).unwrap_err(), ErrorKind::Unavailable);
    down.store(false, Ordering::SeqCst);
    service.refresh(&second.refresh).unwrap();
}

#[test]
fn a_refresh_whose_answer_failed_can_be_tried_again() {
    let (service, down) = service();
    let first = service.alice();
    down.store(true, Ordering::SeqCst);
    assert_eq!(service.refresh(&first.refresh).unwrap_err(), ErrorKind::Unavailable);
    down.store(false, Ordering::SeqCst);
    let second = service.refresh(&first.refresh).unwrap();
    service.refresh(&second.refresh).unwrap();
}

#[test]
fn a_purge_that_fails_is_counted_and_tried_again() {
    use std::cell::Cell;
    let (service, down) = service();
    down.store(true, Ordering::SeqCst);
    let task = service.authenticator.purge_task(Duration::from_secs(60));
    let status = task.status();
    let rounds = Cell::new(0);
    let sleep = |_| {
        rounds.set(rounds.get() + 1);
        // Up again for the third round.
        down.store(rounds.get() < 3, Ordering::SeqCst);
        std::future::ready(())
    };
    let shutdown = std::future::poll_fn(|_| {
        if rounds.get() >= 4 { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    });
    block_on(task.run(sleep, shutdown));
    assert_eq!((status.failures(), status.last_run().is_some()), (2, true));
}

#[test]
fn a_store_that_is_down_does_not_keep_the_other_from_being_purged() {
    let (service, down) = service();
    let pair = service.alice();
    service.advance(30 * 24 * 60 * 60);
    down.store(true, Ordering::SeqCst);
    let error = block_on(service.authenticator.purge_expired(10)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    down.store(false, Ordering::SeqCst);
    assert_eq!(service.refresh(&pair.refresh).unwrap_err(), ErrorKind::InvalidGrant(GrantFault::Unknown));
}
