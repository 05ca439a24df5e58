//! What happens when two things happen at once: each race is laid out step by step, by a part that does the
//! one thing in the middle of the other.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use countersign_random::{DigestKey, DigestKeys, KeyedDigest};
use countersign_revocation::{AnyRevocationStore, MemoryRevocationStore};
use countersign_session::{
    Account, ApiKeys, AuthMethod, AuthMethods, Authenticator, AuthenticatorBuilder, ConfigurationFault,
    CredentialError, CredentialVerifier, ErrorKind, GrantFault, LoginTokens, NewApiKey, RotateApiKey,
    TestClock, TokenFault,
};
use countersign_signed::{Algorithm, SigningKey};
use countersign_token_store::{
    AnyTokenStore, Error, Kind, MemoryTokenStore, Purged, Record, RecordKind, TokenStore, TokenStoreExt,
    Version, Versioned,
};
use pollster::block_on;
use time::OffsetDateTime;

use crate::support::{DIGEST_SECRET, START, Service, Users, basic};

/// Does something once, when it is reached.
#[derive(Clone, Default)]
struct Trap(Arc<Mutex<Option<Armed>>>);

type Armed = Box<dyn FnOnce() + Send>;

impl Trap {
    /// Revokes alice, some milliseconds later.
    fn set(&self, service: &Service) {
        self.set_with(service.authenticator.clone(), Arc::clone(&service.clock));
    }

    fn set_with(&self, authenticator: Authenticator, clock: Arc<TestClock>) {
        self.arm(move || {
            clock.advance(Duration::from_millis(20));
            block_on(authenticator.revoke_subject("alice", ApiKeys::Remove)).unwrap();
        });
    }

    fn arm(&self, act: impl FnOnce() + Send + 'static) {
        *self.0.lock().unwrap() = Some(Box::new(act));
    }

    fn spring(&self) {
        let armed = self.0.lock().unwrap().take();
        if let Some(act) = armed {
            act();
        }
    }
}

/// Users whose passwords take so long to check that alice is revoked meanwhile, and gets another password if
/// there is one.
struct SlowUsers(Users, Trap, Option<&'static str>);

impl CredentialVerifier for SlowUsers {
    async fn verify(&self, user_id: &str, password: &str) -> Result<Option<Account>, CredentialError> {
        let account = self.0.verify(user_id, password).await;
        if let Some(new) = self.2 {
            self.0.0.lock().unwrap()[0].1 = new;
        }
        self.1.spring();
        account
    }

    async fn account(&self, subject: &str) -> Result<Option<Account>, CredentialError> {
        self.0.account(subject).await
    }
}

const ISSUANCES: [LoginTokens; 3] = [LoginTokens::AccessAndRefresh, LoginTokens::Signed, LoginTokens::Random];

#[test]
fn login_with_a_password_that_is_changed_meanwhile_is_refused_whatever_the_clocks() {
    // Seconds that the revoking node is ahead, or behind.
    for ahead in [0, 30, 61, 299, 300, -30, -59, -61, -90, -240, -299, -300] {
        for login_tokens in ISSUANCES {
            let trap = Trap::default();
            let users = SlowUsers(Users::new(), trap.clone(), Some("changed"));
            let service = Service::with(|builder| builder.login_tokens(login_tokens).credentials(users));
            let clock = Arc::new(TestClock::new(START + time::Duration::seconds(ahead)));
            let other = Service::over(service.revocations.clone(), service.tokens.clone(), |builder| {
                builder.login_tokens(login_tokens).clock(Arc::clone(&clock))
            });
            trap.set_with(other.authenticator, clock);
            let refused = service.log_in("alice", "wonderland").unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::InvalidCredentials, "{login_tokens:?} {ahead}");
            assert!(service.log_in("alice", "changed").is_ok());
        }
    }
}

/// Counts how often a password is checked.
struct CountingUsers(Users, Arc<AtomicUsize>);

impl CredentialVerifier for CountingUsers {
    async fn verify(&self, user_id: &str, password: &str) -> Result<Option<Account>, CredentialError> {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.verify(user_id, password).await
    }

    async fn account(&self, subject: &str) -> Result<Option<Account>, CredentialError> {
        self.0.account(subject).await
    }
}

