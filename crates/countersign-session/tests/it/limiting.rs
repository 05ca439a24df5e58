//! The limiter: asked before a password is checked, told afterwards, and never a way to keep a user out.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use countersign_session::{
    Accept, Account, Admission, Attempt, AttemptOutcome, ConfigurationFault, CredentialError,
    CredentialVerifier, ErrorKind, Limit, LimiterError, LogInLimiter, MemoryLimiter,
};
use pollster::block_on;
use time::OffsetDateTime;

use crate::support::{START, Service, Users, basic};

fn address(text: &str) -> Option<IpAddr> {
    Some(text.parse().unwrap())
}

/// Users who count how often a password is checked.
struct Counted(Users, Arc<AtomicUsize>);

impl CredentialVerifier for Counted {
    async fn verify(&self, user_id: &str, password: &str) -> Result<Option<Account>, CredentialError> {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.verify(user_id, password).await
    }

    async fn account(&self, subject: &str) -> Result<Option<Account>, CredentialError> {
        self.0.account(subject).await
    }
}

fn limited(limiter: impl LogInLimiter + 'static) -> (Service, Arc<AtomicUsize>) {
    let checks = Arc::new(AtomicUsize::new(0));
    let users = Counted(Users::new(), Arc::clone(&checks));
    (Service::with(|builder| builder.credentials(users).limiter(limiter)), checks)
}

fn log_in(service: &Service, user: &str, password: &str, from: Option<IpAddr>) -> Result<(), ErrorKind> {
    let header = basic(user, password);
    let issued = block_on(service.authenticator.log_in_from([header.as_bytes()], from));
    issued.map(|_| ()).map_err(|error| error.kind())
}

const LIMITED: Result<(), ErrorKind> = Err(ErrorKind::TooManyAttempts);
const WRONG: Result<(), ErrorKind> = Err(ErrorKind::InvalidCredentials);

#[test]
fn a_name_that_is_guessed_at_is_limited_before_its_password_is_checked() {
    for user in ["alice", "mallory"] {
        let (service, checks) = limited(MemoryLimiter::new());
        for guess in 0..10_u8 {
            let from = address(&format!("192.0.2.{guess}"));
            assert_eq!(log_in(&service, user, "wrong", from), WRONG, "{user}");
        }
        let checked = checks.load(Ordering::SeqCst);
        assert_eq!(log_in(&service, user, "wonderland", address("192.0.2.99")), LIMITED, "{user}");
        assert_eq!(log_in(&service, &format!(" {} ", user.to_uppercase()), "x", None), LIMITED, "{user}");
        assert_eq!(checks.load(Ordering::SeqCst), checked, "a right password is not told from a wrong one");
        assert_eq!(log_in(&service, "bob", "builder", address("192.0.2.99")), Ok(()));
    }
}

