//! The purge, by hand and as a task.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use countersign_revocation::RevocationStore;
use pollster::block_on;

use crate::support::{START, Service};

const MONTH: u64 = 30 * 24 * 60 * 60 + 300;

fn revoked_sessions(service: &Service, count: usize) {
    for _ in 0..count {
        let pair = service.alice();
        let alice = service.bearer(&pair.access).unwrap();
        block_on(service.authenticator.revoke(&alice)).unwrap();
    }
}

#[test]
fn what_has_expired_is_removed_from_both_stores_in_bounded_steps() {
    let service = Service::new();
    revoked_sessions(&service, 3);
    service.advance(MONTH);
    let live = service.alice();
    let purged = block_on(service.authenticator.purge_expired(2)).unwrap();
    assert_eq!((purged.revocations, purged.tokens, purged.more), (2, 2, true));
    let purged = block_on(service.authenticator.purge_expired(2)).unwrap();
    assert_eq!((purged.revocations, purged.tokens, purged.more), (1, 1, false));
    assert_eq!(block_on(service.revocations.count()).unwrap().total(), 0);
    service.refresh(&live.refresh).unwrap();
}

#[test]
fn no_request_purges() {
    let service = Service::new();
    revoked_sessions(&service, 3);
    service.advance(MONTH);
    let pair = service.alice();
    service.bearer(&pair.access).unwrap();
    let pair = service.refresh(&pair.refresh).unwrap();
    let alice = service.bearer(&pair.access).unwrap();
    block_on(service.authenticator.revoke(&alice)).unwrap();
    assert_eq!(block_on(service.revocations.count()).unwrap().total(), 4);
}

#[test]
fn the_task_purges_every_interval_and_stops_when_told() {
    let service = Service::new();
    revoked_sessions(&service, 2500);
    service.advance(MONTH);
    let task = service.authenticator.purge_task(Duration::from_secs(60));
    let status = task.status();
    assert_eq!((status.last_run(), status.removed(), status.failures()), (None, 0, 0));
    let slept = RefCell::new(Vec::new());
    let stopped = Cell::new(false);
    // Time passes at once; the second long sleep stops it.
    let sleep = |duration: Duration| {
        slept.borrow_mut().push(duration);
        let long = slept.borrow().iter().filter(|slept| slept.as_secs() > 1).count();
        stopped.set(long == 2);
        std::future::ready(())
    };
    let shutdown = std::future::poll_fn(|_| {
        if stopped.get() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    });
    block_on(task.run(sleep, shutdown));
    assert_eq!(
        (status.last_run(), status.removed(), status.failures()),
        (Some(service_now(&service)), 5000, 0)
    );
    let slept = slept.into_inner();
    let tenth = Duration::from_secs(6);
    for long in slept.iter().filter(|slept| slept.as_secs() > 1) {
        assert!(long.abs_diff(Duration::from_secs(60)) <= tenth, "{long:?}");
    }
    assert!(slept.iter().any(|slept| slept.as_millis() == 1), "a breath between batches");
}

fn service_now(service: &Service) -> time::OffsetDateTime {
    use countersign_session::Clock;
    let now = service.clock.now();
    assert_eq!(now, START + Duration::from_secs(MONTH));
    now
}