#[test]
fn login_checks_the_password_twice_only_near_a_revocation() {
    let checks = Arc::new(AtomicUsize::new(0));
    let users = CountingUsers(Users::new(), Arc::clone(&checks));
    let service = Service::with(|builder| builder.credentials(users));
    let count = || {
        let before = checks.load(Ordering::SeqCst);
        service.log_in("alice", "wonderland").unwrap();
        checks.load(Ordering::SeqCst) - before
    };
    assert_eq!(count(), 1);
    block_on(service.authenticator.revoke_subject("alice", ApiKeys::Keep)).unwrap();
    assert_eq!(count(), 2);
    service.advance(300);
    assert_eq!(count(), 2);
    service.advance(1);
    assert_eq!(count(), 1);
}

#[test]
fn a_log_in_that_a_logout_everywhere_overtakes_is_as_good_as_a_new_one() {
    for login_tokens in ISSUANCES {
        let trap = Trap::default();
        let users = SlowUsers(Users::new(), trap.clone(), None);
        let service = Service::with(|builder| builder.login_tokens(login_tokens).credentials(users));
        trap.set(&service);
        let issued = service.log_in("alice", "wonderland").unwrap();
        service.bearer(issued.access_token().expose()).unwrap();
    }
}

#[test]
fn an_account_too_large_for_a_token_spends_nothing_and_leaves_nothing_behind() {
    let service = Service::new();
    let pair = service.alice();
    let many: Vec<String> = (0..2000).map(|number| format!("role-{number}")).collect();
    let old = std::mem::replace(&mut service.users.lock().unwrap()[0].0.roles, many);
    let fault = ErrorKind::InvalidConfiguration(ConfigurationFault::OversizedAccount);
    assert_eq!(service.log_in("alice", "wonderland").unwrap_err().kind(), fault);
    assert_eq!(service.refresh(&pair.refresh).unwrap_err(), fault);
    service.advance(60);
    service.users.lock().unwrap()[0].0.roles = old;
    service.refresh(&pair.refresh).unwrap();
    let sessions = block_on(service.tokens.end_sessions("alice")).unwrap();
    assert_eq!(sessions, 1, "the log-in that failed left no session behind");
}

/// Users whose accounts take half a minute and more to be read.
struct SlowAccounts(Users, Arc<Mutex<Option<Arc<TestClock>>>>);

impl CredentialVerifier for SlowAccounts {
    async fn verify(&self, user_id: &str, password: &str) -> Result<Option<Account>, CredentialError> {
        self.0.verify(user_id, password).await
    }

    async fn account(&self, subject: &str) -> Result<Option<Account>, CredentialError> {
        if let Some(clock) = self.1.lock().unwrap().take() {
            clock.advance(Duration::from_secs(31));
        }
        self.0.account(subject).await
    }
}

#[test]
fn the_grace_begins_when_the_token_is_traded_and_not_when_it_was_shown() {
    let slow = Arc::new(Mutex::new(None));
    let users = SlowAccounts(Users::new(), Arc::clone(&slow));
    let service = Service::with(|builder| builder.credentials(users));
    let pair = service.alice();
    *slow.lock().unwrap() = Some(Arc::clone(&service.clock));
    let next = service.refresh(&pair.refresh).unwrap();
    assert_eq!(service.refresh(&pair.refresh).unwrap().refresh, next.refresh);
}

#[test]
fn an_api_key_that_is_made_while_the_account_is_closed_is_gone() {
    let service = Service::new();
    let pair = service.alice();
    // The handler has authenticated the request, and then the account is closed.
    let alice = service.bearer(&pair.access).unwrap();
    service.advance(1);
    block_on(service.authenticator.revoke_subject("alice", ApiKeys::Remove)).unwrap();
    let refused = block_on(service.authenticator.create_api_key(&alice, &NewApiKey::default())).unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::InvalidToken(TokenFault::Revoked(_))));
    assert!(block_on(service.authenticator.api_keys("alice")).unwrap().is_empty());
}

