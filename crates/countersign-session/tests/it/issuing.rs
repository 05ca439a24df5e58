//! Whatever issues a credential asks the engine: neither a replica's copy nor `DangerouslyFailOpen` vouches for a new
//! one.

use std::time::Duration;

use countersign_revocation::conformance::Engine;
use countersign_revocation::{
    AnyRevocationStore, DangerouslyFailOpen, Replica, RetainUntil, RevocationStore, Scope, Target,
};
use countersign_session::{
    ApiKeys, AuthMethod, AuthMethods, AuthenticatorBuilder, ErrorKind, GrantFault, LoginTokens, NewApiKey,
    Principal, RotateApiKey, TokenFault,
};
use countersign_token_store::{AnyTokenStore, MemoryTokenStore};
use pollster::block_on;

use crate::support::{START, Service, URL, basic};

/// Two nodes over one engine: the first by a copy that is within its bound and hears of nothing, the second directly.
fn nodes() -> (Service, Service) {
    let (engine, tokens) = (Engine::new(), AnyTokenStore::new(MemoryTokenStore::new()));
    let replica = Replica::new(engine.clone(), Duration::from_secs(3600));
    let mut feed = replica.feed();
    let round = feed.begin();
    feed.caught_up(round, ());
    let near = Service::over(AnyRevocationStore::new(replica), tokens.clone(), |builder| builder);
    (near, Service::over(AnyRevocationStore::new(engine), tokens, |builder| builder))
}

fn create(service: &Service, principal: &Principal) -> Result<String, ErrorKind> {
    let created = block_on(service.authenticator.create_api_key(principal, &NewApiKey::default()));
    created.map(|created| created.key.expose().to_owned()).map_err(|error| error.kind())
}

fn rotate(service: &Service, principal: &Principal, id: &str) -> Result<bool, ErrorKind> {
    let hour = Duration::from_secs(3600);
    let rotated = block_on(
        service
            .authenticator
            .rotate_api_key_as(principal, RotateApiKey { id, lifetime: None, overlap: hour }),
    );
    rotated.map(|created| created.is_some()).map_err(|error| error.kind())
}

#[test]
fn revoked_token_makes_no_credential_at_a_node_whose_replica_has_not_heard() {
    for (scope, is_closed) in [(Scope::Subject, true), (Scope::Session, false)] {
        let (near, far) = nodes();
        let pair = far.alice();
        let key = block_on(far.authenticator.create_api_key_for("alice", &NewApiKey::default())).unwrap();
        if is_closed {
            block_on(far.authenticator.revoke_subject("alice", ApiKeys::Keep)).unwrap();
        } else {
            block_on(far.authenticator.revoke(&far.bearer(&pair.access).unwrap())).unwrap();
        }
        let alice = near.bearer(&pair.access).expect("the copy has not heard of it");
        let revoked = ErrorKind::InvalidToken(TokenFault::Revoked(scope));
        assert_eq!(create(&near, &alice), Err(revoked));
        assert_eq!(rotate(&near, &alice, &key.record.id), Err(revoked));
        assert_eq!(block_on(near.authenticator.api_keys("alice")).unwrap(), [key.record]);
        assert_eq!(near.refresh(&pair.refresh), Err(ErrorKind::InvalidGrant(GrantFault::Revoked)));
    }
}

#[test]
fn refresh_at_a_node_whose_replica_has_not_heard_is_refused_though_the_session_was_not_ended() {
    // Whoever revoked it died between the two steps: only the revocation store knows.
    let (near, far) = nodes();
    let pair = far.alice();
    let sid = far.bearer(&pair.access).unwrap().session().unwrap().to_owned();
    block_on(far.revocations.revoke(URL, Target::Session(&sid), RetainUntil::FOREVER)).unwrap();
    assert_eq!(near.refresh(&pair.refresh), Err(ErrorKind::InvalidGrant(GrantFault::Revoked)));
}

#[test]
fn revoked_token_makes_no_credential_through_fail_open() {
    let engine = Engine::new();
    let fail_open = DangerouslyFailOpen::new(engine.clone(), Duration::from_secs(30));
    let tokens = AnyTokenStore::new(MemoryTokenStore::new());
    let service = Service::over(AnyRevocationStore::new(fail_open), tokens, |builder| builder);
    let pair = service.alice();
    let key = block_on(service.authenticator.create_api_key_for("alice", &NewApiKey::default())).unwrap();
    block_on(service.authenticator.revoke_subject("alice", ApiKeys::Keep)).unwrap();
    assert!(service.bearer(&pair.access).is_err());
    let other = service.alice();
    engine.cut(true);
    let alice = service.bearer(&pair.access).expect("the store fails open");
    let unavailable = Err(ErrorKind::Unavailable);
    assert_eq!(create(&service, &alice), unavailable);
    assert_eq!(rotate(&service, &alice, &key.record.id), Err(ErrorKind::Unavailable));
    assert_eq!(service.refresh(&other.refresh), Err(ErrorKind::Unavailable));
    assert_eq!(service.log_in("alice", "wonderland").unwrap_err().kind(), ErrorKind::Unavailable);
    engine.cut(false);
    assert_eq!(block_on(service.authenticator.api_keys("alice")).unwrap(), [key.record]);
    service.refresh(&other.refresh).unwrap();
}

