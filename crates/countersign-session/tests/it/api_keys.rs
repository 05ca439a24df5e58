//! API keys: shown once, found by their digest, gone when removed.

use std::time::Duration;

use countersign_random::{DigestKey, DigestKeys};
use countersign_session::{
    AuthMethod, AuthMethods, AuthenticatorBuilder, CreatedApiKey, ErrorKind, NewApiKey, Principal,
    RotateApiKey, TokenFault,
};
use countersign_token_store::TokenStore;
use pollster::block_on;

use crate::failing::{FAULTS, Faults};
use crate::support::{DIGEST_SECRET, START, Service, basic};

#[test]
fn a_key_works_until_it_is_removed() {
    let service = Service::new();
    let scopes = ["read".to_owned()];
    let new = NewApiKey { name: "deploy", scopes: &scopes, ..NewApiKey::default() };
    let created = block_on(service.authenticator.create_api_key_for("alice", &new)).unwrap();
    assert!(created.key.expose().starts_with("acme_key_"));
    let alice = service.bearer(created.key.expose()).unwrap();
    assert_eq!((alice.subject(), alice.method()), ("alice", AuthMethod::ApiKey));
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
        .with_previous(DigestKey::keyed(1, DIGEST_SECRET).unwrap())
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

#[test]
fn a_key_may_do_no_more_than_its_maker() {
    let service = Service::with(AuthenticatorBuilder::dangerously_allow_api_keys_to_make_api_keys);
    let made = |maker: &Principal, scopes: &[&str]| {
        let scopes: Vec<String> = scopes.iter().map(ToString::to_string).collect();
        let new = NewApiKey { scopes: &scopes, ..NewApiKey::default() };
        block_on(service.authenticator.create_api_key(maker, &new)).map_err(|error| error.kind())
    };
    // Alice has read and write, a key of hers has one of them, and bob the other.
    let alice = service.bearer(&service.alice().access).unwrap();
    let key = made(&alice, &["write"]).unwrap();
    let writer = service.bearer(key.key.expose()).unwrap();
    let bob = service.authenticate(&basic("bob", "builder"), AuthMethods::basic()).unwrap();
    for (maker, scopes, is_granted) in [
        (&alice, &["read", "write"][..], true),
        (&alice, &["read", "admin"], false),
        (&alice, &["READ"], false),
        (&alice, &["read write"], false),
        (&writer, &["write"], true),
        (&writer, &["read"], false),
        (&bob, &[], true),
        (&bob, &["read"], true),
        (&bob, &["write"], false),
    ] {
        let before = block_on(service.authenticator.api_keys(maker.subject())).unwrap().len();
        let key = made(maker, scopes);
        assert_eq!(key.as_ref().err(), (!is_granted).then_some(&ErrorKind::InsufficientScope), "{scopes:?}");
        let after = block_on(service.authenticator.api_keys(maker.subject())).unwrap().len();
        assert_eq!(after - before, usize::from(is_granted), "{scopes:?}");
    }
}

fn rotate(service: &Service, id: &str, overlap: u64) -> Option<CreatedApiKey> {
    let overlap = Duration::from_secs(overlap);
    block_on(service.authenticator.rotate_api_key("alice", RotateApiKey { id, lifetime: None, overlap }))
        .unwrap()
}

#[test]
fn a_key_and_its_successor_overlap_and_then_the_successor_is_alone() {
    let service = Service::new();
    let scopes = ["read".to_owned()];
    let new = NewApiKey { name: "deploy", scopes: &scopes, ..NewApiKey::default() };
    let old = block_on(service.authenticator.create_api_key_for("alice", &new)).unwrap();
    service.advance(100);
    let next = rotate(&service, &old.record.id, 3600).unwrap();
    assert_ne!(next.record.id, old.record.id);
    assert_eq!((&*next.record.name, &next.record.scopes[..]), ("deploy", &scopes[..]));
    assert_eq!((next.record.owner.as_str(), next.record.expires_at), ("alice", None));
    service.advance(3599);
    service.bearer(old.key.expose()).unwrap();
    assert_eq!(service.bearer(next.key.expose()).unwrap().scopes().collect::<Vec<_>>(), scopes);
    // A second rotation puts nothing off.
    rotate(&service, &old.record.id, 3600).unwrap();
    service.advance(1);
    let gone = service.bearer(old.key.expose()).unwrap_err();
    assert_eq!(gone, ErrorKind::InvalidToken(TokenFault::Expired));
    service.bearer(next.key.expose()).unwrap();
    assert!(rotate(&service, &old.record.id, 3600).is_none(), "what has expired has no successor");
    assert_eq!(block_on(service.authenticator.purge_expired(10)).unwrap().tokens, 1);
}

#[test]
fn without_an_overlap_the_old_key_ends_at_once_and_no_overlap_puts_an_end_off() {
    let service = Service::new();
    let lifetime = Some(Duration::from_secs(500));
    let new = NewApiKey { lifetime, ..NewApiKey::default() };
    let old = block_on(service.authenticator.create_api_key_for("alice", &new)).unwrap();
    service.advance(400);
    let overlap = Duration::from_secs(1000);
    let next = block_on(
        service.authenticator.rotate_api_key("alice", RotateApiKey { id: &old.record.id, lifetime, overlap }),
    );
    let next = next.unwrap().unwrap();
    assert_eq!(next.record.expires_at, Some(START + time::Duration::seconds(900)));
    service.advance(100);
    assert!(service.bearer(old.key.expose()).is_err(), "its own end came first");
    let last = rotate(&service, &next.record.id, 0).unwrap();
    assert!(service.bearer(next.key.expose()).is_err());
    service.bearer(last.key.expose()).unwrap();
}

#[test]
fn only_the_owner_rotates_a_key_and_only_one_that_is_there() {
    let service = Service::new();
    let old = block_on(service.authenticator.create_api_key_for("bob", &NewApiKey::default())).unwrap();
    assert!(rotate(&service, &old.record.id, 60).is_none());
    assert!(rotate(&service, "unknown", 60).is_none());
    assert!(block_on(service.authenticator.api_keys("alice")).unwrap().is_empty());
    service.advance(60);
    service.bearer(old.key.expose()).unwrap();
}

#[test]
fn a_rotation_that_fails_half_way_costs_nobody_their_access_and_can_be_tried_again() {
    for nth in 1..=3 {
        for fault in FAULTS {
            let faults = Faults::default();
            let (revocations, tokens) = faults.stores();
            let service = Service::over(revocations, tokens, |builder| builder);
            let new = NewApiKey::default();
            let old = block_on(service.authenticator.create_api_key_for("alice", &new)).unwrap();
            faults.arm(nth, fault);
            let overlap = Duration::from_secs(60);
            let result = block_on(
                service
                    .authenticator
                    .rotate_api_key("alice", RotateApiKey { id: &old.record.id, lifetime: None, overlap }),
            );
            assert!(faults.disarm());
            assert_eq!(result.unwrap_err().kind(), ErrorKind::Unavailable, "{nth} {fault:?}");
            service.advance(59);
            service.bearer(old.key.expose()).unwrap();
            let next = rotate(&service, &old.record.id, 60).unwrap();
            service.advance(60);
            service.bearer(next.key.expose()).unwrap();
            assert!(service.bearer(old.key.expose()).is_err());
        }
    }
}

#[test]
fn a_key_is_one_word_for_a_double_click_with_at_least_128_random_bits() {
    let service = Service::new();
    let created = block_on(service.authenticator.create_api_key_for("alice", &NewApiKey::default())).unwrap();
    let key = created.key.expose();
    // Letters, digits and underscores: what editors, browsers and terminals select as one word.
    assert!(key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'), "{key}");
    // 62^22 > 2^128.
    let body = &key["acme_key_".len()..key.len() - 6];
    assert!(body.len() >= 22, "{key}");
    let others = (0..100).map(|_| {
        let other = block_on(service.authenticator.create_api_key_for("bob", &NewApiKey::default())).unwrap();
        other.key.expose()["acme_key_".len()..].to_owned()
    });
    let different: std::collections::BTreeSet<_> = others.collect();
    assert_eq!(different.len(), 100);
}

#[test]
fn all_keys_of_an_owner_go_together() {
    let service = Service::new();
    let make = |owner: &str| {
        let created =
            block_on(service.authenticator.create_api_key_for(owner, &NewApiKey::default())).unwrap();
        created.key.expose().to_owned()
    };
    let (first, second, bobs) = (make("alice"), make("alice"), make("bob"));
    assert_eq!(block_on(service.authenticator.remove_api_keys("alice")).unwrap(), 2);
    assert!(service.bearer(&first).is_err() && service.bearer(&second).is_err());
    service.bearer(&bobs).unwrap();
}

#[test]
fn api_key_carries_the_roles_that_its_maker_has_and_gave_it() {
    let service = Service::new();
    let alice = service.log_in("alice", "wonderland").unwrap();
    let alice = service.bearer(alice.access_token().expose()).unwrap();
    let make = |roles: &[String]| {
        let new = NewApiKey { roles, ..NewApiKey::default() };
        block_on(service.authenticator.create_api_key(&alice, &new))
    };
    let missing = make(&["admin".to_owned(), "auditor".to_owned()]).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::InsufficientScope);
    let created = make(&["admin".to_owned(), "admin".to_owned()]).unwrap();
    let key = service.bearer(created.key.expose()).unwrap();
    assert_eq!(key.roles(), ["admin"]);
    assert!(key.require_role("admin").is_ok() && key.require_role("auditor").is_err());

    let overlap = Duration::from_secs(60);
    let rotated = service
        .authenticator
        .rotate_api_key("alice", RotateApiKey { id: &created.record.id, lifetime: None, overlap });
    let successor = block_on(rotated).unwrap().unwrap();
    assert_eq!(service.bearer(successor.key.expose()).unwrap().roles(), ["admin"]);
}