#[test]
fn api_key_is_made_with_any_credentials_that_are_still_good() {
    for method in [AuthMethod::SignedToken, AuthMethod::RandomToken, AuthMethod::ApiKey, AuthMethod::Basic] {
        let service = Service::with(AuthenticatorBuilder::dangerously_allow_api_keys_to_make_api_keys);
        let random = Service::over(service.revocations.clone(), service.tokens.clone(), |builder| {
            builder.login_tokens(LoginTokens::Random)
        });
        let token = random.log_in("alice", "wonderland").unwrap();
        let key = block_on(service.authenticator.create_api_key_for("alice", &NewApiKey::default())).unwrap();
        let value = match method {
            AuthMethod::SignedToken => format!("Bearer {}", service.alice().access),
            AuthMethod::RandomToken => format!("Bearer {}", token.access_token().expose()),
            AuthMethod::ApiKey => format!("Bearer {}", key.key.expose()),
            _ => basic("alice", "wonderland"),
        };
        let alice = service.authenticate(&value, AuthMethods::bearer().or(AuthMethods::basic())).unwrap();
        assert_eq!(alice.method(), method);
        let create = || block_on(service.authenticator.create_api_key(&alice, &NewApiKey::default()));
        service.bearer(create().unwrap().key.expose()).unwrap();
        service.advance(1);
        block_on(service.authenticator.revoke_subject("alice", ApiKeys::Remove)).unwrap();
        assert!(create().is_err(), "{method:?}");
        assert!(block_on(service.authenticator.api_keys("alice")).unwrap().is_empty(), "{method:?}");
    }
}

/// A token store with a trap before it inserts or looks for a token, and after it looked for a session.
struct LateStore(MemoryTokenStore, Trap);

impl TokenStore for LateStore {
    async fn insert(&self, record: Record) -> Result<(), Error> {
        if record.kind() != RecordKind::Session {
            self.1.spring();
        }
        self.0.insert(record).await
    }

    /// Looks at one digest after the other, as an engine may.
    async fn find(&self, kind: RecordKind, digests: &[KeyedDigest]) -> Result<Option<Versioned>, Error> {
        let mut found = None;
        for digest in digests {
            if kind != RecordKind::Session {
                self.1.spring();
            }
            found = self.0.find(kind, &[*digest]).await?;
            if found.is_some() {
                break;
            }
        }
        let found = Ok(found);
        if kind == RecordKind::Session {
            self.1.spring();
        }
        found
    }

    async fn get(&self, kind: RecordKind, id: &str) -> Result<Option<Versioned>, Error> {
        self.0.get(kind, id).await
    }

    async fn replace(&self, version: Version, next: Record) -> Result<bool, Error> {
        self.0.replace(version, next).await
    }

    async fn list(&self, kind: RecordKind, owner: &str) -> Result<Vec<Versioned>, Error> {
        self.0.list(kind, owner).await
    }

    async fn remove(&self, kind: RecordKind, owner: &str, id: &str) -> Result<bool, Error> {
        self.0.remove(kind, owner, id).await
    }

    async fn remove_by_owner(&self, kind: RecordKind, owner: &str) -> Result<u64, Error> {
        self.0.remove_by_owner(kind, owner).await
    }

    async fn purge_expired(&self, now: OffsetDateTime, limit: usize) -> Result<Purged, Error> {
        self.0.purge_expired(now, limit).await
    }

    async fn count_by_digest_key(&self) -> Result<BTreeMap<u32, u64>, Error> {
        self.0.count_by_digest_key().await
    }
}

fn over_late_store(login_tokens: LoginTokens) -> (Service, Trap) {
    let trap = Trap::default();
    let service = Service::over(
        AnyRevocationStore::new(MemoryRevocationStore::new()),
        AnyTokenStore::new(LateStore(MemoryTokenStore::new(), trap.clone())),
        |builder| builder.login_tokens(login_tokens),
    );
    (service, trap)
}

#[test]
fn a_random_token_that_is_stored_after_a_logout_everywhere_is_gone() {
    let (service, trap) = over_late_store(LoginTokens::Random);
    trap.set(&service);
    let refused = service.log_in("alice", "wonderland").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidCredentials);
    assert!(block_on(service.tokens.list_tokens(Kind::AccessToken, "alice")).unwrap().is_empty());
}