#[test]
fn principal_whose_token_has_expired_since_makes_no_api_key() {
    for login_tokens in [LoginTokens::AccessAndRefresh, LoginTokens::Random] {
        let service =
            Service::with(|builder| builder.login_tokens(login_tokens).leeway(Duration::from_secs(10)));
        let token = service.log_in("alice", "wonderland").unwrap();
        let alice = service.bearer(token.access_token().expose()).unwrap();
        let until = alice.expires_at().unwrap();
        let leeway = if login_tokens == LoginTokens::AccessAndRefresh {
            time::Duration::seconds(10)
        } else {
            time::Duration::ZERO
        };
        service.clock.set(until + leeway - time::Duration::milliseconds(1));
        create(&service, &alice).unwrap();
        service.clock.set(until + leeway);
        assert_eq!(
            create(&service, &alice),
            Err(ErrorKind::InvalidToken(TokenFault::Expired)),
            "{login_tokens:?}"
        );
    }
}

#[test]
fn api_key_makes_and_rotates_no_api_key() {
    let service = Service::new();
    let text = create(&service, &service.bearer(&service.alice().access).unwrap()).unwrap();
    let key = service.bearer(&text).unwrap();
    assert_eq!(key.method(), AuthMethod::ApiKey);
    let id = block_on(service.authenticator.api_keys("alice")).unwrap()[0].id.clone();
    let refused = block_on(service.authenticator.create_api_key(&key, &NewApiKey::default())).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::UnacceptedCredentials);
    assert_eq!(service.authenticator.error_response(&refused).status(), 401);
    assert_eq!(rotate(&service, &key, &id), Err(ErrorKind::UnacceptedCredentials));
    assert_eq!(block_on(service.authenticator.api_keys("alice")).unwrap().len(), 1);
}

#[test]
fn api_key_that_is_allowed_to_make_another_is_outlived_by_none() {
    let service = Service::with(AuthenticatorBuilder::dangerously_allow_api_keys_to_make_api_keys);
    let hour = Some(Duration::from_secs(3600));
    let new = NewApiKey { lifetime: hour, ..NewApiKey::default() };
    let maker = block_on(service.authenticator.create_api_key_for("alice", &new)).unwrap();
    let end = Some(START + time::Duration::hours(1));
    let key = service.bearer(maker.key.expose()).unwrap();
    service.advance(60);
    for (lifetime, expected) in [
        (None, end),
        (Some(Duration::from_secs(86_400)), end),
        (Some(Duration::from_secs(60)), Some(START + time::Duration::minutes(2))),
    ] {
        let new = NewApiKey { lifetime, ..NewApiKey::default() };
        let made = block_on(service.authenticator.create_api_key(&key, &new)).unwrap();
        assert_eq!(made.record.expires_at, expected);
        let rotated = service
            .authenticator
            .rotate_api_key_as(&key, RotateApiKey { id: &made.record.id, lifetime, overlap: Duration::ZERO });
        assert_eq!(block_on(rotated).unwrap().unwrap().record.expires_at, expected);
    }
    // One that has no end makes keys without one, and none once it was removed.
    let maker = block_on(service.authenticator.create_api_key_for("alice", &NewApiKey::default())).unwrap();
    let key = service.bearer(maker.key.expose()).unwrap();
    create(&service, &key).unwrap();
    assert!(block_on(service.authenticator.remove_api_key("alice", &maker.record.id)).unwrap());
    assert_eq!(create(&service, &key), Err(ErrorKind::InvalidToken(TokenFault::Unknown)));
}

#[test]
fn rotation_at_a_request_of_the_owners_needs_the_key_and_all_of_its_scopes() {
    let service = Service::new();
    let scopes = ["write".to_owned()];
    let new = NewApiKey { name: "deploy", scopes: &scopes, ..NewApiKey::default() };
    let old = block_on(service.authenticator.create_api_key_for("alice", &new)).unwrap();
    let alice = service.bearer(&service.alice().access).unwrap();
    let bob = service.authenticate(&basic("bob", "builder"), AuthMethods::basic()).unwrap();
    assert_eq!(rotate(&service, &bob, &old.record.id), Ok(false), "another owner's");
    assert_eq!(rotate(&service, &alice, "none"), Ok(false));
    let hour = Duration::from_secs(3600);
    let rotated = service
        .authenticator
        .rotate_api_key_as(&alice, RotateApiKey { id: &old.record.id, lifetime: None, overlap: hour });
    let next = block_on(rotated).unwrap().unwrap();
    assert_eq!((&*next.record.name, &next.record.scopes[..]), ("deploy", &scopes[..]));
    service.bearer(next.key.expose()).unwrap();
    service.advance(3600);
    assert!(service.bearer(old.key.expose()).is_err());
    // A key of bob's with a scope that bob has not got.
    let old = block_on(service.authenticator.create_api_key_for("bob", &new)).unwrap();
    assert_eq!(rotate(&service, &bob, &old.record.id), Err(ErrorKind::InsufficientScope));
    assert_eq!(block_on(service.authenticator.api_keys("bob")).unwrap().len(), 1);
}
