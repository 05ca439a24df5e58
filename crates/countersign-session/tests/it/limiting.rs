//! The limiter: asked before a password is checked, told afterwards, and never a way to keep a user out.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use countersign_session::{
    Account, Admission, Attempt, AttemptOutcome, AuthMethods, ConfigurationFault, CredentialError,
    CredentialVerifier, ErrorKind, Limit, LimiterError, LogInLimiter, MemoryLimiter,
};
use pollster::block_on;
use time::OffsetDateTime;

use crate::support::{START, Service, Users, basic};

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// One of many addresses, no two of one network.
fn elsewhere(number: u32) -> IpAddr {
    IpAddr::V4((0xc633_0000 + number).into())
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

fn log_in(service: &Service, user: &str, password: &str, from: IpAddr) -> Result<(), ErrorKind> {
    let header = basic(user, password);
    let issued = block_on(service.authenticator.log_in_from([header.as_bytes()], Some(from)));
    issued.map(|_| ()).map_err(|error| error.kind())
}

const LIMITED: Result<(), ErrorKind> = Err(ErrorKind::TooManyAttempts);
const WRONG: Result<(), ErrorKind> = Err(ErrorKind::InvalidCredentials);

#[test]
fn a_name_that_is_guessed_at_is_limited_before_its_password_is_checked() {
    for user in ["alice", "mallory"] {
        let (service, checks) = limited(MemoryLimiter::new());
        for guess in 0..10 {
            assert_eq!(log_in(&service, user, "wrong", elsewhere(guess)), WRONG, "{user}");
        }
        let checked = checks.load(Ordering::SeqCst);
        assert_eq!(log_in(&service, user, "wonderland", elsewhere(99)), LIMITED, "{user}");
        let spelled = format!(" {} ", user.to_uppercase());
        assert_eq!(log_in(&service, &spelled, "x", elsewhere(98)), LIMITED, "{user}");
        assert_eq!(checks.load(Ordering::SeqCst), checked, "a right password is not told from a wrong one");
        assert_eq!(log_in(&service, "bob", "builder", elsewhere(99)), Ok(()));
    }
}

#[test]
fn the_answer_is_429_with_the_time_to_wait() {
    let (service, _) = limited(MemoryLimiter::new());
    for guess in 0..10 {
        log_in(&service, "alice", "wrong", elsewhere(guess)).unwrap_err();
    }
    service.clock.advance(Duration::from_millis(20_500));
    let header = basic("alice", "wonderland");
    let refused = service.authenticator.log_in_from([header.as_bytes()], Some(elsewhere(99)));
    let reply = service.authenticator.error_response(&block_on(refused).unwrap_err());
    // One a minute: 39.5 seconds are left, and Retry-After is in whole ones.
    assert_eq!((reply.status(), reply.retry_after()), (429, Some(Duration::from_secs(40))));
    assert_eq!(reply.body(), r#"{"error":"too_many_requests"}"#);
    assert!(reply.challenges().is_empty());
}

#[test]
fn time_gives_attempts_back_one_by_one_and_no_refusal_takes_any() {
    let (service, _) = limited(MemoryLimiter::new());
    let mut addresses = (0..).map(elsewhere);
    let mut guess = |password| log_in(&service, "alice", password, addresses.next().unwrap());
    for _ in 0..10 {
        guess("wrong").unwrap_err();
    }
    for _ in 0..1000 {
        assert_eq!(guess("wrong"), LIMITED);
    }
    service.advance(59);
    assert_eq!(guess("wrong"), LIMITED);
    service.advance(1);
    assert_eq!(guess("wrong"), WRONG);
    assert_eq!(guess("wonderland"), LIMITED);
    service.advance(60);
    assert_eq!(guess("wonderland"), Ok(()));
    service.advance(600);
    for _ in 0..10 {
        assert_eq!(guess("wrong"), WRONG);
    }
    assert_eq!(guess("wrong"), LIMITED);
}

#[test]
fn a_right_password_is_not_counted_and_takes_nothing_off_the_others() {
    let (service, _) = limited(MemoryLimiter::new());
    for guess in 0..9 {
        log_in(&service, "alice", "wrong", elsewhere(guess)).unwrap_err();
    }
    for number in 0..20 {
        assert_eq!(log_in(&service, "alice", "wonderland", elsewhere(100 + number)), Ok(()));
    }
    assert_eq!(log_in(&service, "alice", "wrong", elsewhere(9)), WRONG);
    assert_eq!(log_in(&service, "alice", "wonderland", elsewhere(10)), LIMITED);
}

#[test]
fn a_user_is_not_kept_out_of_where_they_logged_in_before() {
    let (service, _) = limited(MemoryLimiter::new());
    let home = address("2001:db8:1:2::1");
    assert_eq!(log_in(&service, "alice", "wonderland", home), Ok(()));
    for guess in 0..200 {
        let _ = log_in(&service, "alice", "wrong", elsewhere(guess));
    }
    assert_eq!(log_in(&service, "alice", "wonderland", elsewhere(250)), LIMITED);
    assert_eq!(log_in(&service, "alice", "wonderland", home), Ok(()));
    assert_eq!(log_in(&service, "alice", "wonderland", address("2001:db8:1:2:ffff::9")), Ok(()), "same /64");
    // Guesses from there are limited as well, and for themselves.
    for _ in 0..10 {
        assert_eq!(log_in(&service, "alice", "wrong", home), WRONG);
    }
    assert_eq!(log_in(&service, "alice", "wonderland", home), LIMITED);
    assert_eq!(log_in(&service, "bob", "builder", home), Ok(()));
    // It is remembered for 30 days after the last login.
    let days = 30 * 24 * 60 * 60;
    for (seconds, expected) in [(days - 1, Ok(())), (days, LIMITED)] {
        service.advance(seconds);
        for guess in 0..10 {
            let _ = log_in(&service, "alice", "wrong", elsewhere(guess));
        }
        assert_eq!(log_in(&service, "alice", "wonderland", home), expected);
    }
}

#[test]
fn user_is_known_at_the_last_four_addresses_of_a_login() {
    let (service, _) = limited(MemoryLimiter::new());
    let homes: Vec<IpAddr> = (1..=5).map(|number| address(&format!("2001:db8:{number}::1"))).collect();
    for home in &homes {
        assert_eq!(log_in(&service, "alice", "wonderland", *home), Ok(()));
        // So that the first is the one that was used longest ago.
        service.advance(1);
    }
    for guess in 0..200 {
        let _ = log_in(&service, "alice", "wrong", elsewhere(guess));
    }
    let known = homes.iter().rev().map(|home| log_in(&service, "alice", "wonderland", *home));
    assert_eq!(known.collect::<Vec<_>>(), [Ok(()), Ok(()), Ok(()), Ok(()), LIMITED]);
}

#[test]
fn one_stranger_cannot_use_up_the_attempts_of_a_name() {
    let (service, _) = limited(MemoryLimiter::new());
    let stranger = address("192.0.2.66");
    for minute in 0..24 * 60 {
        while log_in(&service, "alice", "wrong", stranger) == WRONG {}
        // From a new address each time, so that nothing helps but what the stranger leaves.
        assert_eq!(log_in(&service, "alice", "wonderland", elsewhere(minute)), Ok(()), "minute {minute}");
        service.advance(60);
    }
}

#[test]
fn a_stranger_at_the_same_address_does_not_keep_a_user_out() {
    let (service, _) = limited(MemoryLimiter::new());
    let shared = address("192.0.2.1");
    assert_eq!(log_in(&service, "alice", "wonderland", shared), Ok(()));
    for guess in 0..60 {
        let _ = log_in(&service, &format!("user-{guess}"), "wrong", shared);
    }
    assert_eq!(log_in(&service, "bob", "builder", shared), LIMITED);
    assert_eq!(log_in(&service, "alice", "wonderland", shared), Ok(()));
}

#[test]
fn guesses_at_known_names_count_against_their_address() {
    let (service, _) = limited(MemoryLimiter::new());
    let shared = address("192.0.2.1");
    assert_eq!(log_in(&service, "alice", "wonderland", shared), Ok(()));
    for _ in 0..10 {
        assert_eq!(log_in(&service, "alice", "wrong", shared), WRONG);
    }
    let free = (0..60).filter(|guess| log_in(&service, &format!("user-{guess}"), "wrong", shared) == WRONG);
    assert_eq!(free.count(), 40);
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
fn basic_on_any_endpoint_is_limited_by_name_and_by_address() {
    let authenticate = |service: &Service, user: &str, password: &str, from: IpAddr| {
        let header = basic(user, password);
        let from = Some(from);
        let principal =
            service.authenticator.authenticate_from([header.as_bytes()], AuthMethods::basic(), from);
        block_on(principal).map(|_| ()).map_err(|error| error.kind())
    };
    let (service, _) = limited(MemoryLimiter::new());
    for guess in 0..10 {
        assert_eq!(authenticate(&service, "alice", "wrong", elsewhere(guess)), WRONG);
    }
    assert_eq!(authenticate(&service, "alice", "wonderland", elsewhere(99)), LIMITED);
    let (service, checks) = limited(MemoryLimiter::new());
    for guess in 0..1000 {
        let _ = authenticate(&service, &format!("user-{guess}"), "Winter2026!", elsewhere(0));
    }
    assert_eq!(checks.load(Ordering::SeqCst), 50);
    assert_eq!(authenticate(&service, "alice", "wonderland", elsewhere(0)), LIMITED);
}

#[test]
fn a_limiter_without_an_address_checks_no_password() {
    let (service, checks) = limited(MemoryLimiter::new());
    let missing = Err(ErrorKind::InvalidConfiguration(ConfigurationFault::NoClientAddress));
    let header = basic("alice", "wonderland");
    let values = || [header.as_bytes()];
    let log_in = block_on(service.authenticator.log_in(values())).map(|_| ()).map_err(|error| error.kind());
    assert_eq!(log_in, missing);
    assert_eq!(service.authenticate(&header, AuthMethods::basic()).map(|_| ()), missing);
    assert_eq!(checks.load(Ordering::SeqCst), 0);
    // Nothing else needs one, and neither does a service without a limiter.
    let account = block_on(Users::new().account("alice")).unwrap().unwrap();
    let token = service.authenticator.issue(&account);
    let token = block_on(token).unwrap().access_token().expose().to_owned();
    assert!(service.bearer(&token).is_ok());
    let service = Service::new();
    assert!(service.authenticate(&header, AuthMethods::basic()).is_ok());
}

#[test]
fn attempts_at_the_same_time_do_not_slip_through() {
    let limiter = MemoryLimiter::new();
    let attempts: Vec<_> =
        (0..100).map(|number| Attempt { user_id: "alice", address: elsewhere(number), now: START }).collect();
    let admit = |attempt: &Attempt<'_>| block_on(limiter.admit(attempt)).unwrap();
    let granted = attempts.iter().filter(|attempt| admit(attempt) == Admission::Granted);
    assert_eq!(granted.count(), 10, "none of them has been settled");
    // An attempt without a verdict is taken back.
    block_on(limiter.settle(&attempts[0], AttemptOutcome::Undecided));
    assert_eq!(admit(&attempts[0]), Admission::Granted);
    block_on(limiter.settle(&attempts[0], AttemptOutcome::Wrong));
    assert_ne!(admit(&attempts[0]), Admission::Granted);
}

#[test]
fn a_clock_that_is_set_back_makes_no_wait_longer() {
    let limiter = MemoryLimiter::new();
    let admit = |now: OffsetDateTime, number| {
        let attempt = Attempt { user_id: "alice", address: elsewhere(number), now };
        block_on(limiter.admit(&attempt)).unwrap()
    };
    let later = START + time::Duration::days(365);
    while admit(later, 1) == Admission::Granted {}
    for number in 2..20 {
        admit(later, number);
    }
    let minute = Duration::from_secs(60);
    assert_eq!(admit(START, 20), Admission::Refused { retry_after: minute });
    assert_eq!(admit(START, 1), Admission::Refused { retry_after: 5 * minute });
}

/// Uses up the attempts of a name, and returns whether it has any.
fn has_attempts(limiter: &MemoryLimiter, user_id: &str, address: IpAddr) -> bool {
    let attempt = Attempt { user_id, address, now: START };
    block_on(limiter.admit(&attempt)).unwrap() == Admission::Granted
}

#[test]
fn with_capacity_forgets_all_that_was_counted() {
    let limiter = MemoryLimiter::new();
    for number in 0..10 {
        assert!(has_attempts(&limiter, "alice", elsewhere(number)));
    }
    assert!(!has_attempts(&limiter, "alice", elsewhere(10)));
    assert!(has_attempts(
        &limiter.with_capacity(MemoryLimiter::MIN_CAPACITY).unwrap(),
        "alice",
        elsewhere(10)
    ));
}

#[test]
fn a_flood_of_names_and_addresses_does_not_make_it_forget_a_single_failure() {
    let limiter = MemoryLimiter::new().with_capacity(MemoryLimiter::MIN_CAPACITY).unwrap();
    // Of 100 users one failure each, and of one all attempts used up.
    let once: Vec<_> = (0..100).map(|number| format!("victim-{number}")).collect();
    for (user, number) in once.iter().zip(0..) {
        assert!(has_attempts(&limiter, user, elsewhere(number % 5)), "{user}");
    }
    assert!((0..10).all(|number| has_attempts(&limiter, "alice", elsewhere(10 + number))));
    for number in 0..100_000 {
        has_attempts(&limiter, &format!("user-{number}"), elsewhere(1000 + number));
    }
    assert!(!has_attempts(&limiter, "alice", elsewhere(99)));
    // Nine are left, and not ten.
    for user in &once {
        let left = (0..20).filter(|number| has_attempts(&limiter, user, elsewhere(200_000 + number)));
        assert!(left.count() <= 9, "{user}");
    }
}

#[test]
fn a_name_that_logs_in_from_everywhere_makes_it_forget_no_address_of_others() {
    let (service, _) = limited(MemoryLimiter::new().with_capacity(MemoryLimiter::MIN_CAPACITY).unwrap());
    let home = address("192.0.2.1");
    assert_eq!(log_in(&service, "bob", "builder", home), Ok(()));
    for number in 0..20_000 {
        assert_eq!(log_in(&service, "alice", "wonderland", elsewhere(number)), Ok(()));
    }
    for guess in 0..100 {
        let _ = log_in(&service, "bob", "wrong", elsewhere(guess));
    }
    assert_eq!(log_in(&service, "bob", "builder", elsewhere(200)), LIMITED);
    assert_eq!(log_in(&service, "bob", "builder", home), Ok(()), "it is known");
}

#[test]
fn limits_have_limits() {
    let second = Duration::from_secs(1);
    let fault = |error: countersign_session::Error| {
        assert_eq!(error.kind(), ErrorKind::InvalidConfiguration(ConfigurationFault::InvalidLimit));
    };
    for (burst, interval) in [
        (0, second),
        (10_001, second),
        (1, Duration::ZERO),
        (1, Duration::from_micros(999)),
        (1, second * 3601),
    ] {
        fault(Limit::new(burst, interval).unwrap_err());
    }
    for entries in [0, 1023, (1 << 22) + 1, usize::MAX] {
        fault(MemoryLimiter::new().with_capacity(entries).unwrap_err());
    }
    let once = Limit::new(1, Duration::from_millis(1)).unwrap();
    let limiter = MemoryLimiter::with(once, Limit::new(10_000, second * 3600).unwrap());
    let admit = |now, number| {
        let attempt = Attempt { user_id: "alice", address: elsewhere(number), now };
        block_on(limiter.admit(&attempt)).unwrap()
    };
    let refused = |milliseconds| Admission::Refused { retry_after: Duration::from_millis(milliseconds) };
    assert_eq!(admit(START, 1), Admission::Granted);
    assert_eq!(admit(START, 2), refused(1));
    assert_eq!(admit(START, 1), refused(5), "a stranger waits five times as long");
    assert_eq!(admit(START + time::Duration::milliseconds(1), 2), Admission::Granted);
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
    assert_eq!(log_in(&service, "alice", "wonderland", elsewhere(1)), Err(ErrorKind::Unavailable));
    assert_eq!(checks.load(Ordering::SeqCst), 0);
}

/// Notes what it is told.
#[derive(Default)]
struct Noting(std::sync::Mutex<Vec<String>>);

impl LogInLimiter for Noting {
    async fn admit(&self, attempt: &Attempt<'_>) -> Result<Admission, LimiterError> {
        self.0.lock().unwrap().push(format!("admit {} {}", attempt.user_id, attempt.address));
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
    assert_eq!(told(), ["admit alice 192.0.2.1", "Right alice"]);
    log_in(&service, "alice", "wrong", elsewhere(1)).unwrap_err();
    assert_eq!(told(), ["admit alice 198.51.0.1", "Wrong alice"]);
    // Near a revocation a password is checked twice, and is one attempt all the same.
    block_on(service.authenticator.revoke_subject("alice", countersign_session::ApiKeys::Keep)).unwrap();
    log_in(&service, "alice", "wonderland", elsewhere(1)).unwrap();
    assert_eq!(told(), ["admit alice 198.51.0.1", "Right alice"]);
    let service = Service::with(|builder| builder.credentials(Busy).limiter(Arc::clone(&noting)));
    assert_eq!(log_in(&service, "alice", "wonderland", elsewhere(1)), Err(ErrorKind::Busy));
    assert_eq!(told(), ["admit alice 198.51.0.1", "Undecided alice"]);
    let header = basic("alice", "wonderland");
    let error = block_on(service.authenticator.log_in_from([header.as_bytes()], Some(elsewhere(1))));
    let reply = service.authenticator.error_response(&error.unwrap_err());
    assert_eq!((reply.status(), reply.retry_after()), (503, Some(Duration::from_secs(1))));
}