#[test]
fn a_token_whose_digest_moves_to_another_key_while_it_is_looked_up_is_found() {
    let (service, trap) = over_late_store(LoginTokens::AccessAndRefresh);
    let created = block_on(service.authenticator.create_api_key_for("alice", &NewApiKey::default())).unwrap();
    let api_key = created.key.expose().to_owned();
    // With one key before and two after, and then with as many after as before.
    for next in [2, 3] {
        let (authenticator, text) = (service.authenticator.clone(), api_key.clone());
        let clock = Arc::clone(&service.clock);
        trap.arm(move || {
            let key = DigestKey::keyed(next, &[u8::try_from(next).unwrap(); 32]).unwrap();
            authenticator.rotate_digest_key(key).unwrap();
            block_on(authenticator.authenticate_token(&text, AuthMethods::bearer())).unwrap();
            for _ in 0..2 {
                block_on(authenticator.retire_unused_digest_keys()).unwrap();
                clock.advance(Duration::from_secs(3600));
            }
        });
        service.bearer(&api_key).unwrap();
        let digests = block_on(service.tokens.count_by_digest_key()).unwrap();
        assert_eq!(digests.into_keys().collect::<Vec<_>>(), [next]);
    }
}

#[test]
fn token_whose_digest_moves_between_the_looks_at_two_digests_is_found() {
    let (service, trap) = over_late_store(LoginTokens::AccessAndRefresh);
    let created = block_on(service.authenticator.create_api_key_for("alice", &NewApiKey::default())).unwrap();
    let api_key = created.key.expose().to_owned();
    let primary = DigestKey::keyed(2, &[2; 32]).unwrap();
    service.authenticator.rotate_digest_key(primary).unwrap();
    // Before the look at the second digest, another request moves the token to the first.
    let (authenticator, text, second) = (service.authenticator.clone(), api_key.clone(), trap.clone());
    trap.arm(move || {
        second.arm(move || {
            block_on(authenticator.authenticate_token(&text, AuthMethods::bearer())).unwrap();
        });
    });
    service.bearer(&api_key).unwrap();
    let digests = block_on(service.tokens.count_by_digest_key()).unwrap();
    assert_eq!(digests.into_keys().collect::<Vec<_>>(), [2]);
}

#[test]
fn a_refresh_that_races_a_logout_everywhere_gives_nothing() {
    let (service, trap) = over_late_store(LoginTokens::AccessAndRefresh);
    let pair = service.alice();
    trap.set(&service);
    assert_eq!(service.refresh(&pair.refresh).unwrap_err(), ErrorKind::InvalidGrant(GrantFault::Revoked));
    assert!(service.bearer(&pair.access).is_err());
}

#[test]
fn api_key_whose_maker_is_revoked_between_the_question_and_the_insertion_is_removed() {
    type Revoke = fn(&Authenticator, &str);
    let log_out: Revoke = |authenticator, token| {
        let alice = block_on(authenticator.authenticate_token(token, AuthMethods::bearer())).unwrap();
        block_on(authenticator.revoke(&alice)).unwrap();
    };
    let close: Revoke =
        |authenticator, _| block_on(authenticator.revoke_subject("alice", ApiKeys::Remove)).unwrap();
    for revoke in [log_out, close] {
        for is_rotated in [false, true] {
            let (service, trap) = over_late_store(LoginTokens::AccessAndRefresh);
            let token = service.alice().access;
            let alice = service.bearer(&token).unwrap();
            let new = NewApiKey::default();
            let old = block_on(service.authenticator.create_api_key(&alice, &new)).unwrap().record;
            let authenticator = service.authenticator.clone();
            trap.arm(move || revoke(&authenticator, &token));
            let refused =
                if is_rotated {
                    let hour = Duration::from_secs(3600);
                    block_on(service.authenticator.rotate_api_key_as(
                        &alice,
                        RotateApiKey { id: &old.id, lifetime: None, overlap: hour },
                    ))
                    .unwrap_err()
                } else {
                    block_on(service.authenticator.create_api_key(&alice, &new)).unwrap_err()
                };
            assert!(matches!(refused.kind(), ErrorKind::InvalidToken(TokenFault::Revoked(_))), "{refused:?}");
            let left = block_on(service.authenticator.api_keys("alice")).unwrap();
            assert!(left.iter().all(|key| key.id == old.id), "{left:?}");
        }
    }
}

/// Users whose accounts are out of reach while the switch is on.
struct DownUsers(Users, Arc<AtomicBool>);

impl CredentialVerifier for DownUsers {
    async fn verify(&self, user_id: &str, password: &str) -> Result<Option<Account>, CredentialError> {
        self.0.verify(user_id, password).await
    }