#[test]
fn the_answer_is_429_with_the_time_to_wait() {
    let (service, _) = limited(MemoryLimiter::new());
    for _ in 0..10 {
        log_in(&service, "alice", "wrong", None).unwrap_err();
    }
    service.clock.advance(Duration::from_millis(20_500));
    let header = basic("alice", "wonderland");
    let error = block_on(service.authenticator.log_in([header.as_bytes()])).unwrap_err();
    let reply = service.authenticator.reply(&error);
    // One a minute: 39.5 seconds are left, and Retry-After is in whole ones.
    assert_eq!((reply.status(), reply.retry_after()), (429, Some(Duration::from_secs(40))));
    assert_eq!(reply.body(), r#"{"error":"too_many_requests"}"#);
    assert!(reply.challenges().is_empty());
}

#[test]
fn time_gives_attempts_back_one_by_one_and_no_refusal_takes_any() {
    let (service, _) = limited(MemoryLimiter::new());
    for _ in 0..10 {
        log_in(&service, "alice", "wrong", None).unwrap_err();
    }
    for _ in 0..1000 {
        assert_eq!(log_in(&service, "alice", "wrong", None), LIMITED);
    }
    service.advance(59);
    assert_eq!(log_in(&service, "alice", "wrong", None), LIMITED);
    service.advance(1);
    assert_eq!(log_in(&service, "alice", "wrong", None), WRONG);
    assert_eq!(log_in(&service, "alice", "wonderland", None), LIMITED);
    service.advance(60);
    assert_eq!(log_in(&service, "alice", "wonderland", None), Ok(()));
    service.advance(600);
    for _ in 0..10 {
        assert_eq!(log_in(&service, "alice", "wrong", None), WRONG);
    }
    assert_eq!(log_in(&service, "alice", "wrong", None), LIMITED);
}

#[test]
fn a_right_password_is_not_counted_and_takes_nothing_off_the_others() {
    let (service, _) = limited(MemoryLimiter::new());
    for _ in 0..9 {
        log_in(&service, "alice", "wrong", None).unwrap_err();
    }
    for _ in 0..20 {
        assert_eq!(log_in(&service, "alice", "wonderland", None), Ok(()));
    }
    assert_eq!(log_in(&service, "alice", "wrong", None), WRONG);
    assert_eq!(log_in(&service, "alice", "wonderland", None), LIMITED);
}

#[test]
fn a_user_is_not_kept_out_of_where_they_logged_in_before() {
    let (service, _) = limited(MemoryLimiter::new());
    let home = address("2001:db8:1:2::1");
    assert_eq!(log_in(&service, "alice", "wonderland", home), Ok(()));
    for guess in 0..200_u8 {
        let _ = log_in(&service, "alice", "wrong", address(&format!("198.51.100.{guess}")));
    }
    assert_eq!(log_in(&service, "alice", "wonderland", address("198.51.100.250")), LIMITED);
    assert_eq!(log_in(&service, "alice", "wonderland", home), Ok(()));
    assert_eq!(log_in(&service, "alice", "wonderland", address("2001:db8:1:2:ffff::9")), Ok(()), "same /64");
    // Guesses from there are limited as well, and for themselves.
    for _ in 0..10 {
        assert_eq!(log_in(&service, "alice", "wrong", home), WRONG);
    }
    assert_eq!(log_in(&service, "alice", "wonderland", home), LIMITED);
    assert_eq!(log_in(&service, "bob", "builder", home), Ok(()));
    // It is remembered for a month.
    service.advance(30 * 24 * 60 * 60);
    for _ in 0..10 {
        let _ = log_in(&service, "alice", "wrong", None);
    }
    assert_eq!(log_in(&service, "alice", "wonderland", home), LIMITED);
}

#[test]
fn an_address_is_limited_over_all_names_and_an_ipv6_one_by_its_network() {
    for (addresses, other) in [
        (["192.0.2.1", "192.0.2.1", "::ffff:192.0.2.1"], "192.0.2.2"),
        (["2001:db8:0:1::1", "2001:db8:0:1::2", "2001:db8:0:1:ffff::"], "2001:db8:0:2::1"),
    ] {
        let (service, _) = limited(MemoryLimiter::new());
        for guess in 0..50_usize {
            let from = address(addresses[guess % 3]);
            assert_eq!(log_in(&service, &format!("user-{guess}"), "wrong", from), WRONG);
        }
        for from in addresses {
            assert_eq!(log_in(&service, "alice", "wonderland", address(from)), LIMITED);
        }
        assert_eq!(log_in(&service, "alice", "wonderland", address(other)), Ok(()));
        service.advance(10);
        assert_eq!(log_in(&service, "alice", "wonderland", address(addresses[0])), Ok(()));
    }
}

#[test]
fn basic_on_any_endpoint_is_limited_too() {
    let (service, _) = limited(MemoryLimiter::new());
    let refused = |password: &str| service.authenticate(&basic("alice", password), Accept::basic());
    for _ in 0..10 {
        assert_eq!(refused("wrong").unwrap_err(), ErrorKind::InvalidCredentials);
    }
    assert_eq!(refused("wonderland").unwrap_err(), ErrorKind::TooManyAttempts);
}

#[test]
fn attempts_at_the_same_time_do_not_slip_through() {
    let limiter = MemoryLimiter::new();
    let attempt = Attempt { user_id: "alice", address: None, now: START };
    let granted = (0..100).filter(|_| block_on(limiter.admit(&attempt)).unwrap() == Admission::Granted);
    assert_eq!(granted.count(), 10, "none of them has been settled");
    // What could not be told is taken back.
    block_on(limiter.settle(&attempt, AttemptOutcome::Undecided));
    assert_eq!(block_on(limiter.admit(&attempt)).unwrap(), Admission::Granted);
    block_on(limiter.settle(&attempt, AttemptOutcome::Wrong));
    assert_ne!(block_on(limiter.admit(&attempt)).unwrap(), Admission::Granted);
}

#[test]
fn a_clock_that_is_set_back_makes_no_wait_longer() {
    let limiter = MemoryLimiter::new();
    let at = |now: OffsetDateTime| Attempt { user_id: "alice", address: None, now };
    let later = START + time::Duration::days(365);
    while block_on(limiter.admit(&at(later))).unwrap() == Admission::Granted {}
    let minute = Duration::from_secs(60);
    let refused = block_on(limiter.admit(&at(START))).unwrap();
    assert_eq!(refused, Admission::Refused { retry_after: minute });
}

#[test]
fn a_flood_of_names_does_not_make_it_forget_the_one_that_is_guessed_at() {
    let limiter = MemoryLimiter::new();
    let admit =
        |user_id: &str| block_on(limiter.admit(&Attempt { user_id, address: None, now: START })).unwrap();
    while admit("alice") == Admission::Granted {}
    for number in 0..200_000 {
        assert_eq!(admit(&format!("user-{number}")), Admission::Granted);
    }
    assert_ne!(admit("alice"), Admission::Granted);
}

#[test]
fn limits_have_limits() {
    let second = Duration::from_secs(1);
    for (burst, interval) in [
        (0, second),
        (10_001, second),
        (1, Duration::ZERO),
        (1, Duration::from_micros(999)),
        (1, second * 3601),
    ] {
        let kind = Limit::new(burst, interval).unwrap_err().kind();
        assert_eq!(kind, ErrorKind::InvalidConfiguration(ConfigurationFault::InvalidLimit));
    }
    let once = Limit::new(1, Duration::from_millis(1)).unwrap();
    let limiter = MemoryLimiter::with(once, Limit::new(10_000, second * 3600).unwrap());
    let admit = |now| block_on(limiter.admit(&Attempt { user_id: "alice", address: None, now })).unwrap();
    assert_eq!(admit(START), Admission::Granted);
    assert_eq!(admit(START), Admission::Refused { retry_after: Duration::from_millis(1) });
    assert_eq!(admit(START + time::Duration::milliseconds(1)), Admission::Granted);
}

/// A limiter out of reach.
struct Down;

impl LogInLimiter for Down {
    async fn admit(&self, _: &Attempt<'_>) -> Result<Admission, LimiterError> {
        Err("canary-connection-string".into())
    }

    async fn settle(&self, _: &Attempt<'_>, _: AttemptOutcome) {
        panic!("nothing was granted");
    }
}

#[test]
fn a_limiter_that_cannot_tell_lets_nobody_in() {
    let (service, checks) = limited(Down);
    assert_eq!(log_in(&service, "alice", "wonderland", None), Err(ErrorKind::Unavailable));
    assert_eq!(checks.load(Ordering::SeqCst), 0);
}

/// Notes what it is told.
#[derive(Default)]
struct Noting(std::sync::Mutex<Vec<String>>);

impl LogInLimiter for Noting {
    async fn admit(&self, attempt: &Attempt<'_>) -> Result<Admission, LimiterError> {
        self.0.lock().unwrap().push(format!("admit {} {:?}", attempt.user_id, attempt.address));
        Ok(Admission::Granted)
    }

    async fn settle(&self, attempt: &Attempt<'_>, outcome: AttemptOutcome) {
        self.0.lock().unwrap().push(format!("{outcome:?} {}", attempt.user_id));
    }
}

/// Users who are busy.
struct Busy;

impl CredentialVerifier for Busy {
    async fn verify(&self, _: &str, _: &str) -> Result<Option<Account>, CredentialError> {
        Err(CredentialError::busy())
    }

    async fn account(&self, _: &str) -> Result<Option<Account>, CredentialError> {
        Err(CredentialError::busy())
    }
}

#[test]
fn a_limiter_is_told_who_from_where_and_what_came_of_it() {
    let noting = Arc::new(Noting::default());
    let (service, _) = limited(Arc::clone(&noting));
    let told = || std::mem::take(&mut *noting.0.lock().unwrap());
    log_in(&service, "alice", "wonderland", address("192.0.2.1")).unwrap();
    assert_eq!(told(), ["admit alice Some(192.0.2.1)", "Right alice"]);
    log_in(&service, "alice", "wrong", None).unwrap_err();
    assert_eq!(told(), ["admit alice None", "Wrong alice"]);
    // Near a revocation a password is checked twice, and is one attempt all the same.
    block_on(service.authenticator.revoke_subject("alice", countersign_session::ApiKeys::Keep)).unwrap();
    log_in(&service, "alice", "wonderland", None).unwrap();
    assert_eq!(told(), ["admit alice None", "Right alice"]);
    let service = Service::with(|builder| builder.credentials(Busy).limiter(Arc::clone(&noting)));
    assert_eq!(log_in(&service, "alice", "wonderland", None), Err(ErrorKind::Busy));
    assert_eq!(told(), ["admit alice None", "Undecided alice"]);
    let reply = service.authenticator.reply(&service.log_in("alice", "wonderland").unwrap_err());
    assert_eq!((reply.status(), reply.retry_after()), (503, Some(Duration::from_secs(1))));
}
