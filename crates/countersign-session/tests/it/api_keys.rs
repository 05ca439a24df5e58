//! API keys: shown once, found by their digest, gone when removed.

use std::time::Duration;

use countersign_random::{DigestKey, DigestKeys};
use countersign_session::{ErrorKind, Method, NewApiKey, TokenFault};
use countersign_token_store::TokenStore;
use pollster::block_on;

use crate::support::{DIGEST_SECRET, START, Service};

#[test]
fn a_key_works_until_it_is_removed() {
    let service = Service::new();
    let scopes = ["read".to_owned()];
    let new = NewApiKey { name: "deploy", scopes: &scopes, lifetime: None };
    let created = block_on(service.authenticator.create_api_key_for("alice", &new)).unwrap();
    assert!(created.key.expose().starts_with("acme_key_"));
    let alice = service.bearer(created.key.expose()).unwrap();
    assert_eq!((alice.subject(), alice.method()), ("alice", Method::ApiKey));
    assert!(alice.scopes().eq(&scopes) && alice.roles().is_empty());

    let remove = |owner: &str| block_on(service.authenticator.remove_api_key(owner, &created.record.id));
    assert!(!remove("bob").unwrap(), "somebody else's");
    service.bearer(created.key.expose()).unwrap();
    assert!(remove("alice").unwrap());
    let gone = service.bearer(created.key.expose()).unwrap_err();
    assert_eq!(gone, ErrorKind::InvalidToken(TokenFault::Unknown));
}

#[test]
fn a_list_shows_all_but_the_key() {
    let service = Service::new();
    let new = NewApiKey { name: "deploy", ..NewApiKey::default() };
    let created = block_on(service.authenticator.create_api_key_for("alice", &new)).unwrap();
    let listed = block_on(service.authenticator.api_keys("alice")).unwrap();
    assert_eq!(listed, [created.record]);
    let shown = serde_json::json!([listed[0].id, listed[0].name, listed[0].hint]).to_string();
    assert!(!shown.contains(&created.key.expose()["acme_key_".len() + 4..]));
    assert!(block_on(service.authenticator.api_keys("bob")).unwrap().is_empty());
}

#[test]
fn a_key_that_revokes_itself_is_removed() {
    let service = Service::new();
    let created = block_on(service.authenticator.create_api_key_for("alice", &NewApiKey::default())).unwrap();
    let alice = service.bearer(created.key.expose()).unwrap();
    block_on(service.authenticator.revoke(&alice)).unwrap();
    assert!(service.bearer(created.key.expose()).is_err());
}

#[test]
fn a_key_with_a_lifetime_expires() {
    let service = Service::new();
    let new = NewApiKey { lifetime: Some(Duration::from_secs(60)), ..NewApiKey::default() };
    let created = block_on(service.authenticator.create_api_key_for("alice", &new)).unwrap();
    service.advance(59);
    service.bearer(created.key.expose()).unwrap();
    service.advance(1);
    let expired = service.bearer(created.key.expose()).unwrap_err();
    assert_eq!(expired, ErrorKind::InvalidToken(TokenFault::Expired));
}

#[test]
fn the_last_use_is_written_down_now_and_then() {
    let service = Service::new();
    let created = block_on(service.authenticator.create_api_key_for("alice", &NewApiKey::default())).unwrap();
    let last_used = || block_on(service.authenticator.api_keys("alice")).unwrap()[0].last_used_at;
    assert_eq!(last_used(), None);
    service.bearer(created.key.expose()).unwrap();
    assert_eq!(last_used(), Some(START));
    service.advance(299);
    service.bearer(created.key.expose()).unwrap();
    assert_eq!(last_used(), Some(START), "within five minutes nothing is written");
    service.advance(1);
    service.bearer(created.key.expose()).unwrap();
    assert_eq!(last_used(), Some(START + time::Duration::minutes(5)));
}

#[test]
fn a_use_moves_a_key_to_the_primary_digest_key() {
    let old = Service::new();
    let created = block_on(old.authenticator.create_api_key_for("alice", &NewApiKey::default())).unwrap();
    let keys = DigestKeys::new(DigestKey::keyed(2, &[b'n'; 32]).unwrap())
        .with_former(DigestKey::keyed(1, DIGEST_SECRET).unwrap())
        .unwrap();
    let both = Service::over(old.revocations.clone(), old.tokens.clone(), |b| b.digest_keys(keys));
    let counts = || block_on(both.tokens.count_by_digest_key()).unwrap().into_iter().collect::<Vec<_>>();
    assert_eq!(counts(), [(1, 1)]);
    both.bearer(created.key.expose()).unwrap();
    assert_eq!(counts(), [(2, 1)], "the old key can go now");
    both.bearer(created.key.expose()).unwrap();
    assert!(old.bearer(created.key.expose()).is_err());
}

#[test]
fn a_scope_that_is_none_is_refused() {
    let service = Service::new();
    for scope in ["", "two words", "quote\"", "back\\slash", "umläut"] {
        let scopes = [scope.to_owned()];
        let new = NewApiKey { scopes: &scopes, ..NewApiKey::default() };
        let error = block_on(service.authenticator.create_api_key_for("alice", &new)).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::InvalidConfiguration(_)), "{scope}");
    }
}