    async fn account(&self, subject: &str) -> Result<Option<Account>, CredentialError> {
        if self.1.load(Ordering::SeqCst) {
            return Err(CredentialError::unavailable("down"));
        }
        self.0.account(subject).await
    }
}

#[test]
fn an_outage_longer_than_the_grace_does_not_look_like_a_stolen_token() {
    for grace in [Duration::ZERO, Duration::from_secs(30)] {
        let down = Arc::new(AtomicBool::new(true));
        let users = DownUsers(Users::new(), Arc::clone(&down));
        let service = Service::with(|builder| builder.refresh_grace(grace).credentials(users));
        let pair = service.alice();
        for _ in 0..6 {
            assert_eq!(service.refresh(&pair.refresh).unwrap_err(), ErrorKind::Unavailable);
            service.advance(10);
        }
        down.store(false, Ordering::SeqCst);
        service.refresh(&pair.refresh).unwrap();
    }
}

#[test]
fn tokens_of_one_issuer_are_unknown_at_another_over_the_same_store_and_keys() {
    let service = Service::new();
    let key = block_on(service.authenticator.create_api_key_for("alice", &NewApiKey::default())).unwrap();
    let pair = service.alice();
    let url = "https://other.example";
    let other = Authenticator::builder(url, url)
        .prefix("acme")
        .signing_key(SigningKey::generate(Algorithm::EdDSA).unwrap())
        .digest_keys(DigestKeys::new(DigestKey::keyed(1, DIGEST_SECRET).unwrap()))
        .revocation_store(service.revocations.clone())
        .token_store(service.tokens.clone())
        .credentials(Users::new())
        .clock(Arc::clone(&service.clock))
        .build()
        .unwrap();
    let value = format!("Bearer {}", key.key.expose());
    let refused = block_on(other.authenticate([value.as_bytes()], AuthMethods::bearer())).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidToken(TokenFault::Unknown));
    let refused = block_on(other.refresh(&pair.refresh)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidGrant(GrantFault::Unknown));
    service.bearer(key.key.expose()).unwrap();
    service.refresh(&pair.refresh).unwrap();
}

#[test]
fn a_lifetime_with_a_fraction_is_taken_by_its_own_verifier() {
    for (lifetime, offset) in [(1_500, 600), (600_500, 600), (600_999, 1)] {
        let lifetime = Duration::from_millis(lifetime);
        let service = Service::with(|builder| builder.access_lifetime(lifetime));
        service.clock.advance(Duration::from_millis(offset));
        service.bearer(&service.alice().access).unwrap();
    }
}

#[test]
fn a_token_of_a_node_whose_clock_is_a_little_ahead_is_taken() {
    let service = Service::new();
    let pair = service.alice();
    service.clock.set(START - time::Duration::seconds(60));
    service.bearer(&pair.access).unwrap();
    service.clock.set(START - time::Duration::seconds(61));
    assert_eq!(service.bearer(&pair.access).unwrap_err(), ErrorKind::InvalidToken(TokenFault::Refused));
}

#[test]
fn a_refusal_names_what_the_endpoint_takes() {
    let service = Service::new();
    let alice = service.authenticate(&basic("alice", "wonderland"), AuthMethods::basic()).unwrap();
    let refused = alice.require_scope("payroll").unwrap_err();
    let reply = service.authenticator.error_response(&refused);
    assert_eq!(reply.challenges(), [r#"Basic realm="api", charset="UTF-8""#]);
}

#[test]
fn the_token_endpoint_answers_with_the_codes_of_rfc_6749_section_5_2() {
    let service = Service::new();
    let body = |values: &[&str]| {
        let values: Vec<_> = values.iter().map(|value| value.as_bytes()).collect();
        let refused = block_on(service.authenticator.log_in(values)).unwrap_err();
        let reply = service.authenticator.error_response(&refused);
        (reply.status(), reply.body())
    };
    let invalid_client = (401, r#"{"error":"invalid_client"}"#.to_owned());
    assert_eq!(body(&[]), invalid_client);
    assert_eq!(body(&["Bearer abc"]), invalid_client);
    assert_eq!(body(&[&basic("alice", "wrong")]), invalid_client);
    assert_eq!(body(&["Basic !"]), (400, r#"{"error":"invalid_request"}"#.to_owned()));
}
